//! View model of a table's queue: the user's position, and the buttons for the next steps.

use domain::queue::{QueueView, TURN};
use domain::time::Timestamp;

use super::texts;
use crate::format;

/// What a user can do in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueueStep {
    /// To join.
    Join,
    /// To leave, or to give up the table that was taken.
    Leave,
    /// To take the table.
    Take,
    /// To let the next person go first.
    Pass,
    /// To sign in, and then to join.
    SignIn,
}

/// The position of the user in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueuePosition {
    /// The user is not known.
    SignedOut,
    /// Not in the queue.
    Out,
    /// The number of people before them.
    Waiting(usize),
    /// It is their turn.
    Called,
    /// They have taken the table.
    Taken,
}

/// A button of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StepButton {
    /// Its class in the style sheet.
    pub(super) class: &'static str,
    /// The text.
    pub(super) label: &'static str,
    /// What it does.
    pub(super) step: QueueStep,
}

impl QueuePosition {
    /// The position of the user with this pseudonym; `mark` is `None` if no member is signed in.
    pub(super) fn of(queue: &QueueView, mark: Option<&str>) -> Self {
        let Some(mark) = mark else { return Self::SignedOut };
        if queue.taken_by.as_ref().is_some_and(|entry| entry.mark == mark) {
            return Self::Taken;
        }
        match queue.waiting.iter().position(|entry| entry.mark == mark) {
            Some(0) if queue.is_called => Self::Called,
            Some(ahead) => Self::Waiting(ahead),
            None => Self::Out,
        }
    }

    /// The sentence in the panel.
    pub(super) fn sentence(self, queue: &QueueView) -> String {
        match (self, queue.taken_by.as_ref(), queue.waiting.len()) {
            (Self::Called, ..) => texts::YOUR_TURN.to_owned(),
            (Self::Taken, ..) => texts::YOURS.to_owned(),
            (Self::Waiting(0), ..) => texts::NEXT.to_owned(),
            (Self::Waiting(ahead), ..) => texts::ahead(ahead),
            (Self::SignedOut, None, 0) => texts::SIGN_IN_TO_JOIN.to_owned(),
            (_, Some(by), _) => texts::taken_by(by.name.as_str()),
            (_, None, people) => texts::waiting(people),
        }
    }

    /// The buttons for the user. To join is the first thing to do at a table that is not free. The same ones wherever in the queue they wait, so that a step forward takes no focus away.
    pub(super) const fn buttons(self, is_free: bool) -> &'static [StepButton] {
        const fn button(class: &'static str, label: &'static str, step: QueueStep) -> StepButton {
            StepButton { class, label, step }
        }
        const SIGN_IN: &[StepButton] = &[button("", texts::SIGN_IN, QueueStep::SignIn)];
        const JOIN: &[StepButton] = &[button("join-line", texts::JOIN, QueueStep::Join)];
        const JOIN_FIRST: &[StepButton] = &[button("primary join-line", texts::JOIN, QueueStep::Join)];
        const LEAVE: &[StepButton] = &[button("leave-line", texts::LEAVE, QueueStep::Leave)];
        const ANSWER: &[StepButton] = &[
            button("primary take-table", texts::TAKE, QueueStep::Take),
            button("pass-table", texts::PASS, QueueStep::Pass),
        ];
        const RELEASE: &[StepButton] = &[button("leave-line", texts::RELEASE, QueueStep::Leave)];
        match self {
            Self::SignedOut => SIGN_IN,
            Self::Out if is_free => JOIN,
            Self::Out => JOIN_FIRST,
            Self::Waiting(_) => LEAVE,
            Self::Called => ANSWER,
            Self::Taken => RELEASE,
        }
    }

    /// What is left of the user's turn at `now`, the server's time; empty if it is not theirs.
    pub(super) fn time_left(self, queue: &QueueView, now: Timestamp) -> String {
        // The server's time is an estimate: a turn that has just begun may seem to be longer.
        let left = |until: Timestamp| until.since(now).min(TURN);
        match (self, queue.until) {
            (Self::Called | Self::Taken, Some(until)) => texts::left(&format::countdown(left(until))),
            _ => String::new(),
        }
    }
}

