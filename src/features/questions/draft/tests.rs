//! Tests of the editor's draft.

use proptest::prelude::*;

use super::*;

fn question() -> LibraryQuestion {
    let state = json!({"id": "k3j9x0a2bc", "updatedAt": "2026-11-20T12:00:00.000Z", "rev": 3,
        "content": {"text": "How many?", "timeLimitSeconds": 60,
            "options": [{"text": "7", "isCorrect": true}, {"text": "6"}, {"text": "5"}]}});
    serde_json::from_value(state).unwrap()
}

fn texts(draft: &QuestionDraft) -> Vec<&str> {
    draft.options.iter().map(|option| option.option.text.as_str()).collect()
}

#[test]
fn an_edited_question_knows_its_base_and_a_copy_has_none() {
    let edited = QuestionDraft::edit(&question());
    assert_eq!(edited.base, Some(Base { id: question().id, revision: 3, overwrites: false }));
    let sent = Draft { kind: Some(QuestionKind::SingleAnswer), ..question().content.into_draft() };
    assert_eq!((edited.limit.as_str(), edited.to_draft()), ("60", sent.clone()));
    let copy = QuestionDraft::copy(&question());
    assert_eq!((copy.base.as_ref(), copy.to_draft()), (None, sent));
}

#[test]
fn only_what_differs_from_the_library_is_unsaved() {
    assert!(!QuestionDraft::default().is_unsaved(None));
    let mut edited = QuestionDraft::edit(&question());
    assert!(!edited.is_unsaved(Some(&question())));
    edited.limit = "30".to_owned();
    assert!(edited.is_unsaved(Some(&question())));
    assert!(QuestionDraft::copy(&question()).is_unsaved(None));
}

#[test]
fn options_keep_their_keys_when_they_move() {
    let mut draft = QuestionDraft::edit(&question());
    draft.move_option(0, 1);
    assert_eq!((texts(&draft), draft.keys()), (vec!["6", "7", "5"], vec![1, 0, 2]));
    draft.move_option(2, 3);
    assert_eq!(draft.keys(), [1, 0, 2], "there is no such place");
    draft.move_option(2, 0);
    draft.move_option(2, 2);
    assert_eq!(draft.keys(), [1, 0, 2], "there and back");
    draft.remove_option(0);
    draft.add_option();
    assert_eq!((texts(&draft), draft.keys()), (vec!["6", "5", ""], vec![1, 2, 3]), "a key is used once");
    assert_eq!((draft.index(2), draft.index(0)), (Some(1), None));
}

#[test]
fn there_is_room_for_ten_options() {
    let mut draft = QuestionDraft::default();
    for _ in 0..=OPTION_LIMIT {
        draft.add_option();
    }
    assert_eq!((draft.options.len(), draft.has_room()), (OPTION_LIMIT, false));
}

#[test]
fn a_draft_survives_storage_with_what_was_typed() {
    let mut draft = QuestionDraft::edit(&question());
    draft.limit = "soon".to_owned();
    assert_eq!(QuestionDraft::load(&draft.store()), draft);
    let new = QuestionDraft { text: "Why?".to_owned(), ..QuestionDraft::default() };
    assert_eq!(QuestionDraft::load(&new.store()), new);
    assert_eq!(QuestionDraft::default().store(), "");
    assert_eq!(QuestionDraft::load("{"), QuestionDraft::default());
}

#[test]
fn a_limit_that_is_no_number_is_refused_with_a_message() {
    let error = |limit: &str| {
        let draft = QuestionDraft { limit: limit.to_owned(), ..QuestionDraft::edit(&question()) };
        Field::Limit.error(&draft, &draft.violations())
    };
    assert_eq!((error(""), error(" 60 ")), (None, None));
    assert!(error("soon").is_some_and(|error| error.contains("5 to 3600")));
    assert!(error("4").is_some());
}

