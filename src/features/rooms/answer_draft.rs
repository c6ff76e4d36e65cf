//! View model of the answer form: the draft of an answer, and how it differs from the stored answer.

use domain::answer::{Answer, AnswerRecord};
use domain::pick::PickView;
use domain::question::QuestionKind;

/// An answer that is being chosen or typed; it may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AnswerDraft {
    /// The indexes of the chosen options, in ascending order.
    Choices(Vec<u8>),
    /// A text as it is typed.
    Text(String),
}

impl AnswerDraft {
    /// Nothing is chosen or typed yet.
    pub(super) const fn empty(kind: QuestionKind) -> Self {
        match kind {
            QuestionKind::Discursive => Self::Text(String::new()),
            QuestionKind::SingleAnswer | QuestionKind::MultipleAnswer => Self::Choices(Vec::new()),
        }
    }

    /// The draft that sends an answer.
    pub(super) fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Choices(choices) => Self::Choices(choices.clone()),
            Answer::Text(text) => Self::Text(text.clone()),
        }
    }

    /// The draft that [`AnswerDraft::to_stored`] has made of an answer to this pick; an empty one if the text is of
    /// another kind.
    pub(super) fn from_stored(pick: &PickView, stored: &str) -> Self {
        let answer: Option<Answer> = serde_json::from_str(stored).ok();
        match answer.and_then(|answer| answer.check(pick.kind, pick.options.len()).ok()) {
            // Not as it is checked: white space at the end of what is typed is kept.
            Some(Answer::Text(_)) => {
                serde_json::from_str(stored).map_or(Self::empty(pick.kind), |answer| Self::of(&answer))
            }
            Some(answer) => Self::of(&answer),
            None => Self::empty(pick.kind),
        }
    }

    /// The text under which the draft is kept; empty for an empty draft.
    pub(super) fn to_stored(&self) -> String {
        if self.is_empty() { String::new() } else { serde_json::to_string(&self.to_answer()).unwrap_or_default() }
    }

    /// The answer that it sends.
    pub(super) fn to_answer(&self) -> Answer {
        match self {
            Self::Choices(choices) => Answer::Choices(choices.clone()),
            Self::Text(text) => Answer::Text(text.clone()),
        }
    }

    /// Whether there is nothing to send.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Choices(choices) => choices.is_empty(),
            Self::Text(text) => text.trim().is_empty(),
        }
    }

    /// What is typed; nothing if options are chosen.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Choices(_) => "",
        }
    }

    /// Whether an option is chosen.
    pub(super) fn is_chosen(&self, index: usize) -> bool {
        match self {
            Self::Choices(choices) => choices.iter().any(|choice| usize::from(*choice) == index),
            Self::Text(_) => false,
        }
    }

    /// With an option chosen, or no longer. Of a single answer, choosing an option drops the others.
    #[must_use]
    pub(super) fn with_choice(&self, kind: QuestionKind, index: usize, is_chosen: bool) -> Self {
        let (Self::Choices(choices), Ok(index)) = (self, u8::try_from(index)) else { return self.clone() };
        let keeps = |choice: &u8| *choice != index && kind == QuestionKind::MultipleAnswer;
        let mut choices: Vec<u8> = choices.iter().copied().filter(keeps).collect();
        if is_chosen {
            choices.push(index);
        }
        choices.sort_unstable();
        Self::Choices(choices)
    }

    /// What the form shows of it: once the question takes no more answers (`is_over`), what the server has, and never what was not sent.
    pub(super) fn shown(&self, sent: Option<&SentAnswer>, is_over: bool) -> Self {
        match (is_over, sent, self) {
            (false, _, _) => self.clone(),
            (true, Some(sent), _) => sent.draft.clone(),
            (true, None, Self::Choices(_)) => Self::Choices(Vec::new()),
            (true, None, Self::Text(_)) => Self::Text(String::new()),
        }
    }

    /// What was not sent of it, when the question takes no more answers.
    pub(super) fn unsent(&self, sent: Option<&SentAnswer>) -> Option<Unsent> {
        match sent {
            Some(sent) if sent.draft.is_same(self) => None,
            Some(_) => Some(Unsent::Change),
            None if self.is_empty() => None,
            None => Some(Unsent::Answer),
        }
    }

    /// Whether both send the same: the server trims white space around a text.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(text), Self::Text(other)) => text.trim() == other.trim(),
            _ => self == other,
        }
    }
}

