//! One device that has a key: what it may do. Its key can be revoked.

use domain::device::{Device, TableScope};
use domain::table::TableId;

use super::dialog::{Question, confirmation};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The row, as an item of a list: `made` is the day of its making. `on_revoke` hears of it only after they were asked
/// whether they mean it.
pub(crate) fn key_row(
    device: &Device,
    made: &str,
    progress: ReadSignal<Progress>,
    on_revoke: impl Fn() + Copy + 'static,
) -> Element {
    let confirming = RwSignal::new(false);
    let detail = el_class("span", "row-detail")
        .text(&format!("{}. Made on {made}, key ", abilities(device)))
        .child(el("code").text(&device.id));
    let revoke = el("button")
        .set("type", "button")
        .on_click(move || confirming.set(true))
        .text("Revoke")
        .child(el_class("span", "unseen").text(&format!(" the key of {}", device.name)));
    let question = Question {
        title: format!("Revoke the key of “{}”?", device.name),
        meaning: "The device can report nothing from then on, until it is given another key.",
        yes: ["Revoke it", "Revoking…"],
        progress,
    };
    el_class("li", "key-row")
        .set("data-key", &device.id)
        .child(el_class("p", "row-name").child(el("strong").text(&device.name)).child(detail))
        .child(el_class("div", "actions").child(revoke))
        .child(confirmation(confirming, question, on_revoke))
}

fn abilities(device: &Device) -> String {
    let tables = match &device.tables {
        TableScope::Any => "any table".to_owned(),
        TableScope::Only(tables) => tables.iter().map(TableId::as_str).collect::<Vec<_>>().join(", "),
    };
    let verbs = if device.can_manage { "Reports, registers and deletes" } else { "Reports" };
    let items: Vec<String> = device.items.clone().into();
    let items = (!items.is_empty()).then(|| match items.iter().any(|prefix| prefix == "*") {
        true => "Writes any item".to_owned(),
        false => ["Writes items that begin with ", &items.join(", ")].concat(),
    });
    let tables = (!tables.is_empty()).then(|| [verbs, " ", &tables].concat());
    [tables, items].into_iter().flatten().collect::<Vec<_>>().join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    #[test]
    fn what_a_device_may_do_in_words() {
        let device = |tables: &[&str], can_manage| Device {
            id: "k1".to_owned(),
            name: "kitchen".to_owned(),
            tables: tables.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>().try_into().unwrap(),
            items: Vec::new().try_into().unwrap(),
            can_manage,
            created_at: Timestamp::default(),
        };
        assert_eq!(abilities(&device(&["lobby", "attic"], false)), "Reports lobby, attic");
        assert_eq!(abilities(&device(&["*"], true)), "Reports, registers and deletes any table");
        let with_items = |tables: &[&str], items: &[&str]| {
            let items = items.iter().map(|prefix| (*prefix).to_owned()).collect::<Vec<_>>().try_into().unwrap();
            abilities(&Device { items, ..device(tables, false) })
        };
        assert_eq!(with_items(&[], &["vehicle:"]), "Writes items that begin with vehicle:");
        assert_eq!(with_items(&["lobby"], &["*"]), "Reports lobby. Writes any item");
    }
}