#[test]
fn an_error_stays_with_its_option() {
    let mut draft = QuestionDraft::edit(&question());
    draft.option_mut(2).unwrap().text = "x".repeat(301);
    assert!(Field::OptionText(2).error(&draft, &draft.violations()).is_some());
    draft.move_option(2, 0);
    assert!(Field::OptionText(2).error(&draft, &draft.violations()).is_some());
    assert_eq!(Field::OptionText(1).error(&draft, &draft.violations()), None);
    assert_eq!(Field::OptionFeedback(2).error(&draft, &draft.violations()), None);
    assert_eq!(Field::OptionText(9).error(&draft, &draft.violations()), None, "it is gone");
}

#[test]
fn a_conflict_is_reported_once_and_the_next_save_replaces_the_other_version() {
    let mut draft = QuestionDraft::edit(&question());
    let id = question().id;
    assert_eq!(draft.save_target(Some(4)), SaveTarget::Replace(id.clone(), 3), "as it was opened");
    let message = draft.handle_failure(&ApiError::Unexpected { status: 409 });
    assert_eq!(message, Some(texts::CHANGED_ELSEWHERE));
    assert_eq!(draft.save_target(Some(4)), SaveTarget::Replace(id.clone(), 4));
    assert_eq!(draft.save_target(None), SaveTarget::Replace(id, 3));
    assert_eq!(draft.to_draft(), QuestionDraft::edit(&question()).to_draft(), "what was written stays");
}

#[test]
fn a_question_that_was_deleted_elsewhere_is_added_again() {
    let mut draft = QuestionDraft::edit(&question());
    assert_eq!(draft.handle_failure(&ApiError::Unexpected { status: 404 }), Some(texts::DELETED_ELSEWHERE));
    assert_eq!(draft.save_target(None), SaveTarget::Create);
}

#[test]
fn other_failures_change_no_draft() {
    let mut draft = QuestionDraft::edit(&question());
    assert_eq!(draft.handle_failure(&ApiError::Unreachable), None);
    assert_eq!(draft, QuestionDraft::edit(&question()));
    let mut new = QuestionDraft::copy(&question());
    assert_eq!(new.handle_failure(&ApiError::Unexpected { status: 409 }), None, "a new question replaces none");
}

#[test]
fn a_new_question_has_two_options_to_fill_in_and_sends_neither() {
    let mut draft = QuestionDraft::default();
    assert_eq!((draft.kind, draft.keys()), (QuestionKind::SingleAnswer, vec![0, 1]));
    assert!(draft.is_empty() && draft.to_draft().options.is_empty());
    assert!(Field::Options.error(&draft, &draft.violations()).is_some(), "there is nothing to choose from");
    draft.option_mut(1).unwrap().text = "seven".to_owned();
    assert_eq!(Field::Options.error(&draft, &draft.violations()), None);
    assert_eq!(draft.to_draft().options.len(), 1, "the empty one is left out");
    draft.option_mut(1).unwrap().text = "x".repeat(301);
    assert!(Field::OptionText(1).error(&draft, &draft.violations()).is_some(), "the one that is wrong says so");
    assert_eq!(Field::OptionText(0).error(&draft, &draft.violations()), None);
}

#[test]
fn an_option_without_a_text_of_which_something_is_said_is_refused() {
    let mut draft = QuestionDraft { text: "Why?".to_owned(), ..QuestionDraft::default() };
    draft.set_correct(1, true);
    assert!(Field::OptionText(1).error(&draft, &draft.violations()).is_some());
}

#[test]
fn an_open_text_keeps_its_options_and_sends_none() {
    let mut draft = QuestionDraft::edit(&question());
    draft.kind = QuestionKind::Discursive;
    assert_eq!((draft.violations(), draft.to_draft().options), (vec![], vec![]));
    assert_eq!(QuestionDraft::load(&draft.store()), draft, "also over a reload");
    draft.kind = QuestionKind::MultipleAnswer;
    assert_eq!((texts(&draft), draft.violations()), (vec!["7", "6", "5"], vec![]));
}