/// What was chosen or typed and not sent before the question took no more answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsent {
    /// A change of the answer that counts.
    Change,
    /// The only answer.
    Answer,
}

/// How the request that sends answers stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// None is under way.
    Idle,
    /// An answer is being sent.
    Sending,
    /// The last answer has not reached the server; it is sent when the connection is back.
    WaitsForConnection,
}

/// An answer that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentAnswer {
    /// As the form edits it.
    pub(super) draft: AnswerDraft,
    /// Its revision: 1 is the first answer.
    pub(super) revision: u64,
}

impl SentAnswer {
    /// The answer of a record.
    pub(super) fn of(record: &AnswerRecord) -> Self {
        Self { draft: AnswerDraft::of(&record.answer), revision: record.rev }
    }
}

/// Synchronizes a draft with the stored answer, which may also come from another tab.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct AnswerSync {
    /// What the server had last.
    before: Option<SentAnswer>,
    /// What this form has sent last.
    sent_here: Option<AnswerDraft>,
    /// Whether the draft was stored by an earlier visit, and the stored answer has not arrived since: it is then no
    /// news.
    is_restored: bool,
    /// Whether another answer than the draft was sent elsewhere.
    has_conflict: bool,
}

impl AnswerSync {
    /// For a form that begins with this draft.
    pub(super) fn new(draft: &AnswerDraft) -> Self {
        Self { is_restored: !draft.is_empty(), ..Self::default() }
    }

    /// This form sends a draft.
    pub(super) fn send(&mut self, draft: AnswerDraft) {
        self.sent_here = Some(draft);
    }

    /// Whether the server has this draft already, or gets it by the request that is under way: it need not be sent.
    pub(super) fn is_known(&self, draft: &AnswerDraft, sent: Option<&SentAnswer>, is_sending: bool) -> bool {
        let latest = if is_sending { self.sent_here.as_ref() } else { sent.map(|sent| &sent.draft) };
        latest.is_some_and(|latest| latest.is_same(draft))
    }

    /// The draft or what the server has may have changed; gives the draft that replaces the present one, if any does:
    /// an answer from elsewhere, where nothing else was being chosen or typed. Not to be called while answers are being sent: the server's
    /// answers to the earlier ones are then not what counts.
    pub(super) fn update(&mut self, draft: &AnswerDraft, sent: &SentAnswer) -> Option<AnswerDraft> {
        let is_new = self.before.as_ref() != Some(sent);
        let is_untouched = self.before.as_ref().map_or_else(|| draft.is_empty(), |before| draft.is_same(&before.draft));
        let differs = !draft.is_same(&sent.draft);
        let is_from_here = self.sent_here.as_ref().is_some_and(|own| own.is_same(&sent.draft));
        let arrives = is_new && differs && !is_from_here;
        self.has_conflict = differs
            && !(is_new && is_from_here)
            && (self.has_conflict || (arrives && !is_untouched && !self.is_restored));
        self.is_restored = false;
        self.before = Some(sent.clone());
        (arrives && is_untouched).then(|| sent.draft.clone())
    }

    /// Whether another answer than the draft was sent elsewhere.
    pub(super) const fn has_conflict(&self) -> bool {
        self.has_conflict
    }
}

/// How a draft stands to what the server has: what the form says below its button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerStatus {
    /// Nothing is sent yet.
    Unsent,
    /// It could not be sent, and is sent when the connection is back.
    WaitsForConnection,
    /// It is being sent.
    Sending,
    /// The server has it.
    Sent,
    /// The server has an earlier answer.
    Changed,
    /// Another answer was sent elsewhere.
    Conflict,
    /// The time limit has passed; the answer that was sent counts.
    LateSent,
    /// The time limit has passed; an earlier answer counts.
    LateChanged,
    /// The time limit has passed, and what was chosen or typed was not sent.
    LateUnsent,
    /// The time limit has passed, and nothing was chosen or typed.
    LateEmpty,
}

