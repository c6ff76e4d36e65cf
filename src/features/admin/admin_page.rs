//! The admin page.

use domain::table::Table;
use domain::topic::Topic;
use leptos::prelude::*;

use super::access::Access;
use super::keys_section::KeysSection;
use super::slack_section::SlackSection;
use super::tables_section::TablesSection;
use super::texts;
use crate::auth::Session;
use crate::features::sign_in::SignInFirst;
use crate::live::use_topic;
use crate::platform::intl;
use crate::routes::Path;
use crate::ui::{ActionLink, EmptyState, PageHeading, PageTitle};

/// The page.
#[component]
pub(crate) fn AdminPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let access = Memo::new(move |_| Access::of(&session.account(), session.can_sign_in()));
    let content = move || match access.get() {
        Access::Checking => view! { <p class="hint" role="status" aria-busy="true">{texts::CHECKING}</p> }.into_any(),
        Access::Granted => view! { <Sections/> }.into_any(),
        Access::Denied { can_sign_in } => view! {
            <EmptyState title=texts::ADMINS_ONLY body=texts::ADMINS_ONLY_BODY>
                <ActionLink href=Path::Tables.to_string() label=texts::ALL_TABLES/>
            </EmptyState>
            {can_sign_in.then(|| view! { <SignInFirst/> })}
        }
        .into_any(),
        Access::Failed(why) => view! {
            <EmptyState title=texts::ACCOUNT_FAILED body=why>
                <button type="button" on:click=move |_| session.reload()>{texts::TRY_AGAIN}</button>
            </EmptyState>
        }
        .into_any(),
    };
    view! {
        <PageTitle title=texts::ADMIN/>
        <PageHeading title=texts::ADMIN/>
        {content}
    }
}

/// What an admin sees.
#[component]
fn Sections() -> impl IntoView {
    let tables = use_topic::<Table>(Topic::Tables);
    let order = tables.ids_by(|table| intl::lower_case(table.name()));
    view! {
        <TablesSection tables order/>
        <KeysSection tables order/>
        <SlackSection tables order/>
    }
}
