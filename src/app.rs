//! The site as a whole: what all pages share, and which page is shown.

use domain::wire::settings::Settings;

use crate::browser::element::{Element, el, el_class};
use crate::browser::{navigation, page};
use crate::components::account::account;
use crate::components::action_button::{Look, action_button, failure};
use crate::components::dialog::dialog;
use crate::components::message::message;
#[cfg(any(feature = "front", feature = "office"))]
use crate::components::ring_question::ring_question;
use crate::components::site_header::site_header;
#[cfg(feature = "desk")]
use crate::pages::admin::admin_page;
#[cfg(feature = "desk")]
use crate::pages::control::control_page;
#[cfg(feature = "office")]
use crate::pages::factories::factories_page;
#[cfg(feature = "office")]
use crate::pages::item::item_page;
#[cfg(feature = "office")]
use crate::pages::items::items_page;
#[cfg(feature = "front")]
use crate::pages::not_found::not_found_page;
#[cfg(feature = "desk")]
use crate::pages::questions::questions_page;
#[cfg(feature = "front")]
use crate::pages::room::room_page;
#[cfg(feature = "front")]
use crate::pages::rooms::rooms_page;
#[cfg(feature = "desk")]
use crate::pages::screen::screen_page;
#[cfg(feature = "office")]
use crate::pages::settings::settings_page;
#[cfg(feature = "front")]
use crate::pages::signed_in::signed_in_page;
#[cfg(feature = "front")]
use crate::pages::table::table_page;
#[cfg(feature = "front")]
use crate::pages::tables::tables_page;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::Shared;
use crate::state::attempt::Attempt;
#[cfg(feature = "office")]
use crate::state::item_news;
use crate::state::live::{Link, Live};
use crate::state::news::News;
use crate::state::notices::Notices;
#[cfg(any(feature = "front", feature = "office"))]
use crate::state::notifications::Notifications;
use crate::state::session::Session;
use crate::state::theme::ThemeChoice;
use crate::state::ticking::{Clock, local};

/// The site, with what this deployment has set.
pub(crate) fn app(settings: &Settings) -> Vec<Element> {
    let route = follow_address();
    let live = Live::start(settings, route.with_untracked(Route::is_personal));
    let (clock, news, session, theme) = (Clock::start(), News::new(), Session::start(settings), ThemeChoice::load());
    let notices = Notices::start(news);
    let shared = Shared {
        clock,
        live,
        news,
        #[cfg(any(feature = "front", feature = "office"))]
        notifications: Notifications::start(session, notices),
        session,
        theme,
    };
    follow_person(shared, route);

    let link = live.link(clock.now());
    let is_stale = move || matches!(link.get(), Link::Waiting(_) | Link::Reconnecting | Link::Offline);
    let heard = move || local(live.heard().get()).clock();
    let signing_in = Attempt::new();
    let sign_in = move || signing_in.run(session.sign_in());
    let name = move || session.member().map(|member| member.name.to_string());
    let corner = account(session.can_sign_in(), name, signing_in.progress(), sign_in);
    let is_member = move || session.member().is_some();
    let header = site_header(route, move || session.is_admin(), is_member, corner, link, heard, move || live.try_now());
    let is_bare = move || route.with(Route::is_bare);
    vec![
        el_class("a", "skip").set("href", "#content").text("Skip to the content"),
        el("div").live_flag("hidden", is_bare).child(header),
        el("main")
            .set("id", "content")
            .set("tabindex", "-1")
            .live_flag("data-stale", is_stale)
            .live_flag("data-bare", is_bare)
            .part(move || route.get(), move |route| Some(page_at(route, shared))),
        ended(session),
        message(notices.message()),
        #[cfg(any(feature = "front", feature = "office"))]
        rings(shared),
        el_class("p", "unseen").set("role", "status").live_text(move || news.sentence().get()),
    ]
}

fn follow_address() -> ReadSignal<Route> {
    let route = RwSignal::new(Route::parse(&navigation::path()));
    navigation::listen(move |path| {
        let next = Route::parse(&path);
        if next != route.get_untracked() {
            route.set(next);
            page::focus_heading();
        }
    });
    route.read_only()
}

