//! A member's question library: the list beside the editor. Where there is room for one of them only, the list is shown until a question is
//! opened.

use domain::person::PersonId;
use domain::question::LibraryQuestion;
use domain::topic::Topic;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::add_to_room::AddToRoomDialog;
use super::draft::{QuestionDraft, SaveTarget};
use super::editor::{Editor, use_editor};
use super::file_exchange::{FileMenu, ImportDialog, save_as_file};
use super::question_form::QuestionForm;
use super::question_list::{QuestionList, deletion_key, main_button, question_focus};
use super::search::plain_text;
use super::texts;
use crate::api::{self, ApiError};
use crate::auth::Session;
use crate::features::sign_in::SignInFirst;
use crate::live::{Live, TopicStore, use_topic};
use crate::notifications::{Deletions, Toaster};
use crate::platform::focus;
use crate::platform::page::after_render;
use crate::ui::{Confirm, Menu, PageHeading, PageSkeleton, PageTitle, Request, RowSkeletons, TopicView};

/// The page.
#[component]
pub(crate) fn QuestionsPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let member = Memo::new(move |_| session.member().map(|member| member.id));
    let is_settled = Memo::new(move |_| session.is_settled());
    let wanted = RwSignal::new(None::<QuestionDraft>);
    let toolbar = move || member.with(Option::is_some).then(|| view! { <Toolbar wanted/> });
    view! {
        <PageTitle title=texts::QUESTIONS/>
        <PageHeading title=texts::QUESTIONS>{toolbar}</PageHeading>
        {move || match member.get() {
            Some(member) => view! { <Library member wanted/> }.into_any(),
            None if is_settled.get() => view! { <SignInFirst/> }.into_any(),
            None => view! { <PageSkeleton/> }.into_any(),
        }}
    }
}

/// What can be done with the library as a whole.
#[component]
fn Toolbar(
    /// The draft that the author wants to write next.
    wanted: RwSignal<Option<QuestionDraft>>,
) -> impl IntoView {
    let is_importing = RwSignal::new(false);
    view! {
        <div class="actions page-actions">
            <button type="button" class="primary new-question" on:click=move |_| wanted.set(Some(QuestionDraft::default()))>
                {texts::NEW_QUESTION}
            </button>
            <FileMenu is_importing/>
            <ImportDialog is_importing/>
        </div>
    }
}

