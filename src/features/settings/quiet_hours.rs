//! Quiet hours: a span of each day without notifications.

use domain::alert::{DayTime, Preferences, Span};
use leptos::ev::FocusEvent;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::preferences::change_preferences;
use super::texts;
use crate::notifications::Notifications;
use crate::ui::Checkbox;

/// The hours that are proposed: 22:00 to 07:00.
const PROPOSED: Span = Span { from: DayTime::from_minutes(22 * 60), to: DayTime::from_minutes(7 * 60) };

/// The quiet hours as the form shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct QuietDraft {
    is_on: bool,
    /// Also while they are off: they are proposed when the user turns them on.
    hours: Span,
}

/// One end of the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    From,
    To,
}

impl QuietDraft {
    /// The draft of what is saved.
    fn of(saved: Option<Span>) -> Self {
        Self { is_on: saved.is_some(), hours: saved.unwrap_or(PROPOSED) }
    }

    /// The draft after something else was saved, here or in another tab.
    fn follow(self, saved: Option<Span>) -> Self {
        Self { is_on: saved.is_some(), hours: saved.unwrap_or(self.hours) }
    }

    /// What is to be saved.
    fn quiet(self) -> Option<Span> {
        self.is_on.then_some(self.hours)
    }

    fn time(self, end: End) -> DayTime {
        match end {
            End::From => self.hours.from,
            End::To => self.hours.to,
        }
    }

    /// The draft with another time; `None` if the text is no time, as while a user types it.
    fn with_time(self, end: End, text: &str) -> Option<Self> {
        let time = text.parse().ok()?;
        let hours = match end {
            End::From => Span { from: time, ..self.hours },
            End::To => Span { to: time, ..self.hours },
        };
        Some(Self { hours, ..self })
    }
}

/// Turns quiet hours on and off, and sets them. Made once the preferences are known.
#[component]
pub(super) fn QuietHours() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let saved = Memo::new(move |_| notifications.preferences().and_then(|preferences| preferences.quiet));
    let draft = RwSignal::new(QuietDraft::of(saved.get_untracked()));
    let is_editing = RwSignal::new(false);
    Effect::new(move |_| {
        let saved = saved.get();
        // A time that the user is typing is not replaced by what another tab saves.
        if !is_editing.get() {
            draft.update(|draft| *draft = draft.follow(saved));
        }
    });
    let save = move |next: QuietDraft| {
        draft.set(next);
        change_preferences(notifications, move |preferences| Preferences { quiet: next.quiet(), ..preferences });
    };
    let is_on = Memo::new(move |_| draft.with(|draft| draft.is_on));
    let time = move |end: End, label: &'static str| {
        let value = move || draft.with(|draft| draft.time(end).to_string());
        let on_change = move |event| {
            if let Some(next) = draft.get_untracked().with_time(end, &event_target_value(&event)) {
                save(next);
            }
        };
        // A time that was left incomplete is the saved one again.
        let on_blur = move |event: FocusEvent| event_target::<HtmlInputElement>(&event).set_value(&untrack(value));
        view! {
            <label class="time inline-field">
                {label}
                <input type="time" required prop:value=value on:change=on_change on:blur=on_blur/>
            </label>
        }
        .into_any()
    };
    view! {
        <div>
            <Checkbox
                label=texts::QUIET_HOURS
                checked=is_on
                on_change=move |is_on| save(QuietDraft { is_on, ..draft.get_untracked() })
            />
            {move || {
                is_on.get().then(|| {
                    view! {
                        <div
                            class="actions"
                            role="group"
                            aria-label=texts::QUIET_HOURS_TIMES
                            on:focusin=move |_| is_editing.set(true)
                            on:focusout=move |_| is_editing.set(false)
                        >
                            {time(End::From, texts::FROM)}
                            {time(End::To, texts::TO)}
                        </div>
                    }
                })
            }}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    #[test]
    fn the_draft_is_what_is_saved_or_a_proposal_that_is_off() {
        let saved = span("21:30", "06:00");
        assert_eq!(QuietDraft::of(Some(saved)).quiet(), Some(saved));
        let none = QuietDraft::of(None);
        assert_eq!((none.quiet(), none.hours), (None, span("22:00", "07:00")));
        assert_eq!(QuietDraft { is_on: true, ..none }.quiet(), Some(span("22:00", "07:00")));
    }

    #[test]
    fn the_hours_are_proposed_again_after_they_were_off() {
        let saved = span("21:30", "06:00");
        let off = QuietDraft::of(Some(saved)).follow(None);
        assert_eq!((off.quiet(), off.hours), (None, saved));
        assert_eq!(off.follow(Some(span("23:00", "05:00"))).quiet(), Some(span("23:00", "05:00")));
    }

    #[test]
    fn one_time_changes_and_an_incomplete_one_does_not() {
        let draft = QuietDraft::of(Some(span("21:30", "06:00")));
        assert_eq!(draft.with_time(End::From, "20:15").and_then(QuietDraft::quiet), Some(span("20:15", "06:00")));
        assert_eq!(draft.with_time(End::To, "07:45").and_then(QuietDraft::quiet), Some(span("21:30", "07:45")));
        assert_eq!(draft.with_time(End::To, "").map(QuietDraft::quiet), None);
        assert_eq!(draft.time(End::To).to_string(), "06:00");
    }

    #[test]
    fn what_is_no_time_changes_no_hours() {
        let draft = QuietDraft::of(Some(span("21:30", "06:00")));
        for text in ["", "7:00", "24:00", "12:60", "noon", "07:00:00", " 07:00"] {
            assert_eq!(draft.with_time(End::From, text), None, "{text:?}");
        }
    }

    #[test]
    fn hours_that_are_off_are_not_saved_when_a_time_changes() {
        let off = QuietDraft::of(None).with_time(End::To, "06:30").unwrap();
        assert_eq!((off.quiet(), off.hours), (None, span("22:00", "06:30")));
    }

    proptest! {
        #[test]
        fn a_time_is_shown_as_it_was_chosen(minutes in 0_u16..1_440, is_on: bool, of_end in any::<bool>()) {
            let (end, other) = if of_end { (End::From, End::To) } else { (End::To, End::From) };
            let before = QuietDraft { is_on, ..QuietDraft::of(None) };
            let text = DayTime::from_minutes(minutes).to_string();
            let after = before.with_time(end, &text).unwrap();
            prop_assert_eq!(after.time(end).to_string(), text);
            prop_assert_eq!((after.time(other), after.is_on), (before.time(other), is_on));
        }
    }
}
