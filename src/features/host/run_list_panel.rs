//! The left of the host panel: the run list, and the question library from which it is filled.

use std::sync::Arc;

use domain::question::{LibraryQuestion, QuestionId};
use domain::topic::Topic;
use leptos::prelude::*;

use super::controls::Controls;
use super::pick_flow::ChosenBy;
use super::quick_poll::QuickPoll;
use super::run_list::{RunRow, inserted, moved};
use super::stage_panel::question_text;
use super::texts;
use crate::api;
use crate::app::shortcuts::{KeyHint, use_shortcuts};
use crate::features::questions::{QuestionList, plain_text, question_focus, texts as library};
use crate::live::{Live, TopicState};
use crate::notifications::Toaster;
use crate::paths::Path;
use crate::platform::focus;
use crate::ui::{
    ActionLink, DragHandle, DragOrder, EmptyState, ListFocus, Menu, Request, RequestError, RowSkeletons, TopicView,
    on_escape,
};

/// The panel.
#[component]
pub(super) fn RunListPanel(
    controls: Controls,
    /// Whether the library is shown in place of the run list.
    is_adding: RwSignal<bool>,
) -> impl IntoView {
    let saving = Request::new();
    let live = expect_context::<Live>();
    let save = Callback::new(move |questions: Vec<QuestionId>| {
        let id = controls.id.get_value();
        let revision = controls.run_list.first().map(|list| list.rev);
        saving.run(async move {
            let list = api::rooms::set_run_list(&id, questions, revision).await?;
            let state = serde_json::to_value(&list).ok();
            live.apply_local(&Topic::RunList(id), "run-list", list.rev, state);
            Ok(())
        });
    });
    let is_empty = Memo::new(move |_| controls.rows.with(Vec::is_empty));
    let shows_library = Memo::new(move |_| is_adding.get() || is_empty.get());
    use_shortcuts(move |key| {
        let is_meant = key == "/" && !shows_library.get_untracked();
        if is_meant {
            is_adding.set(true);
            focus::focus_after_render("#bank-search");
        }
        is_meant
    });
    // Before both have come, an empty list would only seem to be one.
    let is_loading = Memo::new(move |_| {
        let is_waiting = |state: TopicState| state == TopicState::Loading;
        is_waiting(controls.run_list.state()) || is_waiting(controls.questions.state())
    });
    let content = move || {
        let (is_loading, shows_library) = (is_loading.get(), shows_library.get());
        focus::keep_or(|| focus::focus(".control-list .next-focus, #bank-search"));
        match shows_library {
            _ if is_loading => view! { <RowSkeletons/> }.into_any(),
            true => view! { <Library controls save is_adding is_empty/> }.into_any(),
            false => view! { <RunList controls save is_adding/> }.into_any(),
        }
    };
    view! {
        <section class="control-list" aria-label=texts::RUN_LIST>
            {content}
            <RequestError request=saving/>
            <QuickPoll controls/>
        </section>
    }
}

/// The questions of the run list (not tracked).
fn questions(controls: Controls) -> Vec<QuestionId> {
    controls.rows.with_untracked(|rows| rows.iter().map(|row| row.question.clone()).collect())
}

/// The run list: in the order of the session, which the handle and the menu of each row change.
#[component]
fn RunList(controls: Controls, save: Callback<Vec<QuestionId>>, is_adding: RwSignal<bool>) -> impl IntoView {
    let ids = Memo::new(move |_| {
        controls.rows.with(|rows| rows.iter().map(|row| row.question.to_string()).collect::<Vec<_>>())
    });
    let count = Memo::new(move |_| ids.with(Vec::len));
    let order = DragOrder::new(move |from, to| {
        let list = questions(controls);
        if let Some(question) = list.get(from) {
            save.run(moved(&list, question, to));
        }
    });
    let list_focus = ListFocus::new(|id| format!(".run-row[data-question=\"{id}\"] .menu-button"), ".add-questions");
    let add = move |_| {
        is_adding.set(true);
        focus::focus_after_render("#bank-search");
    };
    view! {
        <div class="control-head">
            <h2>{texts::RUN_LIST}</h2>
            <button type="button" class="add-questions next-focus" on:click=add>{texts::ADD_QUESTIONS}</button>
        </div>
        <ol class="rows run-rows" role="list">
            <For each=move || list_focus.keep(ids.get()) key=String::clone let:id>
                <RunListRow controls id save order count/>
            </For>
        </ol>
    }
}

