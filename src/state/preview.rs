//! Markdown as participants would see it, shortly after it was typed. Never makes HTML itself: the server does.

use std::rc::Rc;

use super::rooms_api;
use crate::browser;
use crate::browser::clock::Timer;
use crate::reactive::*;

/// So many milliseconds after the last key it is asked for.
const PAUSE: u64 = 300;

/// The HTML of a text, as it changes; empty for none.
pub(crate) fn preview(text: impl Fn() -> String + 'static) -> ReadSignal<String> {
    let (typed, html) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // A timer that is replaced never rings.
    let timer = StoredValue::new(None::<Rc<Timer>>);
    follow(move || {
        let next = text();
        if typed.with_untracked(|typed| *typed == next) {
            return;
        }
        typed.set(next.clone());
        if next.trim().is_empty() {
            html.set(String::new());
            return;
        }
        let ask = move || {
            browser::run(async move {
                let made = rooms_api::preview(&next).await;
                let is_new = typed.try_with_untracked(|typed| *typed == next).unwrap_or(false);
                if let (Ok(made), true) = (made, is_new) {
                    html.try_set(made);
                }
            });
        };
        timer.set_value(Some(Rc::new(Timer::after(PAUSE, ask))));
    });
    html.read_only()
}
