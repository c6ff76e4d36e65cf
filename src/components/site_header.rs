//! What is on top of every page: the name, the ways to the other pages, how the connection is. index.html shows the same
//! before the site has started.

use super::connection_pill::connection_pill;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::routes::Route;
use crate::state::live::Link;

/// The header: `route` is the page that is shown; an admin and a member are shown the ways
/// to theirs; `account` says who they are, or lets them sign in; `heard` is the time that what is
/// shown is from; `on_try` is told to connect now.
pub(crate) fn site_header(
    route: ReadSignal<Route>,
    is_admin: impl Fn() -> bool + 'static,
    is_member: impl Fn() -> bool + 'static,
    account: Element,
    link: ReadSignal<Link>,
    heard: impl Fn() -> String + Copy + 'static,
    on_try: impl Fn() + Copy + 'static,
) -> Element {
    let entry = move |to: Route, text: &str| {
        let address = to.to_string();
        let current = move || route.with(|route| *route == to).then(|| "page".to_owned());
        el("a").set("href", &address).live("aria-current", current).text(text)
    };
    let name = el_class("a", "site-name")
        .set("href", "/")
        .child(el_class("span", "site-ball").set("aria-hidden", "true"))
        .text("Rally");
    let pages = el("nav")
        .set("aria-label", "Pages")
        .child(entry(Route::Tables, "Tables"))
        .child(entry(Route::Rooms, "Rooms"))
        .child(entry(Route::Items, "Items"))
        .child(entry(Route::Factories, "Factories"))
        .when(is_member, move || entry(Route::Questions, "Questions"))
        .child(entry(Route::Settings, "Settings"))
        .when(is_admin, move || entry(Route::Admin, "Admin"));
    el_class("header", "site-header")
        .child(name)
        .child(pages)
        .child(account)
        .child(connection_pill(link, heard, on_try))
}
