//! The header: the site's name, the way to its sections, the user. At the side of a desk's screen; on a phone a bar at the top, and the
//! sections in one at the bottom. index.html shows the same before the application starts.

use leptos::prelude::*;

use super::account_corner::AccountCorner;
use super::jump::Jump;
use super::sections::{ADMIN, SECTIONS, Section};
use super::texts;
use crate::auth::Session;
use crate::paths::Path;
use crate::ui::{MenuEntries, Popover};

/// The header.
#[component]
pub(super) fn Header(
    /// The page that is shown.
    path: Memo<Option<Path>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let jump = expect_context::<Jump>();
    let is_admin = Memo::new(move |_| session.is_admin());
    let is_in_more = move || {
        let shown = path.get();
        let mut more = SECTIONS.into_iter().chain([ADMIN]).filter(|section| section.is_more);
        shown.is_some_and(|page| more.any(|section| section.holds(&page))).then_some("true")
    };
    view! {
        <header class="site-header">
            <a class="site-name" href="/"><span class="site-ball" aria-hidden="true"></span><span>"Rally"</span></a>
            <nav class="site-nav" aria-label=texts::PAGES>
                {SECTIONS.map(|section| view! { <Entry section path class="nav-entry"/> }).collect_view()}
                {move || is_admin.get().then(|| view! { <Entry section=ADMIN path class="nav-entry"/> })}
                <Popover class="nav-entry nav-more" current=Signal::derive(is_in_more) button=|| view! { <span class="nav-icon" data-icon="more" aria-hidden="true"></span>{texts::MORE} }>
                    <MenuEntries>
                        {SECTIONS.into_iter().filter(|section| section.is_more).map(|section| view! { <Entry section path class="menu-entry"/> }).collect_view()}
                        {move || is_admin.get().then(|| view! { <Entry section=ADMIN path class="menu-entry"/> })}
                    </MenuEntries>
                </Popover>
            </nav>
            <button type="button" class="jump-button" aria-label=texts::JUMP aria-haspopup="dialog" on:click=move |_| jump.open()>
                <span class="nav-icon" data-icon="search" aria-hidden="true"></span>
                <span>{texts::JUMP}</span>
                <kbd aria-hidden="true">"Ctrl K"</kbd>
            </button>
            <AccountCorner/>
        </header>
    }
}

#[component]
fn Entry(section: Section, path: Memo<Option<Path>>, class: &'static str) -> impl IntoView {
    // The page itself, or one within the section.
    let current = move || match path.get() {
        Some(page) if page == (section.path)() => Some("page"),
        Some(page) if section.holds(&page) => Some("true"),
        _ => None,
    };
    view! {
        <a class=class href=(section.path)().to_string() data-more=section.is_more.then_some("") aria-current=current>
            <span class="nav-icon" data-icon=section.icon aria-hidden="true"></span>
            {section.text}
        </a>
    }
    .into_any()
}
