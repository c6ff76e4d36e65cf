//! The admin page.

use leptos::prelude::*;

use super::access::Access;
use super::admin_data::AdminData;
use super::keys_section::KeysSection;
use super::slack_section::SlackSection;
use super::tables_section::TablesSection;
use super::texts;
use crate::auth::Session;
use crate::features::sign_in::SignInFirst;
use crate::paths::Path;
use crate::ui::{ActionLink, EmptyState, PageHeading, PageTitle, Tabs};

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

/// What an admin sees: one part at a time.
#[component]
fn Sections() -> impl IntoView {
    provide_context(AdminData::load());
    let tabs = [TABLES, KEYS, SLACK].map(|(key, name)| (key, Signal::stored(name.to_owned())));
    view! { <Tabs label=texts::ADMIN tabs=tabs.into() shown=RwSignal::new(TABLES.0) panel/> }
}

/// The key of a part, which is part of an id, and what it is called.
type Part = (&'static str, &'static str);

const TABLES: Part = ("tables", texts::TABLES);
const KEYS: Part = ("keys", texts::DEVICE_KEYS);
const SLACK: Part = ("slack", texts::SLACK);

fn panel(key: &'static str) -> AnyView {
    match key {
        _ if key == KEYS.0 => view! { <KeysSection/> }.into_any(),
        _ if key == SLACK.0 => view! { <SlackSection/> }.into_any(),
        _ => view! { <TablesSection/> }.into_any(),
    }
}