impl AnswerStatus {
    /// The status of a draft.
    pub(super) fn of(
        draft: &AnswerDraft,
        sent: Option<&SentAnswer>,
        has_conflict: bool,
        is_late: bool,
        delivery: Delivery,
    ) -> Self {
        let unsent = draft.unsent(sent);
        match (delivery, sent) {
            // It may have come in time: that is known when the server has answered.
            (Delivery::Sending, _) => Self::Sending,
            (_, sent) if is_late => match (unsent, sent) {
                (Some(Unsent::Change), _) => Self::LateChanged,
                (Some(Unsent::Answer), _) => Self::LateUnsent,
                (None, Some(_)) => Self::LateSent,
                (None, None) => Self::LateEmpty,
            },
            (Delivery::WaitsForConnection, _) if unsent.is_some() && !draft.is_empty() => Self::WaitsForConnection,
            (_, None) => Self::Unsent,
            (_, Some(_)) if has_conflict => Self::Conflict,
            (_, Some(_)) if unsent.is_some() => Self::Changed,
            (_, Some(_)) => Self::Sent,
        }
    }

    /// Whether it says that the question takes no more answers.
    pub(super) const fn is_over(self) -> bool {
        matches!(self, Self::LateSent | Self::LateChanged | Self::LateUnsent | Self::LateEmpty)
    }
}

/// What the form's button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerButton {
    /// It sends the draft.
    Send,
    /// It leads back to the answer that was sent.
    Edit,
}

impl AnswerButton {
    /// The button of a form; `None` if it needs none. A single choice is sent when it is made: there the button only sends what was chosen
    /// by the arrow keys, or what could not be sent. Only a text needs a way back to it: options can be pressed as they are.
    pub(super) const fn of(kind: QuestionKind, status: AnswerStatus, is_empty: bool) -> Option<Self> {
        let is_single = matches!(kind, QuestionKind::SingleAnswer);
        match status {
            status if status.is_over() => None,
            AnswerStatus::Sent if matches!(kind, QuestionKind::Discursive) => Some(Self::Edit),
            AnswerStatus::Sent => None,
            AnswerStatus::Sending if is_single => None,
            AnswerStatus::Unsent if is_single && is_empty => None,
            _ => Some(Self::Send),
        }
    }
}

/// The answers that a form sends one after the other: the latest one that is given while one is under way follows it,
/// so that none is lost silently.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct AnswerQueue {
    next: Option<Answer>,
}

impl AnswerQueue {
    /// An answer is to be sent, in place of one that still waits.
    pub(super) fn push(&mut self, answer: Answer) {
        self.next = Some(answer);
    }

    /// The answer to send now, if one waits.
    pub(super) fn take(&mut self) -> Option<Answer> {
        self.next.take()
    }
}

/// The option that a key chooses among this number of `options`: 1 to 9, then 0 for the tenth.
pub(super) fn option_of_key(key: &str, options: usize) -> Option<usize> {
    let digit: usize = key.parse().ok().filter(|_| key.len() == 1)?;
    Some((digit + 9) % 10).filter(|index| *index < options)
}

#[cfg(test)]
mod tests {
    use QuestionKind::{Discursive, MultipleAnswer, SingleAnswer};

    use domain::pick::OptionView;
    use proptest::prelude::*;

    use super::super::room_view::tests::pick;
    use super::*;

    /// A question with ten options.
    fn ten_options(kind: QuestionKind) -> PickView {
        let option = OptionView { text: "a".to_owned(), is_correct: None, feedback: String::new() };
        PickView { kind, options: vec![option; 10], ..pick(1, "open") }
    }

    fn text(text: &str) -> AnswerDraft {
        AnswerDraft::Text(text.to_owned())
    }

    fn sent(draft: AnswerDraft, revision: u64) -> SentAnswer {
        SentAnswer { draft, revision }
    }

    #[test]
    fn a_single_answer_holds_one_option() {
        let draft =
            AnswerDraft::empty(SingleAnswer).with_choice(SingleAnswer, 0, true).with_choice(SingleAnswer, 2, true);
        assert_eq!(draft, AnswerDraft::Choices(vec![2]));
        assert!(draft.with_choice(SingleAnswer, 2, false).is_empty());
    }

    #[test]
    fn several_answers_are_in_order_and_can_be_taken_back() {
        let both = AnswerDraft::empty(MultipleAnswer).with_choice(MultipleAnswer, 2, true).with_choice(
            MultipleAnswer,
            0,
            true,
        );
        assert_eq!(both.to_answer(), Answer::Choices(vec![0, 2]));
        assert!(both.is_chosen(0) && both.is_chosen(2) && !both.is_chosen(1));
        assert_eq!(both.with_choice(MultipleAnswer, 2, true), both, "chosen twice");
        assert_eq!(both.with_choice(MultipleAnswer, 2, false), AnswerDraft::Choices(vec![0]));
    }