/// Keeps the connection that of who looks, where the page depends on it.
fn follow_person(shared: Shared, route: ReadSignal<Route>) {
    let Shared { live, session, .. } = shared;
    follow(move || session.set_room(route.with(|route| route.room().cloned())));
    let mut shown = None;
    follow(move || {
        let is_personal = route.with(Route::is_personal);
        if !session.is_settled() {
            return;
        }
        let person = session.person().map(|person| person.id);
        // A page that is everybody's needs no other connection than there is; but who signs out is nobody at once.
        let next = if is_personal || person.is_none() { Some(person) } else { shown.clone() };
        if next.is_some() && next != shown {
            live.identify(next.clone().flatten());
            shown = next;
        }
    });
}

/// Asks those whose sign-in has ended to sign in again. The page stays as it is behind it.
fn ended(session: Session) -> Element {
    let signing_in = Attempt::new();
    dialog(session.over(), "Sign in again", move || {
        let later = el("button").set("type", "button").on_click(move || session.over().set(false)).text("Not now");
        let progress = signing_in.progress();
        el("form")
            .on_submit(move || signing_in.run(session.sign_in()))
            .child(el("h2").text("Your sign-in has ended"))
            .child(el("p").text("Sign in again to go on. You come back to this page, and what you have typed is kept."))
            .child(
                el_class("div", "actions")
                    .child(action_button(Look::Primary, "Sign in again", "One moment…", progress))
                    .child(later),
            )
            .child(failure(progress))
    })
}

/// The explanation before the browser asks; and what the browser cannot be rung for is told on the page.
#[cfg(any(feature = "front", feature = "office"))]
fn rings(shared: Shared) -> Element {
    let all = shared.notifications;
    let stand_in = move || {
        all.stand_in(shared.live);
        el("span")
    };
    let place = el("div");
    #[cfg(feature = "office")]
    let place = place.part(
        move || all.items_to_stand_in_for(),
        move |keys| {
            keys.iter().for_each(|key| item_news::stand_in(all, shared.live, key));
            None
        },
    );
    place
        .child(ring_question(all.explaining(), all.asking().progress(), move |ring| all.answer(ring)))
        .when(move || all.needs_standing_in(), stand_in)
}

fn page_at(route: &Route, shared: Shared) -> Element {
    match route {
        #[cfg(feature = "front")]
        Route::Tables => tables_page(shared),
        #[cfg(feature = "front")]
        Route::Table(id) => table_page(shared, id.clone()),
        #[cfg(feature = "front")]
        Route::Rooms => rooms_page(shared),
        #[cfg(feature = "front")]
        Route::Room(id) => room_page(shared, id.clone()),
        #[cfg(feature = "front")]
        Route::SignedIn => signed_in_page(shared),
        #[cfg(feature = "office")]
        Route::Settings => settings_page(shared),
        #[cfg(feature = "office")]
        Route::Items => items_page(shared),
        #[cfg(feature = "office")]
        Route::Item(key) => item_page(shared, key.clone()),
        #[cfg(feature = "office")]
        Route::Factories => factories_page(shared),
        #[cfg(feature = "front")]
        Route::NotFound => not_found_page(),
        #[cfg(feature = "desk")]
        Route::Control(id) => control_page(shared, id.clone()),
        #[cfg(feature = "desk")]
        Route::Screen(id) => screen_page(shared, id.clone()),
        #[cfg(feature = "desk")]
        Route::Questions => questions_page(shared),
        #[cfg(feature = "desk")]
        Route::Admin => admin_page(shared),
        #[cfg(not(all(feature = "front", feature = "desk", feature = "office")))]
        _ => in_other_document(),
    }
}

/// The page is in another of the site's documents: the browser gets it from the server.
#[cfg(not(all(feature = "front", feature = "desk", feature = "office")))]
fn in_other_document() -> Element {
    page::after_changes(|| navigation::leave(&navigation::path()));
    crate::pages::loading("Rally")
}
