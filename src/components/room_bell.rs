//! What somebody wants to be told of a room. What is ticked holds at once.

use domain::alert::AlertRule;

use super::field::option;
use crate::browser::element::{Element, el, el_class};

/// What can be told of a room.
const CHOICES: [&str; 3] = ["A new question", "Feedback", "The room is closed"];

/// The choice: `rule` is what holds, `on_choose` hears what is to.
pub(crate) fn room_bell(
    rule: impl Fn() -> Option<AlertRule> + Copy + 'static,
    on_choose: impl Fn(Option<AlertRule>) + Copy + 'static,
) -> Element {
    let chosen = move || match rule() {
        Some(AlertRule::Room { question, feedback, closed }) => [question, feedback, closed],
        _ => [false; 3],
    };
    let tick = move |(number, label): (usize, &str)| {
        let choose = move |on: bool| {
            let mut next = crate::reactive::untrack(chosen);
            if let Some(choice) = next.get_mut(number) {
                *choice = on;
            }
            let [question, feedback, closed] = next;
            let is_any = next.contains(&true);
            on_choose(is_any.then_some(AlertRule::Room { question, feedback, closed }));
        };
        let is_on = move || chosen().get(number).copied().unwrap_or_default();
        option(el("input").set("type", "checkbox").ticked(is_on, choose), label)
    };
    el_class("details", "panel room-bell").child(el("summary").text("Tell me")).child(
        el("fieldset")
            .child(el_class("legend", "unseen").text("Tell me"))
            .children(CHOICES.into_iter().enumerate().map(tick)),
    )
}
