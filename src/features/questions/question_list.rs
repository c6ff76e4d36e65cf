//! The question library as a list: searched by typing, gone through with the keyboard. On the library's page and on the host panel.
//!
//! Keys: `/` goes to the search, arrows go through the list, Enter in the search chooses the first match.

use std::cmp::Reverse;

use domain::question::LibraryQuestion;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::search::{matches, plain_text};
use super::texts;
use crate::app::shortcuts::use_shortcuts;
use crate::live::TopicStore;
use crate::notifications::Deletions;
use crate::platform::focus;
use crate::ui::ListFocus;

/// What the arrows go through: the search, and the main button of each question.
const STOPS: &str = "#bank-search, .bank [data-primary]";

/// The list.
#[component]
pub(crate) fn QuestionList(
    /// The library.
    questions: TopicStore<LibraryQuestion>,
    /// What is searched.
    search: RwSignal<String>,
    /// Keeps the focus in it: [`question_focus`].
    list_focus: ListFocus,
    /// Called with the first match when the user presses Enter in the search.
    on_choose: Callback<LibraryQuestion>,
    /// Whether a press on a question's row chooses it, too: then that is the main button.
    #[prop(optional)]
    is_opened_by_row: bool,
    /// Makes the buttons of a question. The main one has the attribute `data-primary`.
    actions: Callback<ArcRwSignal<LibraryQuestion>, AnyView>,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let deletions = expect_context::<Deletions>();
    // What was written last is what is wanted next.
    let order = questions.ids_by(|question| Reverse(question.updated_at));
    let shown = Memo::new(move |_| {
        let mut ids = order.get();
        ids.retain(|id| !deletions.hides(&deletion_key(id)));
        ids
    });
    let found = Memo::new(move |_| {
        let (search, mut ids) = (search.get(), shown.get());
        ids.retain(|id| questions.entry(id).is_some_and(|entry| entry.with(|question| matches(question, &search))));
        ids
    });
    let count = move || {
        let total = shown.with(Vec::len);
        let matching = (!search.with(String::is_empty)).then(|| found.with(Vec::len));
        texts::count(total, matching)
    };
    let walk = |key: &str| match key {
        "ArrowDown" => focus::move_among(STOPS, true),
        "ArrowUp" => focus::move_among(STOPS, false),
        _ => false,
    };
    use_shortcuts(move |key| if key == "/" { focus::focus("#bank-search") } else { walk(key) });
    // Not shortcuts: they work where the focus is, also if shortcuts are switched off.
    let on_key = move |event: KeyboardEvent| {
        let is_plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
        if is_plain && walk(&event.key()) {
            event.prevent_default();
        }
    };
    let on_enter = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() {
            event.prevent_default();
            let first = found.with_untracked(|found| found.first().and_then(|id| questions.entry(id)));
            if let Some(first) = first {
                on_choose.run(first.get_untracked());
            }
        }
    };
    view! {
        <div class="bank" on:keydown=on_key>
            <div class="field">
                <input
                    id="bank-search"
                    type="search"
                    dir="auto"
                    autocomplete="off"
                    placeholder=texts::SEARCH
                    aria-label=texts::SEARCH_LABEL
                    node_ref=field
                    prop:value=search
                    on:input=move |event| search.set(event_target_value(&event))
                    on:keydown=on_enter
                />
            </div>
            <p class="hint" role="status">{count}</p>
            <ul class="rows bank-rows" role="list">
                <For each=move || list_focus.keep(found.get()) key=String::clone let:id>
                    {questions.entry(&id).map(|question| view! { <Row id question on_open=is_opened_by_row.then_some(on_choose) actions/> })}
                </For>
            </ul>
        </div>
    }
}

/// Keeps the focus in a list of questions.
pub(crate) fn question_focus() -> ListFocus {
    ListFocus::new(main_button, "#bank-search")
}

/// The selector of the main button of a question's row.
pub(super) fn main_button(id: &str) -> String {
    format!(".bank-row[data-question=\"{id}\"] [data-primary]")
}

/// What a question is called while its deletion can be taken back.
pub(super) fn deletion_key(id: &str) -> String {
    ["question/", id].concat()
}

#[component]
fn Row(
    id: String,
    question: ArcRwSignal<LibraryQuestion>,
    on_open: Option<Callback<LibraryQuestion>>,
    actions: Callback<ArcRwSignal<LibraryQuestion>, AnyView>,
) -> impl IntoView {
    let content = question.clone();
    let text = move || content.with(|question| plain_text(question.content.text()));
    let content = question.clone();
    let summary = move || content.with(|question| texts::summary(&question.content));
    let name = view! {
        <span class="bank-text" dir="auto">{text}</span>
        <span class="row-detail">{summary}</span>
    };
    let content = question.clone();
    let name = match on_open {
        None => view! { <p class="row-name">{name}</p> }.into_any(),
        Some(on_open) => view! {
            <button type="button" class="row-name open-question" data-primary="" on:click=move |_| on_open.run(content.get_untracked())>
                {name}
            </button>
        }
        .into_any(),
    };
    view! {
        <li class="bank-row" data-question=id>
            {name}
            {actions.run(question)}
        </li>
    }
}
