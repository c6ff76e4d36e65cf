//! What is projected of a room: the way in, and the question. As big as its length allows, so that the back row reads it.

use domain::pick::{PickPhase, PickView};

use super::options::{Mark, bar, letter};
use super::question_text::{clock_of, question_text};
use super::wall_code::drawing;
use crate::browser::element::{Element, el, el_class};
use crate::state::rooms::{phase_name, projected_size};
use crate::state::wall_code::WallCode;

/// The way in: where to go, the join code, and a QR code of the room's `address`.
pub(crate) fn projected_way_in(place: &str, code: &str, address: &str) -> Element {
    let words = el_class("p", "screen-code").child(el("span").text(place)).child(el("strong").text(code));
    let drawn = WallCode::of(address).map(|code| drawing(code, "QR code to this room"));
    el_class("div", "screen-way-in").child(words).children(drawn)
}

/// The question: `answered` says how many have, `left` how many seconds there still are, if they are limited.
pub(crate) fn projected_question(
    pick: &PickView,
    answered: impl Fn() -> u32 + Copy + 'static,
    left: Option<impl Fn() -> u64 + Copy + 'static>,
) -> Element {
    let count = el_class("p", "screen-count")
        .live("data-answered", move || Some(answered().to_string()))
        .live_text(move || [&answered().to_string(), " answered"].concat());
    let is_shown = pick.phase == PickPhase::Closed;
    let options = pick.options.iter().enumerate().map(|(place, option)| {
        if is_shown {
            let (count, all) = (pick.bars.get(place).copied().unwrap_or_default(), pick.answered);
            let mark = (option.is_correct == Some(true)).then_some(Mark::Right);
            return bar(place, &option.text, mark, "", move || (count, all));
        }
        el_class("li", "screen-option")
            .set("data-option", &place.to_string())
            .child(el_class("span", "choice-letter").text(&letter(place)))
            .child(el("span").text(&option.text))
    });
    let list =
        (!pick.options.is_empty()).then(|| el_class("ul", "bars screen-options").set("role", "list").children(options));
    el_class("section", "screen-question")
        .set("aria-label", "Question")
        .set("data-pick", &pick.number.to_string())
        .set("data-phase", phase_name(pick.phase))
        .set("data-size", projected_size(pick))
        .child(question_text(&pick.html))
        .children(list)
        .child(el_class("div", "screen-foot").child(count).children(left.map(clock_of)))
}
