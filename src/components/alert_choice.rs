//! When somebody wants to be told of a table: never, once, each time, or within hours. What is chosen holds at once.

use domain::alert::{AlertRule, DayTime, Span, WORKDAYS};

use super::field::{option, radio};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::local_time::WEEKDAYS;

/// The hours that are proposed.
const WORKING_HOURS: [&str; 2] = ["09:00", "17:00"];

/// The choice: `rule` is what holds, `on_choose` hears what is to.
pub(crate) fn alert_choice(
    rule: impl Fn() -> Option<AlertRule> + Copy + 'static,
    on_choose: impl Fn(Option<AlertRule>) + Copy + 'static,
) -> Element {
    let known = untrack(rule);
    let within = match known {
        Some(AlertRule::FreeWithin { days, hours }) => (days, hours.from.to_string(), hours.to.to_string()),
        _ => (WORKDAYS, WORKING_HOURS[0].to_owned(), WORKING_HOURS[1].to_owned()),
    };
    let (days, from, to) = (RwSignal::new(within.0), RwSignal::new(within.1), RwSignal::new(within.2));
    let hours = move || {
        let time = |text: RwSignal<String>| text.with_untracked(|text| text.parse::<DayTime>().ok());
        let hours = Span { from: time(from)?, to: time(to)? };
        Some(AlertRule::FreeWithin { days: days.get_untracked(), hours })
    };
    let is_within = move || matches!(rule(), Some(AlertRule::FreeWithin { .. }));
    let choice =
        |label: &str, is_chosen: Box<dyn Fn() -> bool>, choose: Box<dyn Fn()>| radio("alert", label, is_chosen, choose);
    let plain = move |label: &str, wanted: Option<AlertRule>| {
        let chosen = wanted.clone();
        choice(label, Box::new(move || rule() == chosen), Box::new(move || on_choose(wanted.clone())))
    };
    let propose = move || {
        if let Some(hours) = hours() {
            on_choose(Some(hours));
        }
    };
    let day = move |(number, name): (usize, &str)| {
        let bit = 1_u8 << number;
        let input = el("input").set("type", "checkbox").ticked(
            move || days.with(|days| days & bit != 0),
            move |on| {
                days.update(|days| *days = if on { *days | bit } else { *days & !bit });
                propose();
            },
        );
        option(input, name)
    };
    let time = move |label: &str, value: RwSignal<String>| {
        let input = el("input").set("type", "time").set("required", "").typed(value).on("change", propose);
        el_class("label", "time").text(label).child(input)
    };
    let details = move || {
        el_class("div", "alert-hours")
            .child(
                el_class("div", "days")
                    .set("role", "group")
                    .set("aria-label", "Days")
                    .children(WEEKDAYS.into_iter().enumerate().map(day)),
            )
            .child(el_class("div", "actions").child(time("From", from)).child(time("to", to)))
    };
    el_class("fieldset", "alert-choice")
        .child(el("legend").text("Tell me"))
        .child(plain("Nothing", None))
        .child(plain("When it gets free, once", Some(AlertRule::FreeOnce)))
        .child(plain("Each time it gets free or busy", Some(AlertRule::EachChange)))
        .child(choice("When it gets free, in these hours", Box::new(is_within), Box::new(propose)))
        .when(is_within, details)
}
