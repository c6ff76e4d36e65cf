//! Every page with only the keyboard: the Tab key reaches all controls, on screen and with a visible focus, and is never trapped.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::sign_in;
use test_support::rooms::{continents, primes};
use test_support::server::Server;

const TAB: &str = "\u{e004}";

/// No page of the tests has more focusable elements than this.
const MOST_PLACES: usize = 160;

/// Numbers all controls, and lists those that Tab must reach: of the radio buttons of one group, and of the tabs of one tab list, one
/// is enough.
const PLACES: &str = "(() => {
    const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && one.getClientRects().length > 0;
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')]
        .filter((one) => seen(one) && !one.matches(':disabled') && !one.closest('[inert]'));
    all.forEach((one, place) => { one.dataset.place = String(place); });
    window.placeOf = (one) => one.type === 'radio' ? 'radio ' + one.name
        : one.getAttribute('role') === 'tab' ? 'tabs ' + one.closest('[role=tablist]').getAttribute('aria-label') : one.dataset.place;
    return all.map((one) => [window.placeOf(one), one.outerHTML.slice(0, 160)]);
})()";

/// The focused element: its number in that list, its group, and errors in how it is shown.
const FOCUSED: &str = "(() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    const around = one.closest('label, li, fieldset') ?? one;
    const isMarked = (of) => { const style = getComputedStyle(of); return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; };
    const faults = [];
    if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) faults.push('out of sight');
    const [x, y] = [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2];
    const top = document.elementFromPoint(x, y);
    if (faults.length === 0 && top && style.pointerEvents !== 'none' && !one.contains(top) && !top.contains(one) && !around.contains(top))
        faults.push('covered by ' + top.outerHTML.slice(0, 80));
    if (!isMarked(one) && !isMarked(around)) faults.push('no visible focus');
    return [window.placeOf(one) ?? null, faults.join(', '), one.outerHTML.slice(0, 160)];
})()";

/// Tabs through the open page, and adds its errors; `what` names the page in them.
async fn walk(browser: &Browser, what: &str, found: &mut Vec<String>) {
    browser.wait_for("a heading", "document.querySelector('main h1') && !document.querySelector('#shell')").await;
    browser.wait_for("what is asked for", "!document.querySelector('[aria-busy=\"true\"], .skeleton')").await;
    let places = browser.value(PLACES).await;
    let mut wanted: Vec<(String, String)> =
        places.as_array().into_iter().flatten().map(|place| (text(&place[0]), text(&place[1]))).collect();
    let mut faults = Vec::new();
    let mut first = None;
    for _ in 0..MOST_PLACES {
        browser.press(TAB).await;
        let focused = browser.value(FOCUSED).await;
        if focused.is_null() {
            // After the last element the body has the focus, and then the first element again.
            continue;
        }
        let (group, fault, html) = (text(&focused[0]), text(&focused[1]), text(&focused[2]));
        if first.as_ref() == Some(&html) {
            break;
        }
        first.get_or_insert_with(|| html.clone());
        if !fault.is_empty() {
            faults.push(format!("{fault}: {html}"));
        }
        wanted.retain(|(known, _)| *known != group);
    }
    faults.extend(wanted.into_iter().map(|(_, html)| format!("not reached: {html}")));
    found.extend(faults.into_iter().map(|fault| format!("{what}: {fault}")));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_gone_through_with_the_keyboard_alone() {
    let server = Server::start().await;
    let api = server.api();
    for (id, name) in [("lobby", "Lobby"), ("basement", "Basement")] {
        api.register(id, name).await;
        api.report(id, id == "lobby").await;
    }
    for number in 0..3 {
        let (path, body) = (format!("/v1/items/vehicle:{number}"), json!({"value": {"battery": 80}}));
        assert_eq!(api.call_with(Method::PUT, &path, &body).await.status, 200);
    }
    let ada = server.member("Ada").await;
    let (first, second) = (ada.question(&continents()).await, ada.question(&primes()).await);
    let room = ada.room("Biology", true).await;
    ada.api.call_with(Method::PUT, &room.path("/run-list"), &json!({"questions": [first, second]})).await;
    room.pick(&continents()).await;
    let own = format!("/rooms/{}", room.id);
    let mut found = Vec::new();
    for screen in [Screen::DESK, Screen::PHONE] {
        // A user at the server's machine is an admin.
        let visitor = Browser::start(screen).await;
        for path in ["/", "/tables/lobby", "/rooms", "/items", "/items/vehicle:1", "/factories", "/admin", "/settings"]
        {
            visitor.open(&format!("{}{path}", server.address())).await;
            walk(&visitor, &format!("{path} on {screen:?}"), &mut found).await;
        }
        RoomPage::invited(&visitor, &server, &room).await;
        walk(&visitor, &format!("the entrance of a room on {screen:?}"), &mut found).await;
        let page = RoomPage::on(&visitor);
        page.join(if screen == Screen::DESK { "Eve" } else { "Bo" }).await;
        page.wait_for_pick(1, "open").await;
        walk(&visitor, &format!("a room on {screen:?}"), &mut found).await;
        visitor.quit().await;
        let host = Browser::start(screen).await;
        sign_in(&host, &server, "/settings", "Ada").await;
        for path in ["/rooms", "/questions", "/settings", &format!("{own}/control"), &format!("{own}/screen")] {
            host.open(&format!("{}{path}", server.address())).await;
            walk(&host, &format!("{path} on {screen:?}, signed in"), &mut found).await;
        }
        host.quit().await;
    }
    assert!(found.is_empty(), "{found:#?}");
}
