//! One factory of the tree with its numbers, and what members can do with it.

use domain::factory::FactoryId;
use leptos::prelude::*;

use super::draft::{FactoryDraft, Plan, parse_count};
use super::edits::{Edit, FactoryRow};
use super::factory_form::{DraftFields, FactoryForm};
use super::texts;
use super::tree::FactoryTree;
use crate::platform::focus;
use crate::ui::{Menu, Popover, Popup, TextField, on_escape, on_submit};

/// The selector of the control of a row that gets the focus.
pub(super) fn selector(key: &str) -> String {
    format!("[data-factory=\"{key}\"] .menu-button")
}

/// The id of the editor's form, which begins the ids of its fields.
fn editor_id(id: &FactoryId) -> String {
    format!("edit-{id}")
}

/// The row, as an item of the list below the root.
#[component]
pub(super) fn Row(
    tree: FactoryTree,
    /// Its key in the tree.
    key: String,
    /// Whether the user may edit it.
    may_edit: Memo<bool>,
) -> impl IntoView {
    let of_row = key.clone();
    // A row that is gone keeps its last state until it is removed from the page.
    let row = Memo::new(move |before: Option<&Option<FactoryRow>>| {
        tree.rows().with(|rows| rows.get(&of_row).cloned()).or_else(|| before.cloned().flatten())
    });
    let of = move |read: fn(&FactoryRow) -> String| row.with(|row| row.as_ref().map(read).unwrap_or_default());
    let children = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.children.clone()).unwrap_or_default()));
    let numbers = move || {
        let number = |number: Option<i64>| {
            let text = number.map_or_else(|| texts::PENDING_NUMBER.to_owned(), |number| number.to_string());
            view! { <li data-pending=number.is_none().then_some("")>{text}</li> }
        };
        children.get().into_iter().map(number).collect_view()
    };
    let is_pending = move || row.with(|row| row.as_ref().is_some_and(|row| row.is_pending)).then_some("true");
    // What the server does not have yet cannot be edited.
    let id = row.with_untracked(|row| row.as_ref().and_then(|row| row.id.clone()));
    let tools = move || id.clone().filter(|_| may_edit.get()).map(|id| view! { <Tools tree id row/> });
    view! {
        <li class="factory" data-factory=key aria-busy=is_pending>
            <p class="row-name">
                <strong dir="auto">{move || of(|row| row.name.to_string())}</strong>
                <span class="row-detail">{move || of(|row| texts::bounds(row.bounds))}</span>
            </p>
            <ul class="factory-children" role="list">{numbers}</ul>
            {tools}
        </li>
    }
    .into_any()
}

/// What the editor of a factory begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EditStart {
    draft: FactoryDraft,
    /// The factory when the editor was opened.
    before: FactoryRow,
    /// Whether the user has opened the editor. After a refusal they may be elsewhere.
    takes_focus: bool,
}

/// The buttons, or the editor.
#[component]
fn Tools(tree: FactoryTree, id: FactoryId, row: Memo<Option<FactoryRow>>) -> impl IntoView {
    let id = StoredValue::new(id);
    let editing = RwSignal::new(None::<EditStart>);
    let edit = move |draft: Option<FactoryDraft>| {
        if let Some(before) = row.get_untracked() {
            let takes_focus = draft.is_none();
            let draft = draft.unwrap_or_else(|| FactoryDraft::of(&before));
            editing.set(Some(EditStart { draft, before, takes_focus }));
        }
    };
    let close = move || {
        editing.set(None);
        let button = id.with_value(|id| selector(id.as_str()));
        focus::rescue_with(move || focus::focus(&button));
    };
    // A change that was refused is offered again, unless the editor is open for another one.
    Effect::new(move |_| {
        let Some(rejected) = tree.rejected().get() else { return };
        let is_own = matches!(rejected, Edit::Change { .. }) && id.with_value(|id| rejected.factory() == Some(id));
        if is_own && editing.with_untracked(Option::is_none) {
            let draft = row.with_untracked(|row| FactoryDraft::of_edit(&rejected, row.as_ref()));
            edit(Some(draft));
            // One of the buttons that are gone may have had it.
            let field = id.with_value(|id| format!("#{}-name", editor_id(id)));
            focus::rescue_with(move || focus::focus(&field));
        }
    });
    move || match editing.get() {
        Some(start) => view! { <Editor tree id row start on_close=move |()| close()/> }.into_any(),
        None => view! { <Buttons tree id row on_edit=move |()| edit(None)/> }.into_any(),
    }
}