#[component]
fn Library(
    member: PersonId,
    /// The draft that the author wants to write next.
    wanted: RwSignal<Option<QuestionDraft>>,
) -> impl IntoView {
    let editor = use_editor(member.as_str());
    let questions = use_topic::<LibraryQuestion>(Topic::Library(member.clone()));
    let (saving, is_discarding) = (Request::new(), RwSignal::new(false));
    // Where there is room for the list or the editor only, this one is shown: a draft that was left is gone on with.
    let is_editing = RwSignal::new(!editor.snapshot().is_empty());
    let open = move |draft: QuestionDraft| {
        editor.open(draft);
        saving.clear();
    };
    let show_editor = move || {
        wanted.set(None);
        is_discarding.set(false);
        is_editing.set(true);
        focus::focus_after_render("#question-text");
    };
    Effect::new(move |_| {
        let Some(draft) = wanted.get() else { return };
        let saved = |id: &str| untrack(|| questions.entry(id)).map(|entry| entry.get_untracked());
        match next_step(&editor.snapshot(), &draft, saved) {
            NextStep::GoOn => show_editor(),
            NextStep::AskToDiscard => is_discarding.set(true),
            NextStep::Open => {
                open(draft);
                show_editor();
            }
        }
    });
    let discard = move |()| {
        if let Some(draft) = wanted.get_untracked() {
            open(draft);
        }
        show_editor();
    };
    let show_list = move |id: Option<String>| {
        is_editing.set(false);
        // The editor has the focus, and may be hidden now.
        let row = id.map(|id| main_button(&id));
        after_render(move || _ = row.is_some_and(|row| focus::focus(&row)) || focus::focus(".new-question"));
    };
    let base_id = move || editor.snapshot().base.map(|base| base.id.to_string());
    let cancel = Callback::new(move |()| {
        let id = base_id();
        open(QuestionDraft::default());
        show_list(id);
    });
    let toaster = expect_context::<Toaster>();
    let save = Callback::new(move |()| {
        save(editor, questions, saving, move |id| {
            toaster.confirm(texts::SAVED);
            match id {
                Some(id) => {
                    is_editing.try_set(false);
                    after_render(move || _ = focus::focus(&main_button(&id)));
                }
                None => focus::focus_after_render("#question-text"),
            }
        });
    });
    let delete = use_deletion(member.clone());
    let to_add = RwSignal::new(None::<LibraryQuestion>);
    let edit = Callback::new(move |draft| wanted.set(Some(draft)));
    view! {
        <div class="questions-columns" data-editing=move || is_editing.get().to_string()>
            <section class="panel question-bank" aria-label=texts::YOUR_QUESTIONS>
                <TopicView
                    topic=questions
                    loading=|| view! { <RowSkeletons/> }
                    denied=texts::DENIED
                    empty=|| view! { <p class="hint">{texts::EMPTY}". "{texts::EMPTY_BODY}</p> }
                >
                    <Questions questions edit delete to_add/>
                </TopicView>
            </section>
            <QuestionForm editor request=saving on_save=save on_close=Callback::new(move |()| show_list(base_id())) on_cancel=cancel/>
        </div>
        <AddToRoomDialog person=member question=to_add/>
        <Confirm
            open=is_discarding
            title=Signal::stored(texts::DISCARD_TITLE.to_owned())
            body=Signal::stored(texts::DISCARD_BODY.to_owned())
            label=texts::DISCARD
            pending=texts::DISCARD
            request=Request::new()
            on_confirm=discard
        />
    }
}

/// What opening another question leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextStep {
    /// The draft is one of that question: the author goes on with it.
    GoOn,
    /// The draft would be lost.
    AskToDiscard,
    /// The question is opened.
    Open,
}

/// What opening `wanted` leads to, while `current` is in the editor. `saved` gives the library's state of a question.
fn next_step(
    current: &QuestionDraft,
    wanted: &QuestionDraft,
    saved: impl Fn(&str) -> Option<LibraryQuestion>,
) -> NextStep {
    let is_copy = wanted.base.is_none() && !wanted.is_empty();
    let saved = current.base.as_ref().and_then(|base| saved(base.id.as_str()));
    match current.is_unsaved(saved.as_ref()) {
        false => NextStep::Open,
        true if current.is_same_question(wanted) && !is_copy => NextStep::GoOn,
        true => NextStep::AskToDiscard,
    }
}

/// Deletes questions of the member's library, so that it can be taken back for some seconds.
fn use_deletion(member: PersonId) -> Callback<LibraryQuestion> {
    let (deletions, live) = (expect_context::<Deletions>(), expect_context::<Live>());
    Callback::new(move |question: LibraryQuestion| {
        let topic = Topic::Library(member.clone());
        let sentence = texts::deleting(&plain_text(question.content.text()));
        deletions.delete(deletion_key(question.id.as_str()), &sentence, move || {
            Box::pin(async move {
                api::questions::delete(&question.id).await?;
                live.apply_local(&topic, question.id.as_str(), question.rev + 1, None);
                Ok(())
            })
        });
    })
}

/// The list with what can be done with each question.
#[component]
fn Questions(
    questions: TopicStore<LibraryQuestion>,
    edit: Callback<QuestionDraft>,
    delete: Callback<LibraryQuestion>,
    /// The question that is to be added to a room.
    to_add: RwSignal<Option<LibraryQuestion>>,
) -> impl IntoView {
    let (search, list_focus) = (RwSignal::new(String::new()), question_focus());
    // As the jump dialog leads to a question.
    let query = use_query_map();
    Effect::new(move |_| {
        if let Some(wanted) = query.with(|query| query.get("search")) {
            search.set(wanted);
        }
    });
    let on_choose = Callback::new(move |question: LibraryQuestion| edit.run(QuestionDraft::edit(&question)));
    let actions = Callback::new(move |question: ArcRwSignal<LibraryQuestion>| {
        view! { <Actions question edit delete to_add/> }.into_any()
    });
    view! { <QuestionList questions search list_focus on_choose is_opened_by_row=true actions/> }
}