    #[test]
    fn a_text_has_no_options() {
        let draft = AnswerDraft::empty(Discursive);
        assert!(draft.is_empty() && text(" \n").is_empty() && !text("so").is_empty());
        assert_eq!(text("so").with_choice(Discursive, 0, true), text("so"));
        assert!(
            !text("0").is_chosen(0) && text("so").text() == "so" && AnswerDraft::Choices(vec![1]).text().is_empty()
        );
    }

    #[test]
    fn a_stored_draft_comes_back() {
        let essay = PickView { kind: Discursive, options: vec![], ..pick(1, "open") };
        for (pick, draft) in [(&essay, text("It scatters ")), (&pick(1, "open"), AnswerDraft::Choices(vec![1]))] {
            assert_eq!(AnswerDraft::from_stored(pick, &draft.to_stored()), draft);
        }
        assert_eq!(text("  ").to_stored(), "");
    }

    #[test]
    fn a_stored_draft_of_another_kind_is_dropped() {
        let single = pick(1, "open");
        for stored in ["", "0,2", "{\"choices\":[7]}", "{\"choices\":[0,1]}", "{\"text\":\"so\"}"] {
            assert_eq!(AnswerDraft::from_stored(&single, stored), AnswerDraft::Choices(vec![]), "{stored}");
        }
    }

    #[test]
    fn the_servers_answer_fills_an_untouched_form() {
        let mut sync = AnswerSync::default();
        assert_eq!(sync.update(&text(""), &sent(text("sky"), 1)), Some(text("sky")));
        assert_eq!(sync.update(&text("sky"), &sent(text("sky"), 1)), None);
        assert_eq!(sync.update(&text("sky"), &sent(text("sea"), 2)), Some(text("sea")), "changed in another tab");
        assert!(!sync.has_conflict());
    }

    #[test]
    fn an_answer_from_elsewhere_does_not_replace_what_is_typed() {
        let mut sync = AnswerSync::default();
        assert_eq!(sync.update(&text("mine"), &sent(text("other"), 1)), None);
        assert!(sync.has_conflict());
        assert_eq!(sync.update(&text("mine, too"), &sent(text("other"), 1)), None);
        assert!(sync.has_conflict(), "it stays until one of them gives way");
        assert_eq!(sync.update(&text("other "), &sent(text("other"), 1)), None);
        assert!(!sync.has_conflict());
    }

    #[test]
    fn ones_own_answer_is_no_conflict_even_if_the_draft_has_changed_since() {
        let mut sync = AnswerSync::default();
        sync.send(text("first"));
        assert_eq!(sync.update(&text("first, and more"), &sent(text("first"), 1)), None);
        assert!(!sync.has_conflict());
        sync.send(text("second"));
        assert_eq!(
            sync.update(&text("first"), &sent(text("second"), 2)),
            None,
            "the draft went back meanwhile, and stays"
        );
        assert!(!sync.has_conflict());
    }

    #[test]
    fn a_draft_of_an_earlier_visit_is_no_conflict_and_stays() {
        let mut sync = AnswerSync::new(&text("mine"));
        assert_eq!(sync.update(&text("mine"), &sent(text("earlier"), 1)), None);
        assert!(!sync.has_conflict());
        sync.update(&text("mine"), &sent(text("other"), 2));
        assert!(sync.has_conflict(), "sent elsewhere since");
    }

    #[test]
    fn sending_ends_a_conflict() {
        let mut sync = AnswerSync::default();
        sync.update(&text("mine"), &sent(text("other"), 1));
        sync.send(text("mine"));
        sync.update(&text("mine"), &sent(text("mine"), 2));
        assert!(!sync.has_conflict());
    }