#[test]
fn where_one_answer_is_given_one_option_is_correct() {
    let correct = |draft: &QuestionDraft| draft.options.iter().map(|one| one.option.is_correct).collect::<Vec<_>>();
    let mut draft = QuestionDraft::edit(&question());
    draft.set_correct(2, true);
    assert_eq!(correct(&draft), [false, false, true], "the mark moves");
    draft.set_correct(2, false);
    assert_eq!(correct(&draft), [false; 3], "a poll has none");
    draft.kind = QuestionKind::MultipleAnswer;
    draft.set_correct(0, true);
    draft.set_correct(1, true);
    assert_eq!((correct(&draft), draft.has_too_many_correct()), (vec![true, true, false], false));
    draft.kind = QuestionKind::SingleAnswer;
    assert!(draft.has_too_many_correct(), "nothing is unmarked behind the author's back");
}

#[test]
fn enter_goes_to_the_next_option_and_adds_one_after_the_last() {
    let mut draft = QuestionDraft::default();
    assert_eq!((draft.option_after(0), draft.option_after(1)), (Some(1), Some(2)));
    assert_eq!(draft.option_after(9), None);
    while draft.has_room() {
        draft.add_option();
    }
    let last = draft.keys()[OPTION_LIMIT - 1];
    assert_eq!((draft.option_after(last), draft.options.len()), (None, OPTION_LIMIT));
}

#[test]
fn a_preview_has_the_options_that_have_a_text_and_a_limit_that_is_one() {
    let mut draft = QuestionDraft::edit(&question());
    draft.option_mut(1).unwrap().text = " ".to_owned();
    assert_eq!(
        (draft.option_texts(), draft.time_limit()),
        (vec!["7".to_owned(), "5".to_owned()], Some(Duration::from_secs(60)))
    );
    draft.limit = "soon".to_owned();
    assert_eq!(draft.time_limit(), None);
}

#[test]
fn the_type_alone_is_nothing_that_could_be_lost() {
    let draft = QuestionDraft { kind: QuestionKind::Discursive, ..QuestionDraft::default() };
    assert!(draft.is_empty() && !draft.is_unsaved(None));
}

#[test]
fn a_key_that_is_gone_changes_nothing() {
    let mut draft = QuestionDraft::edit(&question());
    draft.remove_option(9);
    draft.move_option(9, 0);
    assert_eq!(draft, QuestionDraft::edit(&question()));
    assert_eq!(draft.option(9), None);
    assert_eq!(draft.option_mut(9), None);
}

#[test]
fn the_last_option_can_be_removed_and_the_next_has_another_key() {
    let mut draft = QuestionDraft::default();
    draft.remove_option(0);
    draft.remove_option(1);
    assert!(draft.is_empty());
    draft.add_option();
    assert_eq!(draft.keys(), [2], "a control of the removed one acts on no other");
}

#[test]
fn an_edited_question_is_never_empty() {
    let mut draft = QuestionDraft::edit(&question());
    draft.text.clear();
    draft.limit.clear();
    draft.options.clear();
    assert!(!draft.is_empty(), "its base is still to be replaced");
    assert_eq!(QuestionDraft::load(&draft.store()).base, draft.base);
}

#[test]
fn what_is_stored_incompletely_is_read_as_far_as_it_goes() {
    let draft = json!({"text": "Why?", "options": [{"text": "7"}], "timeLimitSeconds": 30});
    let load = |stored: Value| QuestionDraft::load(&stored.to_string());
    let without_limit = load(json!({"draft": draft}));
    assert_eq!((without_limit.limit.as_str(), without_limit.base.as_ref()), ("30", None));
    let without_revision = load(json!({"draft": draft, "limit": "30", "id": "k3j9x0a2bc"}));
    assert_eq!(without_revision.base, None, "it would replace an unknown revision");
    let bad_id = load(json!({"draft": draft, "limit": "30", "id": "no id", "rev": 3}));
    assert_eq!((bad_id.base, bad_id.text.as_str()), (None, "Why?"));
    for unreadable in [json!(null), json!([]), json!({"draft": 7}), json!({"limit": "30"})] {
        assert_eq!(load(unreadable.clone()), QuestionDraft::default(), "{unreadable}");
    }
}

