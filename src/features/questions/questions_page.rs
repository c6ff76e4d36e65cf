//! A member's question library: the editor beside the list.

use domain::person::PersonId;
use domain::question::BankQuestion;
use domain::topic::Topic;
use leptos::prelude::*;

use super::draft::{QuestionDraft, SaveTarget};
use super::editor::{Editor, use_editor};
use super::file_exchange::FileExchange;
use super::question_form::QuestionForm;
use super::question_list::{QuestionList, question_focus};
use super::search::plain_text;
use super::texts;
use crate::api::{self, ApiError};
use crate::auth::Session;
use crate::features::sign_in::SignInFirst;
use crate::live::{TopicStore, use_topic};
use crate::platform::focus;
use crate::ui::{Confirm, EmptyState, PageHeading, PageSkeleton, PageTitle, Request, TopicView};

/// The page.
#[component]
pub(crate) fn QuestionsPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let member = Memo::new(move |_| session.member().map(|member| member.id));
    let is_settled = Memo::new(move |_| session.is_settled());
    view! {
        <PageTitle title=texts::QUESTIONS/>
        <PageHeading title=texts::QUESTIONS/>
        {move || match member.get() {
            Some(member) => view! { <Library member/> }.into_any(),
            None if is_settled.get() => view! { <SignInFirst/> }.into_any(),
            None => view! { <PageSkeleton/> }.into_any(),
        }}
    }
}

#[component]
fn Library(member: PersonId) -> impl IntoView {
    let editor = use_editor(member.as_str());
    let questions = use_topic::<BankQuestion>(Topic::Bank(member));
    let saving = Request::new();
    let save = Callback::new(move |()| save(editor, questions, saving));
    view! {
        <div class="questions-columns">
            <QuestionForm editor request=saving on_save=save/>
            <section class="panel question-bank" aria-labelledby="bank-heading">
                <h2 id="bank-heading">{texts::YOUR_QUESTIONS}</h2>
                <TopicView
                    topic=questions
                    loading=|| view! { <PageSkeleton/> }
                    denied=texts::DENIED
                    empty=|| view! { <EmptyState title=texts::EMPTY body=texts::EMPTY_BODY/> }
                >
                    <Questions editor questions saving/>
                </TopicView>
                <FileExchange/>
            </section>
        </div>
    }
}

/// The list with what can be done with each question.
#[component]
fn Questions(editor: Editor, questions: TopicStore<BankQuestion>, saving: Request) -> impl IntoView {
    let (search, list_focus) = (RwSignal::new(String::new()), question_focus());
    // What is to replace the draft, and the question that is to be deleted, if the author agrees.
    let (next, doomed) = (RwSignal::new(None::<QuestionDraft>), RwSignal::new(None::<BankQuestion>));
    let (is_discarding, is_deleting, deleting) = (RwSignal::new(false), RwSignal::new(false), Request::new());
    let open = move || {
        is_discarding.set(false);
        if let Some(draft) = next.get_untracked() {
            editor.open(draft);
            saving.clear();
            focus::focus_after_render("#question-text");
        }
    };
    let edit = Callback::new(move |draft: QuestionDraft| {
        next.set(Some(draft));
        let current = editor.snapshot();
        let saved = current.base.as_ref().and_then(|base| questions.entry(base.id.as_str()));
        if current.is_unsaved(saved.map(|saved| saved.get_untracked()).as_ref()) {
            is_discarding.set(true);
        } else {
            open();
        }
    });
    let delete = Callback::new(move |question: BankQuestion| {
        doomed.set(Some(question));
        deleting.clear();
        is_deleting.set(true);
    });
    let confirm_delete = move |()| {
        let Some(question) = doomed.get_untracked() else { return };
        deleting.run(async move {
            match api::questions::delete(&question.id).await {
                // It is gone already: that is what was wanted.
                Err(error) if error.status() != 404 => Err(error),
                _ => {
                    // Before the dialog closes, which gives the focus back to a button that is gone then.
                    list_focus.leave(question.id.as_str());
                    is_deleting.try_set(false);
                    Ok(())
                }
            }
        });
    };
    let actions =
        Callback::new(move |question: ArcRwSignal<BankQuestion>| view! { <Actions question edit delete/> }.into_any());
    let title = |text: &'static str| Signal::stored(text.to_owned());
    view! {
        <QuestionList questions search list_focus on_choose=Callback::new(move |question| edit.run(QuestionDraft::edit(&question))) actions/>
        <Confirm
            open=is_deleting
            title=title(texts::DELETE_TITLE)
            body=title(texts::DELETE_BODY)
            label=texts::DELETE_QUESTION
            pending=texts::DELETING
            request=deleting
            on_confirm=confirm_delete
        />
        <Confirm
            open=is_discarding
            title=title(texts::DISCARD_TITLE)
            body=title(texts::DISCARD_BODY)
            label=texts::DISCARD
            pending=texts::DISCARD
            request=Request::new()
            on_confirm=move |()| open()
        />
    }
}

#[component]
fn Actions(
    question: ArcRwSignal<BankQuestion>,
    edit: Callback<QuestionDraft>,
    delete: Callback<BankQuestion>,
) -> impl IntoView {
    let question = RwSignal::from(question);
    let name = Memo::new(move |_| question.with(|question| [" ", &plain_text(question.content.text())].concat()));
    let hidden_name = move || view! { <span class="visually-hidden">{name}</span> };
    let (to_edit, to_copy) =
        (move || question.with_untracked(QuestionDraft::edit), move || question.with_untracked(QuestionDraft::copy));
    view! {
        <div class="actions">
            <button type="button" class="edit-question" data-primary="" on:click=move |_| edit.run(to_edit())>
                {texts::EDIT}{hidden_name()}
            </button>
            <button type="button" class="copy-question" on:click=move |_| edit.run(to_copy())>
                {texts::DUPLICATE}{hidden_name()}
            </button>
            <button type="button" class="delete-question" on:click=move |_| delete.run(question.get_untracked())>
                {texts::DELETE}{hidden_name()}
            </button>
        </div>
    }
}

/// Sends the draft. If the question was changed or deleted meanwhile, says so and keeps the draft; saving again replaces or adds it.
fn save(editor: Editor, questions: TopicStore<BankQuestion>, request: Request) {
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
                focus::focus_after_render("#question-text");
                Ok(())
            }
            Err(error) => Err(editor.handle_failure(&error).map_or(error, ApiError::browser)),
        }
    });
}
