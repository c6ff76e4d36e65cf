//! A question's text, and the countdown of its time limit.

use std::time::Duration;

use leptos::prelude::*;

use super::texts;
use crate::format;

/// At this number of seconds a countdown warns that it is short.
const SHORT: u64 = 10;

/// The text of a question.
#[component]
pub(crate) fn QuestionText(
    /// HTML that the server has made and sanitized: nothing else may be given here.
    #[prop(into)]
    html: Signal<String>,
) -> impl IntoView {
    view! { <div class="question-text" dir="auto" inner_html=html></div> }
}

/// The seconds that are left, as they pass. Screen readers announce when ten seconds are left, not each second; the end is announced by
/// what happens then.
#[component]
pub(crate) fn Countdown(
    /// The seconds that are left; 0 when the time is up.
    #[prop(into)]
    left: Signal<u64>,
) -> impl IntoView {
    let began = left.get_untracked();
    let announced = Memo::new(move |_| announcement(began, left.get()));
    view! {
        <p class="countdown" data-countdown="" data-short=move || (left.get() <= SHORT).then_some("")>
            <span class="countdown-time" aria-hidden="true">{move || reading(left.get())}</span>
            <span class="visually-hidden" role="timer" aria-live="polite">{move || announced.get()}</span>
        </p>
    }
}

/// “0:42”, or that the time is up.
fn reading(left: u64) -> String {
    match left {
        0 => texts::TIME_IS_UP.to_owned(),
        seconds => format::countdown(Duration::from_secs(seconds)),
    }
}

/// What screen readers announce when a countdown that began at `began` seconds has `left` seconds.
const fn announcement(began: u64, left: u64) -> &'static str {
    match left {
        1..=SHORT if began > SHORT => texts::TEN_SECONDS_LEFT,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_reads_like_a_clock() {
        assert_eq!([0, 5, 42, 60, 605].map(reading), ["Time's up", "0:05", "0:42", "1:00", "10:05"]);
    }

    #[test]
    fn only_the_last_ten_seconds_are_announced() {
        let announced = [60, 11, 10, 1, 0].map(|left| announcement(60, left));
        assert_eq!(announced, ["", "", "10 seconds left", "10 seconds left", ""]);
    }

    #[test]
    fn ten_seconds_are_not_announced_where_there_were_never_more() {
        for began in [5, 10] {
            assert_eq!(announcement(began, began), "", "a limit, or a page opened late, of {began} seconds");
        }
    }
}