#[test]
fn a_conflict_is_forgotten_by_the_tabs_storage() {
    let mut draft = QuestionDraft::edit(&question());
    draft.handle_failure(&ApiError::Unexpected { status: 412 });
    let loaded = QuestionDraft::load(&draft.store());
    let target = loaded.save_target(Some(4));
    assert_eq!(target, SaveTarget::Replace(question().id, 3), "after a reload the author gets the message again");
}

#[test]
fn each_error_is_said_by_its_own_field() {
    let long = "x".repeat(3_000);
    let mut draft = QuestionDraft { text: long.clone(), limit: "1".to_owned(), ..QuestionDraft::default() };
    draft.set_correct(0, true);
    draft.option_mut(1).unwrap().feedback = long;
    let violations = draft.violations();
    let is_wrong = |field: Field| field.error(&draft, &violations).is_some();
    assert!(is_wrong(Field::Text) && is_wrong(Field::Limit));
    assert!(is_wrong(Field::OptionText(0)) && is_wrong(Field::OptionFeedback(1)));
    assert!(!is_wrong(Field::OptionFeedback(0)));
}

/// Something that an author does with the options.
#[derive(Debug, Clone)]
enum Step {
    Add,
    Remove(u32),
    Move(u32, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Add),
        (0..14_u32).prop_map(Step::Remove),
        ((0..14_u32), 0..14_usize).prop_map(|(key, to)| Step::Move(key, to)),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn keys_are_unique_and_options_keep_their_texts(steps in steps()) {
        let mut draft = QuestionDraft::default();
        for key in draft.keys() {
            draft.option_mut(key).unwrap().text = key.to_string();
        }
        for step in steps {
            match step {
                Step::Add => {
                    let before = draft.keys();
                    draft.add_option();
                    if let Some(added) = draft.keys().into_iter().find(|key| !before.contains(key)) {
                        draft.option_mut(added).unwrap().text = added.to_string();
                    }
                }
                Step::Remove(key) => draft.remove_option(key),
                Step::Move(key, to) => draft.move_option(key, to),
            }
            let keys = draft.keys();
            let distinct: std::collections::BTreeSet<u32> = keys.iter().copied().collect();
            prop_assert_eq!(distinct.len(), keys.len());
            prop_assert!(keys.len() <= OPTION_LIMIT);
            for (index, key) in keys.iter().enumerate() {
                prop_assert_eq!(draft.index(*key), Some(index));
                prop_assert_eq!(&draft.option(*key).unwrap().text, &key.to_string());
            }
        }
    }

    #[test]
    fn any_new_draft_survives_storage(
        text in "\\PC{1,60}",
        limit in "[0-9a-z ]{0,5}",
        options in prop::collection::vec(("\\PC{0,20}", "\\PC{0,20}", any::<bool>()), 0..10),
    ) {
        let option = |(text, feedback, is_correct)| QuestionOption { text, feedback, is_correct };
        let options = options.into_iter().map(option).collect();
        let draft = QuestionDraft::new(Draft { text, options, ..Draft::default() }, Some(limit), None);
        prop_assert_eq!(QuestionDraft::load(&draft.store()), draft);
    }

    #[test]
    fn a_limit_is_sent_as_it_is_typed(seconds: u32, before in " {0,2}", after in " {0,2}") {
        let draft = QuestionDraft { limit: format!("{before}{seconds}{after}"), ..QuestionDraft::default() };
        prop_assert_eq!(draft.to_draft().time_limit_seconds, Some(seconds));
    }

    #[test]
    fn no_stored_text_breaks_the_editor(stored in "\\PC{0,80}") {
        let loaded = QuestionDraft::load(&stored);
        prop_assert_eq!(QuestionDraft::load(&loaded.store()), loaded);
    }
}
