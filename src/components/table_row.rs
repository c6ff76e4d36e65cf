//! One table as its admin sees it: can be renamed and deleted.

use domain::table::{Description, Table};
use leptos::prelude::*;

use super::action_button::ActionButton;
use super::dialog::Dialog;
use super::field::Field;
use crate::state::attempt::Progress;
use crate::state::words;

/// The row.
#[component]
pub(crate) fn TableRow(
    /// What is known of the table.
    #[prop(into)]
    table: Signal<Table>,
    /// How a renaming goes.
    #[prop(into)]
    renaming: Signal<Progress>,
    /// Wants it renamed.
    #[prop(into)]
    on_rename: Callback<Description>,
    /// How a deletion goes.
    #[prop(into)]
    deleting: Signal<Progress>,
    /// Wants it deleted, and has been asked whether they mean it.
    #[prop(into)]
    on_delete: Callback<()>,
) -> impl IntoView {
    let (editing, confirming) = (RwSignal::new(false), RwSignal::new(false));
    let id = table.with_untracked(|table| table.id.to_string());
    let name = Memo::new(move |_| table.with(|table| words::name(table).to_owned()));
    let status = Memo::new(move |_| table.with(|table| words::status(table.status)));
    let title = name.get_untracked();
    let key = id.clone();
    let display = move || {
        view! {
            <div class="actions">
                <button type="button" on:click=move |_| editing.set(true)>
                    "Rename"
                    <span class="unseen">{move || format!(" {}", name.get())}</span>
                </button>
                <button type="button" on:click=move |_| confirming.set(true)>
                    "Delete"
                    <span class="unseen">{move || format!(" {}", name.get())}</span>
                </button>
            </div>
        }
    };
    let edit = move || view! { <Renaming table progress=renaming on_rename on_end=move || editing.set(false) /> };
    view! {
        <li class="table-row" data-table=key>
            <p class="row-name">
                <strong>{move || name.get()}</strong>
                <span class="row-detail">{id} ", " {move || status.get()}</span>
            </p>
            {move || if editing.get() { edit().into_any() } else { display().into_any() }}
            <Dialog open=confirming title=format!("Delete {title}?")>
                <form
                    on:submit=move |event| {
                        event.prevent_default();
                        on_delete.run(());
                    }
                >
                    <h2>"Delete “" {move || name.get()} "”?"</h2>
                    <p>"Its history goes too, and every screen that shows it will say that it is gone. This cannot be undone."</p>
                    <div class="actions">
                        <button type="button" on:click=move |_| confirming.set(false)>
                            "Keep it"
                        </button>
                        <ActionButton label="Delete it" running="Deleting…" progress=deleting class="danger" />
                    </div>
                </form>
            </Dialog>
        </li>
    }
}

/// The row's form for another name.
#[component]
fn Renaming(
    #[prop(into)]
    table: Signal<Table>,
    progress: Signal<Progress>,
    #[prop(into)]
    on_rename: Callback<Description>,
    on_end: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let description = move || table.with(|table| table.description.as_str().to_owned());
    let before = untrack(description);
    let text = RwSignal::new(before.clone());
    // Whatever an earlier try came to, this one has not begun.
    let tried = RwSignal::new(false);
    let shown = Memo::new(move |_| if tried.get() { progress.get() } else { Progress::Idle });
    Effect::new(move || {
        if shown.get() == Progress::Done {
            on_end();
        }
    });
    let error = Memo::new(move |_| text.get().parse::<Description>().err().map(|violation| violation.message()));
    let meanwhile = Memo::new(move |_| {
        let now = description();
        (now != before).then(|| format!("Somebody has renamed it to “{now}” meanwhile; saving replaces that."))
    });
    let submit = move || {
        if let Ok(description) = text.get_untracked().parse() {
            on_rename.run(description);
            tried.set(true);
        }
    };
    let id = table.with_untracked(|table| format!("rename-{}", table.id));
    view! {
        <form
            class="row-form"
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            <Field id label="Where it stands" value=text error=error insist=tried focused=true />
            <p class="hint" role="status">
                {move || meanwhile.get()}
            </p>
            <div class="actions">
                <ActionButton label="Save" running="Saving…" progress=shown />
                <button type="button" on:click=move |_| on_end()>
                    "Cancel"
                </button>
            </div>
        </form>
    }
}