/// One question of the run list.
#[component]
fn RunListRow(
    controls: Controls,
    id: String,
    save: Callback<Vec<QuestionId>>,
    /// The order of the list.
    order: DragOrder,
    /// How many rows there are.
    count: Memo<usize>,
) -> impl IntoView {
    let toaster = expect_context::<Toaster>();
    let known = StoredValue::new(id.clone());
    let row = Memo::new(move |_| {
        controls.rows.with(|rows| {
            let index = rows.iter().position(|row| known.with_value(|id| row.question.as_str() == id));
            index.and_then(|index| rows.get(index).map(|row| (index, row.clone())))
        })
    });
    let with_row = move |read: fn(&RunRow) -> bool| row.with(|row| row.as_ref().is_some_and(|(_, row)| read(row)));
    let text = move || known.with_value(|id| question_text(controls, id)).unwrap_or_default();
    let status = move || row.with(|row| row.as_ref().map(|(_, row)| texts::run_status(row)).unwrap_or_default());
    let index = Memo::new(move |before: Option<&usize>| {
        // On the way out the row has no index: it keeps the last one.
        row.with(|row| row.as_ref().map(|(index, _)| *index)).or(before.copied()).unwrap_or_default()
    });
    let own = move || row.get_untracked();
    let put = move |to: Option<usize>| {
        if let (Some((_, row)), Some(to)) = (own(), to) {
            save.run(moved(&questions(controls), &row.question, to));
        }
    };
    let remove = move |_| {
        let Some((index, row)) = own() else { return };
        let sentence = texts::removed(&text());
        save.run(questions(controls).into_iter().filter(|one| *one != row.question).collect());
        // Into the list as it is then; not once the page is left.
        toaster.confirm_undoable(&sentence, move || {
            _ = save.try_run(inserted(&questions(controls), &row.question, index));
        });
    };
    let pick = move |_| {
        if let Some((_, row)) = own() {
            controls.choose(&row.question, ChosenBy::Button);
        }
    };
    view! {
        <li
            class="run-row"
            data-question=id
            data-asked=move || with_row(|row| row.last_pick.is_some()).then_some("")
            data-next=move || with_row(|row| row.is_next).then_some("")
            aria-current=move || with_row(|row| row.is_current).then_some("step")
            class:dragged=move || order.is_dragged(index.get())
            style:translate=move || order.translate(index.get())
        >
            <DragHandle order index count label=Signal::derive(move || texts::move_question(index.get() + 1))>
                <span class="run-number" aria-hidden="true">{move || index.get() + 1}</span>
            </DragHandle>
            <p class="row-name">
                <span class="bank-text" dir="auto">{text}</span>
                <span class="row-detail">{status}</span>
            </p>
            <button type="button" class="pick-question" disabled=controls.is_closed on:click=pick>
                {texts::PICK}
                <span class="visually-hidden">{move || [" ", &text()].concat()}</span>
            </button>
            <Menu label=Signal::derive(move || texts::more_about(&text()))>
                <button
                    type="button"
                    class="menu-entry move-up"
                    on:click=move |_| put(own().and_then(|(index, _)| index.checked_sub(1)))
                >
                    {texts::MOVE_UP}
                </button>
                <button type="button" class="menu-entry move-down" on:click=move |_| put(own().map(|(index, _)| index + 1))>
                    {texts::MOVE_DOWN}
                </button>
                <button type="button" class="menu-entry" on:click=remove>{texts::REMOVE_FROM_LIST}</button>
            </Menu>
        </li>
    }
}