/// A person in the queue, as the panel lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueueRow {
    /// Identifies a person in the list.
    pub(super) mark: String,
    /// Their display name.
    pub(super) name: String,
    /// Whether it is their turn.
    pub(super) is_called: bool,
}

/// The people in the queue, the first one first.
pub(super) fn queue_rows(queue: &QueueView) -> Vec<QueueRow> {
    let row = |(index, entry): (usize, &domain::queue::QueueEntryView)| QueueRow {
        mark: entry.mark.clone(),
        name: entry.name.to_string(),
        is_called: index == 0 && queue.is_called,
    };
    queue.waiting.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::queue::QueueEntryView;

    use super::*;

    fn entry(name: &str) -> QueueEntryView {
        QueueEntryView { mark: format!("m-{name}"), name: name.parse().unwrap() }
    }

    fn queue(names: &[&str], is_called: bool) -> QueueView {
        QueueView { waiting: names.iter().map(|name| entry(name)).collect(), is_called, ..QueueView::default() }
    }

    fn sentence(queue: &QueueView, mark: Option<&str>) -> String {
        QueuePosition::of(queue, mark).sentence(queue)
    }

    #[test]
    fn each_standing_has_its_sentence() {
        let queue = queue(&["Ada", "Bo", "Cy"], true);
        assert_eq!(sentence(&queue, Some("m-Ada")), "It is your turn: the table is free.");
        assert_eq!(sentence(&queue, Some("m-Bo")), "1 person ahead of you.");
        assert_eq!(sentence(&queue, Some("m-Cy")), "2 people ahead of you.");
        assert_eq!(sentence(&queue, Some("m-Dee")), "3 people are waiting.");
        assert_eq!(sentence(&queue, None), "3 people are waiting.");
    }

    #[test]
    fn the_first_person_is_next_until_they_are_called() {
        assert_eq!(QueuePosition::of(&queue(&["Ada"], false), Some("m-Ada")), QueuePosition::Waiting(0));
        assert_eq!(QueuePosition::of(&queue(&["Ada"], true), Some("m-Ada")), QueuePosition::Called);
        assert_eq!(
            sentence(&queue(&["Ada"], false), Some("m-Ada")),
            "You are next. You will be called when the table is free."
        );
    }

    #[test]
    fn an_empty_queue_says_what_to_do() {
        let queue = queue(&[], false);
        assert_eq!(sentence(&queue, None), "No one is waiting. Sign in to join the queue.");
        assert_eq!(sentence(&queue, Some("m-Ada")), "No one is waiting.");
        assert_eq!(QueuePosition::of(&queue, Some("m-Ada")), QueuePosition::Out);
    }

    #[test]
    fn a_taken_table_is_one_persons() {
        let queue = QueueView { taken_by: Some(entry("Ada")), ..queue(&["Bo"], false) };
        assert_eq!(sentence(&queue, Some("m-Ada")), "The table is yours. It is kept for two minutes, until you play.");
        assert_eq!(sentence(&queue, Some("m-Bo")), "You are next. You will be called when the table is free.");
        assert_eq!(sentence(&queue, None), "Ada is taking the table.");
    }

    #[test]
    fn each_standing_offers_its_steps() {
        use QueueStep::{Join, Leave, Pass, SignIn, Take};
        for (standing, steps) in [
            (QueuePosition::SignedOut, vec![SignIn]),
            (QueuePosition::Out, vec![Join]),
            (QueuePosition::Waiting(0), vec![Leave]),
            (QueuePosition::Waiting(7), vec![Leave]),
            (QueuePosition::Called, vec![Take, Pass]),
            (QueuePosition::Taken, vec![Leave]),
        ] {
            for is_free in [false, true] {
                let offered: Vec<QueueStep> = standing.buttons(is_free).iter().map(|button| button.step).collect();
                assert_eq!(offered, steps, "{standing:?}");
            }
        }
        assert_eq!(QueuePosition::Waiting(1).buttons(false), QueuePosition::Waiting(2).buttons(false));
        let is_first = |is_free| QueuePosition::Out.buttons(is_free)[0].class.contains("primary");
        assert!(is_first(false) && !is_first(true));
    }

    #[test]
    fn the_turn_counts_down_for_the_user_only() {
        let now: Timestamp = "2026-11-20T18:00:02Z".parse().unwrap();
        let queue = QueueView { until: "2026-11-20T18:02:00Z".parse().ok(), ..queue(&["Ada"], true) };
        assert_eq!(QueuePosition::Called.time_left(&queue, now), "1:58 left.");
        assert_eq!(QueuePosition::Taken.time_left(&queue, now), "1:58 left.");
        assert_eq!(QueuePosition::Waiting(1).time_left(&queue, now), "");
        assert_eq!(QueuePosition::Called.time_left(&QueueView::default(), now), "");
        let early = "2026-11-20T17:59:59.900Z".parse().unwrap();
        assert_eq!(QueuePosition::Called.time_left(&queue, early), "2:00 left.", "never longer than a turn");
        let late = "2026-11-20T18:09:00Z".parse().unwrap();
        assert_eq!(QueuePosition::Called.time_left(&queue, late), "0:00 left.");
    }

    #[test]
    fn only_the_first_one_is_called() {
        let rows = queue_rows(&queue(&["Ada", "Bo"], true));
        assert_eq!(
            rows.iter().map(|row| (row.name.as_str(), row.is_called)).collect::<Vec<_>>(),
            [("Ada", true), ("Bo", false)]
        );
        assert!(queue_rows(&queue(&["Ada"], false)).iter().all(|row| !row.is_called));
    }

    #[test]
    fn other_users_see_who_takes_the_table_although_people_wait() {
        let queue = QueueView { taken_by: Some(entry("Ada")), ..queue(&["Bo", "Cy"], false) };
        assert_eq!(sentence(&queue, Some("m-Dee")), "Ada is taking the table.");
        assert_eq!(sentence(&queue, Some("m-Cy")), "1 person ahead of you.");
    }

    proptest! {
        /// Each person stands where the queue lists them, and only the first one may be called.
        #[test]
        fn the_panel_and_the_list_agree(people in 1..21_usize, is_called: bool) {
            let names: Vec<String> = (0..people).map(|number| format!("P{number}")).collect();
            let queue = queue(&names.iter().map(String::as_str).collect::<Vec<_>>(), is_called);
            let rows = queue_rows(&queue);
            prop_assert_eq!(rows.len(), people);
            for (index, row) in rows.iter().enumerate() {
                let standing = QueuePosition::of(&queue, Some(&row.mark));
                prop_assert_eq!(standing == QueuePosition::Called, row.is_called);
                prop_assert_eq!(row.is_called, is_called && index == 0);
                prop_assert!(row.is_called || standing == QueuePosition::Waiting(index));
            }
        }

        #[test]
        fn no_turn_is_shown_as_longer_than_two_minutes(until in 0..10_000_i64, now in 0..10_000_i64) {
            let seconds = |seconds: i64| Timestamp::from_milliseconds(1_800_000_000_000 + seconds * 1_000);
            let queue = QueueView { until: Some(seconds(until)), ..queue(&["Ada"], true) };
            let left = (until - now).clamp(0, 120);
            let expected = format!("{}:{:02} left.", left / 60, left % 60);
            prop_assert_eq!(QueuePosition::Called.time_left(&queue, seconds(now)), expected);
        }
    }
}