#[component]
fn Actions(
    question: ArcRwSignal<LibraryQuestion>,
    edit: Callback<QuestionDraft>,
    delete: Callback<LibraryQuestion>,
    to_add: RwSignal<Option<LibraryQuestion>>,
) -> impl IntoView {
    let question = RwSignal::from(question);
    let label =
        Signal::derive(move || question.with(|question| texts::question_menu(&plain_text(question.content.text()))));
    let to_copy = move || question.with_untracked(QuestionDraft::copy);
    let to_file = move || question.with_untracked(|question| save_as_file(&question.content));
    view! {
        <Menu label>
            <button type="button" class="menu-entry add-to-room" on:click=move |_| to_add.set(Some(question.get_untracked()))>
                {texts::ADD_TO_ROOM}
            </button>
            <button type="button" class="menu-entry copy-question" on:click=move |_| edit.run(to_copy())>{texts::DUPLICATE}</button>
            <button type="button" class="menu-entry" on:click=move |_| to_file()>{texts::EXPORT_JSON}</button>
            <button type="button" class="menu-entry delete-question" on:click=move |_| delete.run(question.get_untracked())>
                {texts::DELETE}
            </button>
        </Menu>
    }
}

/// Sends the draft. If the question was changed or deleted meanwhile, says so and keeps the draft; saving again replaces or adds it.
/// `on_saved` gets the id of the question that was replaced; nothing for a new one.
fn save(
    editor: Editor,
    questions: TopicStore<LibraryQuestion>,
    request: Request,
    on_saved: impl FnOnce(Option<String>) + 'static,
) {
    let draft = editor.snapshot();
    let known = draft
        .base
        .as_ref()
        .and_then(|base| questions.entry(base.id.as_str()))
        .map(|entry| entry.with_untracked(|entry| entry.rev));
    request.run(async move {
        let sent = draft.to_draft();
        let result = match draft.save_target(known) {
            SaveTarget::Create => api::questions::create(&sent).await,
            SaveTarget::Replace(id, revision) => api::questions::replace(&id, &sent, revision).await,
        };
        match result {
            Ok(saved) => {
                editor.finish(&draft, &saved);
                on_saved(draft.base.map(|base| base.id.to_string()));
                Ok(())
            }
            Err(error) => Err(editor.handle_failure(&error).map_or(error, ApiError::browser)),
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(id: &str) -> LibraryQuestion {
        let state = json!({"id": id, "updatedAt": "2026-11-20T12:00:00.000Z", "rev": 1,
            "content": {"text": "How many?", "options": [{"text": "7"}]}});
        serde_json::from_value(state).unwrap()
    }

    fn written(mut draft: QuestionDraft) -> QuestionDraft {
        "Why?".clone_into(&mut draft.text);
        draft
    }

    #[test]
    fn a_draft_is_never_lost_without_a_question() {
        let (first, second) = (question("k3j9x0a2bc"), question("k3j9x0a2bd"));
        let saved = |id: &str| Some(question(id));
        let (new, edit, copy) = (QuestionDraft::default(), QuestionDraft::edit(&first), QuestionDraft::copy(&first));
        let other = QuestionDraft::edit(&second);
        for (current, wanted, step) in [
            (&new, &edit, NextStep::Open),
            (&edit, &other, NextStep::Open),
            (&written(new.clone()), &new, NextStep::GoOn),
            (&written(edit.clone()), &edit, NextStep::GoOn),
            (&written(edit.clone()), &other, NextStep::AskToDiscard),
            (&written(edit.clone()), &new, NextStep::AskToDiscard),
            (&written(new.clone()), &copy, NextStep::AskToDiscard),
            (&written(new.clone()), &edit, NextStep::AskToDiscard),
        ] {
            assert_eq!(next_step(current, wanted, saved), step, "{current:?} {wanted:?}");
        }
    }
}
