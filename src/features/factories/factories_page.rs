//! The factory tree: all visitors see each change at once, and members edit it.

use domain::actor::Role;
use leptos::prelude::*;

use super::draft::{FactoryDraft, Plan};
use super::edits::Edit;
use super::factory_form::{DraftFields, FactoryForm};
use super::factory_row::{Row, selector};
use super::texts;
use super::tree::FactoryTree;
use crate::auth::{Account, Session};
use crate::live::TopicState;
use crate::ui::{Dialog, ListFocus, PageHeading, PageTitle, RowSkeletons, TopicView, use_latch};

/// The page.
#[component]
pub(crate) fn FactoriesPage() -> impl IntoView {
    let tree = FactoryTree::follow();
    let session = expect_context::<Session>();
    let may_edit = Memo::new(move |_| may_edit(&session.account()));
    let is_denied = Memo::new(move |_| matches!(tree.topic().state(), TopicState::Denied(_)));
    // What stands below the tree would jump when the tree comes.
    let has_loaded = use_latch(move || tree.topic().state() != TopicState::Loading);
    let is_shown = Memo::new(move |_| has_loaded.get() && !is_denied.get());
    let summary =
        move || tree.rows().with(|rows| texts::summary(rows.len(), rows.values().map(|row| row.children.len()).sum()));
    view! {
        <PageTitle title=texts::FACTORIES/>
        <PageHeading title=texts::FACTORIES>
            <p class="page-summary">{summary}</p>
            {move || (is_shown.get() && may_edit.get()).then(|| view! { <NewFactory tree/> })}
        </PageHeading>
        <TopicView topic=tree.topic() loading=|| view! { <RowSkeletons/> } denied=texts::DENIED>
            <Tree tree may_edit/>
        </TopicView>
        {move || (is_shown.get() && !may_edit.get()).then(|| view! { <SignInHint/> })}
    }
}

/// Whether the server lets the user edit factories.
fn may_edit(account: &Account) -> bool {
    matches!(account, Account::Known(me) if me.may_edit_factories)
}

#[component]
fn Tree(tree: FactoryTree, may_edit: Memo<bool>) -> impl IntoView {
    let list_focus = ListFocus::new(selector, "#root");
    let is_empty = Memo::new(move |_| tree.order().with(Vec::is_empty));
    view! {
        <section class="panel factory-tree" aria-labelledby="root">
            <h2 id="root" tabindex="-1">{texts::ROOT}</h2>
            <p class="failure" role="alert">{move || tree.errors().with(|errors| errors.join(" "))}</p>
            {move || is_empty.get().then(|| view! { <p class="hint">{texts::EMPTY}</p> })}
            <ul class="factories" role="list">
                <For each=move || list_focus.keep(tree.order().get()) key=String::clone let:key>
                    <Row tree key may_edit/>
                </For>
            </ul>
        </section>
    }
}

/// The button and the dialog that create a factory.
#[component]
fn NewFactory(tree: FactoryTree) -> impl IntoView {
    let is_open = RwSignal::new(false);
    // Outside of the dialog: the next factory begins with the bounds of this one.
    let fields = DraftFields::new(FactoryDraft::default());
    // What was refused is offered again.
    Effect::new(move |_| {
        if let Some(edit @ Edit::Create { .. }) = tree.rejected().get() {
            fields.offer(FactoryDraft::of_edit(&edit, None));
        }
    });
    let create = move |plan: Plan| {
        fields.clear_name();
        is_open.set(false);
        tree.submit(plan.creation());
    };
    view! {
        <div class="actions page-actions">
            <button type="button" class="primary new-factory" on:click=move |_| is_open.set(true)>{texts::NEW}</button>
        </div>
        <Dialog open=is_open title=texts::NEW>
            <h2>{texts::NEW}</h2>
            <FactoryForm id="new" fields has_count=true autofocus=true label=texts::CREATE on_plan=create>
                <button type="button" on:click=move |_| is_open.set(false)>{texts::CANCEL}</button>
            </FactoryForm>
        </Dialog>
    }
}

/// The message for a user of this role, who may not edit.
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
            let me = Me { role: Role::Member, person: None, may_edit_factories, release: String::new() };
            assert_eq!(may_edit(&Account::Known(me)), may_edit_factories);
        }
    }

    #[test]
    fn a_member_without_edit_rights_is_not_offered_the_sign_in() {
        assert_eq!(hint(Role::Member), texts::MAY_NOT_EDIT);
        assert_eq!([Role::Visitor, Role::Guest].map(hint), [texts::SIGN_IN; 2]);
    }

    #[test]
    fn editing_is_off_before_the_account_is_known() {
        assert!(!may_edit(&Account::Loading) && !may_edit(&Account::Failed(ApiError::Unreachable)));
    }
}