/// The question library: each question can be added to the run list, or picked at once. Keys: those of the list, and `p` opens the
/// confirmation to pick the question that has the focus.
#[component]
fn Library(
    controls: Controls,
    save: Callback<Vec<QuestionId>>,
    is_adding: RwSignal<bool>,
    /// Whether the run list has no question.
    is_empty: Memo<bool>,
) -> impl IntoView {
    let all = controls.questions;
    let search = RwSignal::new(String::new());
    let choose = move |question: &QuestionId, by: ChosenBy| {
        is_adding.set(false);
        search.set(String::new());
        controls.choose(question, by);
    };
    let on_pick = Callback::new(move |question: LibraryQuestion| choose(&question.id, ChosenBy::Button));
    let on_choose = Callback::new(move |question: LibraryQuestion| {
        if is_empty.get_untracked() {
            return on_pick.run(question);
        }
        let mut list = questions(controls);
        if !list.contains(&question.id) {
            list.push(question.id);
            save.run(list);
        }
        search.set(String::new());
    });
    // The p key opens the confirmation for the question whose button has the focus.
    let focused = RwSignal::new(None::<QuestionId>);
    use_shortcuts(move |key| match focused.get_untracked() {
        Some(question) if key == "p" => {
            choose(&question, ChosenBy::Key);
            true
        }
        _ => false,
    });
    let add_all = move |_| {
        // What was written first comes first.
        let order = all.ids_by(|question| question.updated_at).get_untracked();
        let mut list = questions(controls);
        list.extend(order.iter().filter_map(|id| id.parse().ok()));
        is_adding.set(false);
        save.run(list);
    };
    let actions = Callback::new(move |question: ArcRwSignal<LibraryQuestion>| {
        view! { <LibraryActions controls question focused save on_pick/> }.into_any()
    });
    let has_questions = Memo::new(move |_| !all.is_empty());
    let others = Memo::new(move |_| all.ids().len().saturating_sub(controls.rows.with(Vec::len)));
    let has_others = Memo::new(move |_| others.get() > 0);
    let done = move || {
        is_adding.set(false);
        focus::rescue_to(".add-questions");
    };
    let leave = on_escape(move || match search.with_untracked(String::is_empty) {
        true if !is_empty.get_untracked() => done(),
        _ => search.set(String::new()),
    });
    view! {
        <div class="question-library" on:keydown=leave>
            <div class="control-head">
                <h2>{library::YOUR_QUESTIONS}</h2>
                {move || (!is_empty.get()).then(|| view! {
                    <button type="button" class="library-done" on:click=move |_| done()>{texts::DONE}</button>
                })}
            </div>
            {move || (is_empty.get() && has_questions.get()).then(|| view! { <p class="hint">{texts::RUN_LIST_EMPTY}</p> })}
            {move || has_others.get().then(|| view! {
                <button type="button" class="add-all" on:click=add_all>
                    {move || texts::add_all(others.get(), is_empty.get())}
                </button>
            })}
            {move || {
                let keys = if is_empty.get() { texts::KEYS } else { texts::ADD_KEYS };
                has_questions.get().then(|| view! { <p class="hint"><KeyHint text=keys/></p> })
            }}
            <TopicView
                topic=all
                loading=|| view! { <RowSkeletons/> }
                denied=library::DENIED
                empty=|| view! {
                    <EmptyState title=library::EMPTY body=texts::NO_QUESTIONS_BODY>
                        <ActionLink href=Path::Questions.to_string() label=texts::WRITE_QUESTIONS/>
                    </EmptyState>
                }
            >
                <QuestionList questions=all search list_focus=question_focus() on_choose actions/>
            </TopicView>
            <p><a href=Path::Questions.to_string()>{texts::LIBRARY}</a></p>
        </div>
    }
}

/// The buttons of a question of the library.
#[component]
fn LibraryActions(
    controls: Controls,
    question: ArcRwSignal<LibraryQuestion>,
    focused: RwSignal<Option<QuestionId>>,
    save: Callback<Vec<QuestionId>>,
    on_pick: Callback<LibraryQuestion>,
) -> impl IntoView {
    let id = Arc::new(question.with_untracked(|question| question.id.clone()));
    let question = RwSignal::from(question);
    let name = move || question.with(|question| [" ", &plain_text(question.content.text())].concat());
    let of_list = Arc::clone(&id);
    let is_listed = Memo::new(move |_| controls.rows.with(|rows| rows.iter().any(|row| row.question == *of_list)));
    let picked = Arc::clone(&id);
    let was_picked = Memo::new(move |_| {
        controls.room.view.track();
        controls.was_picked(&picked)
    });
    let add = move |_| {
        let mut list = questions(controls);
        match is_listed.get_untracked() {
            true => list.retain(|one| *one != *id),
            false => list.push(id.as_ref().clone()),
        }
        save.run(list);
    };
    view! {
        <div class="actions">
            {move || was_picked.get().then(|| view! { <span class="row-detail">{texts::ASKED}</span> })}
            <button type="button" class="add-question" aria-pressed=move || is_listed.get().to_string() on:click=add>
                {move || if is_listed.get() { texts::ADDED } else { texts::ADD }}
                <span class="visually-hidden">{name}</span>
            </button>
            <button
                type="button"
                class="pick-question"
                data-primary=""
                disabled=controls.is_closed
                on:focus=move |_| focused.set(Some(question.with_untracked(|question| question.id.clone())))
                on:blur=move |_| focused.set(None)
                on:click=move |_| on_pick.run(question.get_untracked())
            >
                {texts::PICK}
                <span class="visually-hidden">{name}</span>
            </button>
        </div>
    }
}
