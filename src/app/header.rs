//! The header: the site's name, the way to its sections, the user, the connection. index.html shows the same before the application starts.

use leptos::prelude::*;

use super::account_corner::AccountCorner;
use super::connection_pill::ConnectionPill;
use super::texts;
use crate::auth::Session;
use crate::routes::Path;

/// The header.
#[component]
pub(super) fn Header(
    /// The page that is shown.
    path: Memo<Option<Path>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let entry = move |to: Path, text: &'static str| {
        let href = to.to_string();
        let current = move || path.with(|path| path.as_ref() == Some(&to)).then_some("page");
        view! { <a href=href aria-current=current>{text}</a> }.into_any()
    };
    view! {
        <header class="site-header">
            <a class="site-name" href="/"><span class="site-ball" aria-hidden="true"></span>"Rally"</a>
            <nav aria-label=texts::PAGES>
                {entry(Path::Tables, texts::TABLES)}
                {entry(Path::Rooms, texts::ROOMS)}
                {entry(Path::Items, texts::ITEMS)}
                {entry(Path::Factories, texts::FACTORIES)}
                {move || session.member().is_some().then(|| entry(Path::Questions, texts::QUESTIONS))}
                {entry(Path::Settings, texts::SETTINGS)}
                {move || session.is_admin().then(|| entry(Path::Admin, texts::ADMIN))}
            </nav>
            <AccountCorner/>
            <ConnectionPill/>
        </header>
    }
}
