//! The heading of a page: takes the focus after a navigation, so that a screen reader reads the new page from its beginning.

use leptos::html;
use leptos::prelude::*;

use crate::platform::{focus, page, scroll};

/// Whether a page has been shown: the first one leaves the focus where the browser puts it.
#[derive(Clone, Copy)]
struct HasNavigated(StoredValue<bool>);

/// Makes page headings take the focus from the second page on. To be called once, by the app.
pub(crate) fn provide_navigation_focus() {
    provide_context(HasNavigated(StoredValue::new(false)));
}

/// To be called while another page is made: if the focus is lost once it is shown, because what had it belonged to the page before, the
/// page's content gets it until there is a heading. The first page leaves it where the browser puts it.
pub(crate) fn hold_navigation_focus() {
    if use_context::<HasNavigated>().is_some_and(|HasNavigated(navigated)| navigated.get_value()) {
        focus::rescue_in_place("#content");
    }
}

/// The page's heading, and what stands beside it.
#[component]
pub(crate) fn PageHeading(
    /// What the page is called.
    #[prop(into)]
    title: Signal<String>,
    /// What stands beside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    let navigated = use_context::<HasNavigated>();
    heading.on_load(move |heading| {
        let is_first = navigated.is_none_or(|HasNavigated(navigated)| {
            !navigated.try_update_value(|value| std::mem::replace(value, true)).unwrap_or_default()
        });
        if is_first {
            scroll::restore();
        } else {
            page::after_render(move || {
                focus::focus_in_place(&heading);
                scroll::restore();
            });
        }
    });
    view! {
        <div class="page-head">
            <h1 tabindex="-1" dir="auto" node_ref=heading>{title}</h1>
            {children.map(|children| children())}
        </div>
    }
}

/// Sets the title in the browser's tab: “{title} · Rally”.
#[component]
pub(crate) fn PageTitle(
    /// The title of the page; no page is called only “Rally”.
    #[prop(into)]
    title: Signal<String>,
) -> impl IntoView {
    Effect::new(move |_| {
        title.with(|title| match title.as_str() {
            "" => page::set_title("Rally"),
            title => page::set_title(&[title, " · Rally"].concat()),
        });
    });
}
