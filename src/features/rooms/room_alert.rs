//! The alert of a participant for a room.

use domain::alert::AlertRule;
use domain::room::RoomId;
use domain::topic::Topic;
use leptos::prelude::*;

use super::outcome::RoomEvent;
use super::texts;
use crate::notifications::{AlertChoice, NotifyButton, NotifyForm};
use crate::ui::Checkbox;

/// Which events of a room are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct RoomAlert {
    question: bool,
    feedback: bool,
    closed: bool,
}

impl RoomAlert {
    /// The events that a rule notifies of.
    const fn of(rule: Option<&AlertRule>) -> Self {
        match rule {
            Some(AlertRule::Room { question, feedback, closed }) => {
                Self { question: *question, feedback: *feedback, closed: *closed }
            }
            _ => Self { question: false, feedback: false, closed: false },
        }
    }

    const fn has(self, event: RoomEvent) -> bool {
        match event {
            RoomEvent::Question => self.question,
            RoomEvent::Feedback => self.feedback,
            RoomEvent::Closed => self.closed,
        }
    }

    /// With an event wanted, or not.
    const fn with(self, event: RoomEvent, is_wanted: bool) -> Self {
        match event {
            RoomEvent::Question => Self { question: is_wanted, ..self },
            RoomEvent::Feedback => Self { feedback: is_wanted, ..self },
            RoomEvent::Closed => Self { closed: is_wanted, ..self },
        }
    }

    /// The rule; `None` if no event is wanted.
    fn rule(self) -> Option<AlertRule> {
        let Self { question, feedback, closed } = self;
        (self != Self::default()).then_some(AlertRule::Room { question, feedback, closed })
    }
}

/// The bell of a room.
#[component]
pub(super) fn RoomBell(
    /// The room.
    id: RoomId,
    /// What it is called.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let form = move |choice: AlertChoice| view! { <RoomAlertForm choice/> }.into_any();
    view! { <NotifyButton topic=Topic::Room(id) name form/> }
}

/// The choice. A user who has chosen nothing yet gets the most common choice as a proposal.
#[component]
fn RoomAlertForm(choice: AlertChoice) -> impl IntoView {
    let proposed = RoomAlert::default().with(RoomEvent::Question, true);
    let alert = RwSignal::new(choice.rule.as_ref().map_or(proposed, |rule| RoomAlert::of(Some(rule))));
    let choices = [RoomEvent::Question, RoomEvent::Feedback, RoomEvent::Closed].map(|event| {
        view! {
            <Checkbox
                label=texts::room_event(event)
                checked=Signal::derive(move || alert.get().has(event))
                on_change=move |is_wanted| alert.update(|alert| *alert = alert.with(event, is_wanted))
            />
        }
    });
    view! {
        <NotifyForm rule=Signal::derive(move || Ok(alert.get().rule())) on_save=choice.on_save>
            {choices.collect_view()}
        </NotifyForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_made_of_what_is_ticked() {
        let alert = RoomAlert::of(None).with(RoomEvent::Question, true).with(RoomEvent::Closed, true);
        let rule = alert.rule();
        assert_eq!(rule, Some(AlertRule::Room { question: true, feedback: false, closed: true }));
        assert_eq!(RoomAlert::of(rule.as_ref()), alert);
        assert!(alert.has(RoomEvent::Closed) && !alert.has(RoomEvent::Feedback));
    }

    #[test]
    fn with_nothing_ticked_there_is_no_rule() {
        let alert = RoomAlert::of(None).with(RoomEvent::Feedback, true).with(RoomEvent::Feedback, false);
        assert_eq!(alert.rule(), None);
        assert_eq!(RoomAlert::of(Some(&AlertRule::FreeOnce)), RoomAlert::default(), "a rule of something else");
    }

    #[test]
    fn each_choice_changes_its_own_event_only() {
        use RoomEvent::{Closed, Feedback, Question};
        let events = [Question, Feedback, Closed];
        for bits in 0..8_u8 {
            let is_wanted = |index: usize| bits & (1 << index) != 0;
            let alert = (0..3).fold(RoomAlert::default(), |alert, index| alert.with(events[index], is_wanted(index)));
            assert_eq!(events.map(|event| alert.has(event)), [0, 1, 2].map(is_wanted));
            assert_eq!(RoomAlert::of(alert.rule().as_ref()), alert, "as a rule");
            for (index, event) in events.into_iter().enumerate() {
                assert_eq!(alert.with(event, !is_wanted(index)).with(event, is_wanted(index)), alert);
            }
        }
    }
}