    #[test]
    fn the_status_says_what_counts() {
        let (draft, same, other) = (text("a"), sent(text("a "), 1), sent(text("b"), 1));
        let status =
            |sent, has_conflict, is_late| AnswerStatus::of(&draft, sent, has_conflict, is_late, Delivery::Idle);
        assert_eq!(status(None, false, false), AnswerStatus::Unsent);
        assert_eq!(status(None, false, true), AnswerStatus::LateUnsent);
        assert_eq!(AnswerStatus::of(&text(" "), None, false, true, Delivery::Idle), AnswerStatus::LateEmpty);
        assert_eq!(status(Some(&same), false, false), AnswerStatus::Sent);
        assert_eq!(status(Some(&other), false, false), AnswerStatus::Changed);
        assert_eq!(status(Some(&other), true, false), AnswerStatus::Conflict);
        assert_eq!(status(Some(&same), false, true), AnswerStatus::LateSent);
        assert_eq!([false, true].map(|has| status(Some(&other), has, true)), [AnswerStatus::LateChanged; 2]);
        let sending = |sent, is_late| AnswerStatus::of(&draft, sent, false, is_late, Delivery::Sending);
        assert_eq!([sending(None, false), sending(Some(&other), false)], [AnswerStatus::Sending; 2]);
        assert_eq!(sending(None, true), AnswerStatus::Sending, "it may have come in time");
    }

    #[test]
    fn what_waits_for_the_connection_says_so_until_the_time_is_up() {
        let (draft, same, other) = (text("a"), sent(text("a "), 1), sent(text("b"), 1));
        let empty = text("");
        let status = |draft, sent, is_late| AnswerStatus::of(draft, sent, false, is_late, Delivery::WaitsForConnection);
        for earlier in [None, Some(&other)] {
            assert_eq!(status(&draft, earlier, false), AnswerStatus::WaitsForConnection);
        }
        assert_eq!(status(&draft, Some(&same), false), AnswerStatus::Sent, "it has reached the server");
        assert_eq!(status(&empty, None, false), AnswerStatus::Unsent, "it is deleted again");
        assert_eq!(status(&empty, Some(&other), false), AnswerStatus::Changed);
        assert_eq!(status(&draft, None, true), AnswerStatus::LateUnsent);
        assert_eq!(status(&draft, Some(&other), true), AnswerStatus::LateChanged);
    }

    #[test]
    fn once_a_question_is_over_only_what_was_sent_is_shown() {
        let (draft, earlier) = (AnswerDraft::Choices(vec![0, 1]), sent(AnswerDraft::Choices(vec![2]), 1));
        assert_eq!(draft.shown(Some(&earlier), false), draft);
        assert_eq!(draft.shown(Some(&earlier), true), earlier.draft);
        assert_eq!(draft.shown(None, true), AnswerDraft::Choices(vec![]));
        assert_eq!(text("typed").shown(None, true), text(""));
    }

    #[test]
    fn an_unsent_answer_differs_from_the_one_that_counts() {
        let earlier = sent(text("a"), 1);
        assert_eq!(text("a ").unsent(Some(&earlier)), None);
        assert_eq!(text("b").unsent(Some(&earlier)), Some(Unsent::Change));
        assert_eq!(text("").unsent(Some(&earlier)), Some(Unsent::Change), "all of it is deleted");
        assert_eq!((text(" ").unsent(None), text("b").unsent(None)), (None, Some(Unsent::Answer)));
    }

    #[test]
    fn a_choice_is_not_sent_again_and_a_changed_mind_is() {
        let (a, b) = (AnswerDraft::Choices(vec![0]), AnswerDraft::Choices(vec![1]));
        let mut sync = AnswerSync::default();
        assert!(!sync.is_known(&a, None, false));
        sync.send(a.clone());
        assert!(sync.is_known(&a, None, true) && !sync.is_known(&b, None, true));
        let has_a = sent(a.clone(), 1);
        assert!(!sync.is_known(&a, None, false), "the request has failed");
        assert!(sync.is_known(&a, Some(&has_a), false));
        sync.send(b.clone());
        assert!(!sync.is_known(&a, Some(&has_a), true), "back to what the server has, while another is under way");
    }

    #[test]
    fn answers_that_follow_each_other_quickly_are_no_conflict() {
        let draft = |choice| AnswerDraft::Choices(vec![choice]);
        let mut sync = AnswerSync::default();
        for choice in [0, 1, 0] {
            sync.send(draft(choice));
        }
        // What the server had in between is not looked at.
        assert_eq!(sync.update(&draft(0), &sent(draft(0), 3)), None);
        assert!(!sync.has_conflict());
    }

