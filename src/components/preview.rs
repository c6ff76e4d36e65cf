//! A question's text as participants would see it, shortly after it was typed.

use std::rc::Rc;

use super::question_text::question_text;
use crate::browser;
use crate::browser::clock::Timer;
use crate::browser::element::{Element, el_class};
use crate::reactive::*;
use crate::state::rooms_api;

/// So many milliseconds after the last key it is asked for.
const PAUSE: u64 = 300;

/// The preview of a text.
pub(crate) fn preview(text: RwSignal<String>) -> Element {
    let html = RwSignal::new(String::new());
    // A timer that is replaced never rings.
    let timer = StoredValue::new(None::<Rc<Timer>>);
    follow(move || {
        let typed = text.get();
        if typed.trim().is_empty() {
            html.set(String::new());
            return;
        }
        let ask = move || {
            browser::run(async move {
                let made = rooms_api::preview(&typed).await;
                let is_new = text.try_with_untracked(|now| *now == typed).unwrap_or(false);
                if let (Ok(made), true) = (made, is_new) {
                    html.try_set(made);
                }
            });
        };
        timer.set_value(Some(Rc::new(Timer::after(PAUSE, ask))));
    });
    el_class("div", "preview")
        .set("aria-label", "Preview")
        .set("role", "region")
        .part(move || html.get(), |html| (!html.is_empty()).then(|| question_text(html)))
}
