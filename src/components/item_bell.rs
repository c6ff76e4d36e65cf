//! When somebody wants to be told of an item: never, at each change, or when a number passes a bound. What is chosen holds at
//! once.

use domain::alert::AlertRule;
use domain::reading::Path;
use serde_json::Number;

use super::field::radio;
use super::sparkline::path_option;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;

/// The choice: `rule` is what holds, `on_choose` hears what is to; `paths` are those of the item's numbers.
pub(crate) fn item_bell(
    rule: impl Fn() -> Option<AlertRule> + Copy + 'static,
    paths: impl Fn() -> Vec<String> + Copy + 'static,
    on_choose: impl Fn(Option<AlertRule>) + Copy + 'static,
) -> Element {
    let first = untrack(paths).into_iter().next().unwrap_or_default();
    let (path, above, bound) = (RwSignal::new(first), RwSignal::new(true), RwSignal::new(String::new()));
    follow(move || {
        if let Some(AlertRule::Passes { path: known, above: side, bound: number }) = rule() {
            path.set(known.to_string());
            above.set(side);
            bound.set(number.to_string());
        }
    });
    // Chosen, but without a bound there is nothing to ask for yet.
    let begun = RwSignal::new(false);
    let passes = move || matches!(rule(), Some(AlertRule::Passes { .. }));
    let is_passing = move || passes() || begun.get();
    let propose = move || {
        // What people type as a number is one in JSON too, as browsers give it.
        let bound: Option<Number> = bound.with_untracked(|bound| serde_json::from_str(bound.trim()).ok());
        let path: Option<Path> = path.with_untracked(|path| path.parse().ok());
        if let (Some(path), Some(bound)) = (path, bound) {
            on_choose(Some(AlertRule::Passes { path, above: above.get_untracked(), bound }));
        }
    };
    let choice = |label: &str, is_chosen: Box<dyn Fn() -> bool>, choose: Box<dyn Fn()>| {
        radio("item-alert", label, is_chosen, choose)
    };
    let plain = move |wanted: Option<AlertRule>| {
        begun.set(false);
        on_choose(wanted);
    };
    let nothing = choice("Nothing", Box::new(move || rule().is_none() && !begun.get()), Box::new(move || plain(None)));
    let each = choice(
        "When it changes, once a minute at most",
        Box::new(move || rule() == Some(AlertRule::EachChange) && !begun.get()),
        Box::new(move || plain(Some(AlertRule::EachChange))),
    );
    let begin = move || {
        begun.set(true);
        propose();
    };
    let passing = choice("When a number passes a bound", Box::new(is_passing), Box::new(begin));
    let details = move || {
        let named = |label: &str, input: Element| {
            el_class("label", "item-bell-choice").child(el_class("span", "unseen").text(label)).child(input)
        };
        let known = move || {
            let (mut all, chosen) = (paths(), path.get());
            if !all.contains(&chosen) {
                all.push(chosen);
            }
            all
        };
        let numbers = move |paths: &Vec<String>| {
            let tell = move |chosen: String| {
                path.set(chosen);
                propose();
            };
            Some(named(
                "Number",
                el("select").children(paths.iter().map(|path| path_option(path))).selected(move || path.get(), tell),
            ))
        };
        let side = el("select")
            .child(el("option").set("value", "above").text("gets above"))
            .child(el("option").set("value", "below").text("gets below"))
            .selected(
                move || if above.get() { "above" } else { "below" }.to_owned(),
                move |side| {
                    above.set(side == "above");
                    propose();
                },
            );
        let input = el("input").set("type", "number").set("step", "any").set("required", "").typed(bound);
        el_class("div", "item-bell-bound inline-field actions")
            .child(el("div").part(known, numbers))
            .child(named("Side", side))
            .child(named("Bound", input.on("change", propose)))
    };
    let waits = move || is_passing() && !passes();
    el_class("fieldset", "alert-choice item-bell")
        .child(el_class("legend", "unseen").text("Tell me"))
        .child(nothing)
        .child(each)
        .child(passing)
        .when(is_passing, details)
        .when(waits, || el_class("p", "hint").text("Type the bound; then it rings."))
}
