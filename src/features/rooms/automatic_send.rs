//! When the answer form sends by itself: shortly before the time is up, so that nothing that is chosen or typed is lost, and when the
//! connection is back after a request that did not reach the server.

use super::answer_draft::AnswerDraft;

/// From this number of seconds before the time limit what is not sent yet is sent.
const CLOSING: u64 = 3;

/// What the form sees at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Moment {
    /// The seconds until the time limit, by the server's clock; 0 when it has passed, `None` without a limit.
    pub(super) left: Option<u64>,
    /// Whether the live connection is up.
    pub(super) is_live: bool,
    /// Whether an answer is being sent.
    pub(super) is_sending: bool,
    /// Whether the last request has not reached the server.
    pub(super) is_unreachable: bool,
}

/// Decides when the form sends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct AutomaticSend {
    /// The draft that was last sent before the time is up: one that fails is not sent again and again.
    closing_with: Option<AnswerDraft>,
    /// Whether an answer was being sent at the moment before.
    was_sending: bool,
    /// Whether the connection was down at any moment since the last request began.
    was_lost: bool,
}

impl AutomaticSend {
    /// The moment or the draft has changed; whether the draft is to be sent now, unless it is empty or the server has it.
    pub(super) fn update(&mut self, now: Moment, draft: &AnswerDraft) -> bool {
        let begins = now.is_sending && !self.was_sending;
        self.was_sending = now.is_sending;
        self.was_lost = !now.is_live || (self.was_lost && !begins);
        let is_closing = now.left.is_some_and(|left| (1..=CLOSING).contains(&left));
        if !is_closing {
            self.closing_with = None;
        }
        // What changes while a request is under way follows it.
        if now.is_sending || now.left == Some(0) {
            return false;
        }
        let is_reconnected = now.is_unreachable && now.is_live && std::mem::take(&mut self.was_lost);
        let is_last_chance = is_closing && self.closing_with.as_ref() != Some(draft);
        if is_closing && (is_reconnected || is_last_chance) {
            self.closing_with = Some(draft.clone());
        }
        is_reconnected || is_last_chance
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Connected, without a time limit.
    const LIVE: Moment = Moment { left: None, is_live: true, is_sending: false, is_unreachable: false };
    const OFFLINE: Moment = Moment { is_live: false, ..LIVE };
    const SENDING: Moment = Moment { is_sending: true, ..LIVE };

    fn draft(choice: u8) -> AnswerDraft {
        AnswerDraft::Choices(vec![choice])
    }

    fn left(seconds: u64) -> Moment {
        Moment { left: Some(seconds), ..LIVE }
    }

    fn failed(moment: Moment) -> Moment {
        Moment { is_sending: false, is_unreachable: true, ..moment }
    }

    #[test]
    fn what_is_not_sent_is_sent_once_when_three_seconds_are_left() {
        let mut automatic = AutomaticSend::default();
        let sends = [60, 4, 3, 2, 1, 0].map(|seconds| automatic.update(left(seconds), &draft(0)));
        assert_eq!(sends, [false, false, true, false, false, false]);
    }

    #[test]
    fn a_change_in_the_last_seconds_is_sent_after_the_request_under_way() {
        let mut automatic = AutomaticSend::default();
        assert!(automatic.update(left(3), &draft(0)));
        let sending = Moment { is_sending: true, ..left(3) };
        assert!(!automatic.update(sending, &draft(0)) && !automatic.update(sending, &draft(1)));
        assert!(automatic.update(left(2), &draft(1)));
        assert!(!automatic.update(left(0), &draft(2)), "no time is left");
    }

    #[test]
    fn a_question_without_a_limit_sends_nothing_by_itself() {
        let mut automatic = AutomaticSend::default();
        assert!(!automatic.update(LIVE, &draft(0)) && !automatic.update(LIVE, &draft(1)));
    }

    #[test]
    fn an_answer_that_fails_in_the_last_seconds_is_not_sent_again_and_again() {
        let mut automatic = AutomaticSend::default();
        assert!(automatic.update(left(3), &draft(0)));
        automatic.update(Moment { is_sending: true, ..left(3) }, &draft(0));
        assert!(!automatic.update(failed(left(3)), &draft(0)) && !automatic.update(failed(left(2)), &draft(0)));
    }

    #[test]
    fn more_time_allows_another_automatic_send() {
        let mut automatic = AutomaticSend::default();
        assert!(automatic.update(left(2), &draft(0)));
        assert!(!automatic.update(left(30), &draft(0)));
        assert!(automatic.update(left(3), &draft(0)));
    }

    #[test]
    fn what_did_not_reach_the_server_is_sent_once_when_the_connection_is_back() {
        let mut automatic = AutomaticSend::default();
        for moment in [OFFLINE, Moment { is_live: false, ..SENDING }, failed(OFFLINE)] {
            assert!(!automatic.update(moment, &draft(0)));
        }
        assert!(automatic.update(failed(LIVE), &draft(0)));
        assert!(!automatic.update(SENDING, &draft(0)));
        assert!(!automatic.update(failed(LIVE), &draft(0)), "it failed again, and the connection was up all along");
        assert!(!automatic.update(failed(OFFLINE), &draft(0)) && automatic.update(failed(LIVE), &draft(0)));
    }

    #[test]
    fn a_request_that_fails_after_the_connection_is_back_is_made_again() {
        let mut automatic = AutomaticSend::default();
        for moment in [SENDING, Moment { is_live: false, ..SENDING }, SENDING] {
            assert!(!automatic.update(moment, &draft(0)));
        }
        assert!(automatic.update(failed(LIVE), &draft(0)));
    }

    #[test]
    fn a_connection_that_comes_back_sends_nothing_that_was_not_to_be_sent() {
        let mut automatic = AutomaticSend::default();
        assert!(!automatic.update(OFFLINE, &draft(0)) && !automatic.update(LIVE, &draft(0)));
        automatic.update(SENDING, &draft(0));
        assert!(!automatic.update(failed(LIVE), &draft(0)), "it was lost before the request began");
    }

    #[test]
    fn nothing_is_sent_when_the_connection_is_back_after_the_time_is_up() {
        let mut automatic = AutomaticSend::default();
        automatic.update(failed(Moment { left: Some(9), ..OFFLINE }), &draft(0));
        assert!(!automatic.update(failed(left(0)), &draft(0)));
    }

    proptest! {
        /// Whatever happens: nothing is sent while a request is under way or no time is left, and a moment that stays sends once.
        #[test]
        fn it_sends_at_most_once_and_only_while_it_can(
            moments in prop::collection::vec((prop::option::of(0..6_u64), any::<[bool; 3]>(), 0..3_u8), 0..40),
        ) {
            let mut automatic = AutomaticSend::default();
            for (left, [is_live, is_sending, is_unreachable], choice) in moments {
                let now = Moment { left, is_live, is_sending, is_unreachable };
                let sends = automatic.update(now, &draft(choice));
                prop_assert!(!sends || !is_sending && left != Some(0));
                prop_assert!(!automatic.update(now, &draft(choice)), "the same moment again");
            }
        }
    }
}