    #[test]
    fn a_single_choice_needs_a_button_only_for_what_was_not_sent() {
        use AnswerStatus::{Changed, Conflict, Sending, Sent, Unsent, WaitsForConnection};
        let single = |status| AnswerButton::of(SingleAnswer, status, false);
        assert_eq!([Sending, Sent].map(single), [None; 2]);
        assert_eq!([Unsent, WaitsForConnection, Changed, Conflict].map(single), [Some(AnswerButton::Send); 4]);
        assert_eq!(AnswerButton::of(SingleAnswer, Unsent, true), None, "nothing is chosen");
        for kind in [MultipleAnswer, Discursive] {
            let button = |status| AnswerButton::of(kind, status, true);
            let unsent = [Unsent, WaitsForConnection, Sending, Changed, Conflict];
            assert_eq!(unsent.map(button), [Some(AnswerButton::Send); 5]);
        }
    }

    #[test]
    fn only_a_text_has_a_button_that_leads_back_to_it() {
        let button = |kind| AnswerButton::of(kind, AnswerStatus::Sent, false);
        assert_eq!([SingleAnswer, MultipleAnswer, Discursive].map(button), [None, None, Some(AnswerButton::Edit)]);
    }

    #[test]
    fn a_question_that_is_over_has_no_button() {
        use AnswerStatus::{LateChanged, LateEmpty, LateSent, LateUnsent};
        for status in [LateSent, LateChanged, LateUnsent, LateEmpty] {
            let button = |kind| AnswerButton::of(kind, status, false);
            assert_eq!([SingleAnswer, MultipleAnswer, Discursive].map(button), [None; 3], "{status:?}");
        }
    }

    #[test]
    fn the_latest_answer_follows_the_one_under_way() {
        let mut queue = AnswerQueue::default();
        queue.push(Answer::Choices(vec![0]));
        assert_eq!(queue.take(), Some(Answer::Choices(vec![0])));
        queue.push(Answer::Choices(vec![1]));
        queue.push(Answer::Choices(vec![2]));
        assert_eq!((queue.take(), queue.take()), (Some(Answer::Choices(vec![2])), None));
    }

    #[test]
    fn digits_choose_options() {
        assert_eq!(["1", "3", "0"].map(|key| option_of_key(key, 10)), [Some(0), Some(2), Some(9)]);
        assert_eq!(["4", "0", "12", "a", ""].map(|key| option_of_key(key, 3)), [None; 5]);
    }

    proptest! {
        #[test]
        fn choices_are_ascending_and_distinct_and_survive_a_reload(
            presses in prop::collection::vec((0..10_usize, any::<bool>()), 0..30),
            is_single: bool,
        ) {
            let kind = if is_single { SingleAnswer } else { MultipleAnswer };
            let press = |draft: AnswerDraft, (index, is_chosen)| draft.with_choice(kind, index, is_chosen);
            let draft = presses.into_iter().fold(AnswerDraft::empty(kind), press);
            let AnswerDraft::Choices(choices) = &draft else { panic!("options are no text") };
            prop_assert!(choices.is_sorted_by(|one, next| one < next));
            prop_assert!(!is_single || choices.len() <= 1);
            prop_assert_eq!(AnswerDraft::from_stored(&ten_options(kind), &draft.to_stored()), draft);
        }

        #[test]
        fn a_text_survives_a_reload_as_it_was_typed(typed in "\\PC{0,40}[ \n]{0,2}") {
            let essay = PickView { kind: Discursive, options: vec![], ..pick(1, "open") };
            let restored = AnswerDraft::from_stored(&essay, &text(&typed).to_stored());
            let expected = if typed.trim().is_empty() { String::new() } else { typed };
            prop_assert_eq!(restored, text(&expected));
        }

        /// Whatever comes from elsewhere and in whichever order: what is typed and not sent is never replaced.
        #[test]
        fn no_answer_replaces_what_is_typed_and_not_sent(answers in prop::collection::vec("[ab]{1,2}", 1..8)) {
            let mut sync = AnswerSync::default();
            for (revision, answer) in (1..).zip(answers) {
                prop_assert_eq!(sync.update(&text("typed here"), &sent(text(&answer), revision)), None);
                prop_assert!(sync.has_conflict());
            }
        }

        /// An untouched form shows the last answer, from whichever tab.
        #[test]
        fn an_untouched_form_follows_every_answer(answers in prop::collection::vec("[ab]{1,2}", 1..8)) {
            let (mut sync, mut draft) = (AnswerSync::default(), text(""));
            for (revision, answer) in (1..).zip(answers) {
                draft = sync.update(&draft, &sent(text(&answer), revision)).unwrap_or(draft);
                prop_assert_eq!(draft.text(), answer);
                prop_assert!(!sync.has_conflict());
            }
        }
    }
}
