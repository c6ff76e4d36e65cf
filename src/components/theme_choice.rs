//! Light, dark, or as the system has it.

use super::field::option;
use crate::browser::element::{Element, el};
use crate::reactive::*;
use crate::state::theme::Theme;

/// The choice.
pub(crate) fn theme_choice(theme: ReadSignal<Theme>, on_choose: impl Fn(Theme) + Copy + 'static) -> Element {
    let choice = move |choice: Theme| {
        let input = el("input")
            .set("type", "radio")
            .set("name", "theme")
            .set("value", choice.label())
            .ticked(move || theme.get() == choice, move |_| on_choose(choice));
        option(input, choice.label())
    };
    el("fieldset").child(el("legend").text("Theme")).children(Theme::ALL.map(choice))
}