#[component]
fn Buttons(
    tree: FactoryTree,
    id: StoredValue<FactoryId>,
    row: Memo<Option<FactoryRow>>,
    #[prop(into)] on_edit: Callback<()>,
) -> impl IntoView {
    let name = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.name.to_string()).unwrap_or_default()));
    // What was refused is offered again.
    let refused = Memo::new(move |_| match tree.rejected().get() {
        Some(Edit::Regenerate { id: of, count }) if id.with_value(|id| of == *id) => Some(count),
        _ => None,
    });
    let proposed = move || {
        let count = || row.with(|row| row.as_ref().map(|row| row.children.len()).unwrap_or_default());
        refused.get().unwrap_or_else(count).to_string()
    };
    let regenerate = move || {
        view! {
            <span aria-hidden="true">"↻"</span>
            <span class="regenerate-word">{texts::REGENERATE}</span>
            <span class="visually-hidden">" "{name}</span>
        }
    };
    view! {
        <div class="actions factory-tools">
            <Popover class="regenerate" button=regenerate>
                <CountForm tree id proposed=untrack(proposed)/>
            </Popover>
            <Menu label=Signal::derive(move || texts::menu(&name.get()))>
                <button type="button" class="menu-entry edit" on:click=move |_| on_edit.run(())>{texts::EDIT}</button>
                <button type="button" class="menu-entry remove" on:click=move |_| tree.delete(id.get_value(), &name.get_untracked())>
                    {texts::DELETE}
                </button>
            </Menu>
        </div>
    }
}

/// The form that generates other numbers, in a popover.
#[component]
fn CountForm(
    tree: FactoryTree,
    id: StoredValue<FactoryId>,
    /// How many numbers the form begins with.
    proposed: String,
) -> impl IntoView {
    let popup = expect_context::<Popup>();
    let (count, is_submitted) = (RwSignal::new(proposed), RwSignal::new(false));
    let error = Signal::derive(move || count.with(|count| parse_count(count)).err());
    let submit = move || {
        is_submitted.set(true);
        if let Ok(count) = count.with_untracked(|count| parse_count(count)) {
            popup.close();
            tree.submit(Edit::Regenerate { id: id.get_value(), count });
        }
    };
    view! {
        <form class="count-form" novalidate on:submit=on_submit(submit)>
            <TextField
                id=id.with_value(|id| format!("{id}-count"))
                label=texts::COUNT_OF_NUMBERS
                hint=texts::COUNT_HINT
                value=count
                error
                is_submitted
                autofocus=true
                input_mode="numeric"
            />
            <button type="submit" class="primary">{texts::REGENERATE}</button>
        </form>
    }
}

/// The form for another name and other bounds. Reports the concurrent changes of other users.
#[component]
fn Editor(
    tree: FactoryTree,
    id: StoredValue<FactoryId>,
    row: Memo<Option<FactoryRow>>,
    start: EditStart,
    /// Called when the user is done.
    #[prop(into)]
    on_close: Callback<()>,
) -> impl IntoView {
    let EditStart { draft, before, takes_focus } = start;
    let before = StoredValue::new(before);
    let meanwhile = move || {
        let row = row.get()?;
        before.with_value(|before| change_meanwhile(before, &row))
    };
    let save = move |plan: Plan| {
        let edit = before.with_value(|before| plan.change(id.get_value(), before));
        on_close.run(());
        if let Some(edit) = edit {
            tree.submit(edit);
        }
    };
    let form = id.with_value(editor_id);
    view! {
        <div class="row-form" on:keydown=on_escape(move || on_close.run(()))>
            <FactoryForm
                id=form
                fields=DraftFields::new(draft)
                has_count=false
                autofocus=takes_focus
                label=texts::SAVE
                on_plan=save
            >
                <button type="button" on:click=move |_| on_close.run(())>{texts::CANCEL}</button>
            </FactoryForm>
            // Below the form: it appears at any moment, and must not move the button that is about to be pressed.
            <p class="hint" role="status">{meanwhile}</p>
        </div>
    }
}

/// What has become of a factory since its editor was opened, in a sentence; nothing if its name and bounds are the same.
fn change_meanwhile(before: &FactoryRow, now: &FactoryRow) -> Option<String> {
    let is_other = (&before.name, before.bounds) != (&now.name, now.bounds);
    is_other.then(|| texts::changed_meanwhile(&now.name, now.bounds))
}

#[cfg(test)]
mod tests {
    use domain::factory::Bounds;

    use super::*;

    fn row(name: &str, lower: i64, children: &[i64]) -> FactoryRow {
        let (name, bounds) = (name.parse().unwrap(), Bounds::new(lower, 100).unwrap());
        let children = children.iter().copied().map(Some).collect();
        FactoryRow { id: "k3j9x0a2bc".parse().ok(), name, bounds, children, is_pending: false }
    }

    #[test]
    fn an_editor_says_what_others_have_changed_meanwhile() {
        let before = row("North", 1, &[5]);
        let now = change_meanwhile(&before, &row("South", 1, &[5])).unwrap();
        assert!(now.starts_with("Changed meanwhile to “South”, 1 to 100."), "{now}");
        assert!(change_meanwhile(&before, &row("North", 2, &[5])).is_some());
    }

    #[test]
    fn other_numbers_are_no_change_of_what_is_edited() {
        let before = row("North", 1, &[5]);
        assert_eq!(change_meanwhile(&before, &before), None);
        assert_eq!(change_meanwhile(&before, &row("North", 1, &[7, 8])), None);
        let pending = FactoryRow { is_pending: true, ..row("North", 1, &[]) };
        assert_eq!(change_meanwhile(&before, &pending), None);
    }
}
