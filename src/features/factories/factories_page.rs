//! The factory tree: all visitors see each change at once, and members edit it.

use domain::actor::Role;
use domain::factory::FactoryId;
use leptos::prelude::*;

use super::draft::{FactoryDraft, Plan};
use super::edits::Edit;
use super::factory_form::{DraftFields, FactoryForm};
use super::factory_row::{Row, selector};
use super::texts;
use super::tree::FactoryTree;
use crate::auth::{Account, Session};
use crate::live::TopicState;
use crate::ui::{CardSkeletons, Confirm, ListFocus, PageHeading, PageTitle, Request, TopicView, use_latch};

/// The page.
#[component]
pub(crate) fn FactoriesPage() -> impl IntoView {
    let tree = FactoryTree::follow();
    let session = expect_context::<Session>();
    let may_edit = Memo::new(move |_| may_edit(&session.account()));
    let is_denied = Memo::new(move |_| matches!(tree.topic().state(), TopicState::Denied(_)));
    // What stands below the tree would jump when the tree comes.
    let has_loaded = use_latch(move || tree.topic().state() != TopicState::Loading);
    let summary =
        move || tree.rows().with(|rows| texts::summary(rows.len(), rows.values().map(|row| row.children.len()).sum()));
    // Outside of the topic's view: what is typed stays, whatever becomes of the topic.
    let form = move || match (has_loaded.get() && !is_denied.get(), may_edit.get()) {
        (false, _) => ().into_any(),
        (true, true) => view! { <NewFactory tree/> }.into_any(),
        (true, false) => view! { <SignInHint/> }.into_any(),
    };
    view! {
        <PageTitle title=texts::FACTORIES/>
        <PageHeading title=texts::FACTORIES>
            <p class="page-summary">{summary}</p>
        </PageHeading>
        <TopicView topic=tree.topic() loading=|| view! { <CardSkeletons/> } denied=texts::DENIED>
            <Tree tree may_edit/>
        </TopicView>
        {form}
    }
}

/// Whether the server lets the user edit factories.
fn may_edit(account: &Account) -> bool {
    matches!(account, Account::Known(me) if me.may_edit_factories)
}

#[component]
fn Tree(tree: FactoryTree, may_edit: Memo<bool>) -> impl IntoView {
    let list_focus = ListFocus::new(selector, "#root");
    let (asked, is_asking) = (RwSignal::new(None::<FactoryId>), RwSignal::new(false));
    let ask = Callback::new(move |id| {
        asked.set(Some(id));
        is_asking.set(true);
    });
    // Outside of the list: a dialog whose row moves would close. One for each question, since its name does not change.
    let question = move || asked.get().map(|id| view! { <RemoveQuestion tree id open=is_asking list_focus/> });
    let is_empty = Memo::new(move |_| tree.order().with(Vec::is_empty));
    view! {
        <section class="panel factory-tree" aria-labelledby="root">
            <h2 id="root" tabindex="-1">{texts::ROOT}</h2>
            <p class="failure" role="alert">{move || tree.errors().with(|errors| errors.join(" "))}</p>
            {move || is_empty.get().then(|| view! { <p class="hint">{texts::EMPTY}</p> })}
            <ul class="factories" role="list">
                <For each=move || list_focus.keep(tree.order().get()) key=String::clone let:key>
                    <Row tree key may_edit on_remove=ask/>
                </For>
            </ul>
            {question}
        </section>
    }
}

/// Asks whether to delete a factory.
#[component]
fn RemoveQuestion(tree: FactoryTree, id: FactoryId, open: RwSignal<bool>, list_focus: ListFocus) -> impl IntoView {
    let key = id.to_string();
    let name = Memo::new(move |before: Option<&String>| {
        let name = tree.rows().with(|rows| rows.get(&key).map(|row| row.name.to_string()));
        name.or_else(|| before.cloned()).unwrap_or_default()
    });
    let remove = move |()| {
        // Before the dialog closes, which gives the focus back to a button that is gone then.
        list_focus.leave(id.as_str());
        open.set(false);
        tree.submit(Edit::Delete { id: id.clone() });
    };
    view! {
        <Confirm
            open
            title=Signal::derive(move || texts::remove_question(&name.get()))
            body=texts::REMOVE_BODY
            label=texts::REMOVE_FACTORY
            pending=texts::REMOVING
            request=Request::new()
            on_confirm=remove
        />
    }
}

/// The form that creates one factory after the other.
#[component]
fn NewFactory(tree: FactoryTree) -> impl IntoView {
    let fields = DraftFields::new(FactoryDraft::default());
    // What was refused is offered again.
    Effect::new(move |_| {
        if let Some(edit @ Edit::Create { .. }) = tree.rejected().get() {
            fields.offer(FactoryDraft::of_edit(&edit, None));
        }
    });
    let create = move |plan: Plan| {
        fields.clear_name();
        tree.submit(plan.creation());
    };
    view! {
        <section class="panel" aria-labelledby="new-factory">
            <h2 id="new-factory">{texts::NEW}</h2>
            <FactoryForm id="new" fields has_count=true autofocus=false label=texts::CREATE on_plan=create/>
        </section>
    }
}

/// What a user of this role is told who may not edit.
const fn hint(role: Role) -> &'static str {
    match role {
        Role::Member | Role::Admin => texts::MAY_NOT_EDIT,
        Role::Guest | Role::Device | Role::Visitor => texts::SIGN_IN,
    }
}

/// What a user who may not edit can do.
#[component]
fn SignInHint() -> impl IntoView {
    let session = expect_context::<Session>();
    move || match session.account() {
        Account::Loading => view! { <p class="hint">{texts::CHECKING}</p> }.into_any(),
        Account::Known(me) => view! { <p class="hint">{hint(me.role)}</p> }.into_any(),
        Account::Failed(error) => view! {
            <p class="hint" role="status">{error.to_string()}</p>
            <div class="actions">
                <button type="button" on:click=move |_| session.reload()>{texts::TRY_AGAIN}</button>
            </div>
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests {
    use protocol::endpoints::Me;

    use super::*;
    use crate::api::ApiError;

    #[test]
    fn those_edit_of_whom_the_server_says_so() {
        for may_edit_factories in [true, false] {
            let me = Me { role: Role::Member, person: None, may_edit_factories };
            assert_eq!(may_edit(&Account::Known(me)), may_edit_factories);
        }
    }

    #[test]
    fn a_member_who_may_not_edit_is_not_told_to_sign_in() {
        assert_eq!(hint(Role::Member), texts::MAY_NOT_EDIT);
        assert_eq!([Role::Visitor, Role::Guest].map(hint), [texts::SIGN_IN; 2]);
    }

    #[test]
    fn nobody_edits_before_it_is_known_who_they_are() {
        assert!(!may_edit(&Account::Loading) && !may_edit(&Account::Failed(ApiError::Unreachable)));
    }
}
