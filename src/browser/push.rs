//! The service worker, the permission to show notifications, and the push subscription. Never decides when to ask.

use js_sys::{JSON, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageEvent, MessagePort, Notification, NotificationPermission, PushSubscription, PushSubscriptionOptionsInit,
    ServiceWorkerContainer, ServiceWorkerRegistration,
};

/// The service worker's file.
const WORKER: &str = "/sw.js";

/// Whether this browser may show notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// It cannot, or not on this page: it came over plain HTTP, or the site must be installed first.
    Unsupported,
    /// Nobody has been asked.
    Unasked,
    /// It may.
    Granted,
    /// It may not, and will not ask again.
    Denied,
}

/// Whether this browser may show notifications.
pub(crate) fn permission() -> Permission {
    if !is_supported() {
        return Permission::Unsupported;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Denied => Permission::Denied,
        _ => Permission::Unasked,
    }
}

/// Asks the person. Browsers want that to come of a click.
pub(crate) async fn ask() -> Permission {
    if let Ok(asked) = Notification::request_permission() {
        _ = JsFuture::from(asked).await;
    }
    permission()
}

/// Hears what the service worker tells the page, as JSON, for as long as the site is open. `tell` says whether it has been shown, which
/// the worker is told.
pub(crate) fn listen(tell: impl Fn(String) -> bool + 'static) {
    let Some(workers) = workers() else { return };
    let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string().is_some_and(&tell)
            && let Ok(port) = event.ports().get(0).dyn_into::<MessagePort>()
        {
            _ = port.post_message(&true.into());
        }
    });
    workers.set_onmessage(Some(handler.as_ref().unchecked_ref()));
    handler.forget();
}

/// Subscribes with the server's key, or goes on with the subscription that there is: gives it as JSON. `None` if the
/// browser has no push service, or it is out of reach.
pub(crate) async fn subscribe(key: &str) -> Option<String> {
    let registration = register().await?;
    let manager = registration.push_manager().ok()?;
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key_opt_str(Some(key));
    let subscription = match JsFuture::from(manager.subscribe_with_options(&options).ok()?).await {
        Ok(subscription) => subscription,
        Err(_) => {
            // The server has another key than when this browser subscribed: that subscription is of no use.
            end().await;
            JsFuture::from(manager.subscribe_with_options(&options).ok()?).await.ok()?
        }
    };
    let json = JSON::stringify(&subscription).ok().map(String::from)?;
    if let Some(worker) = registration.active() {
        _ = worker.post_message(&"subscribed".into());
    }
    Some(json)
}

/// Ends the subscription, if there is one.
pub(crate) async fn end() {
    let Some(workers) = workers() else { return };
    let Ok(found) = JsFuture::from(workers.get_registration()).await else { return };
    let Ok(registration) = found.dyn_into::<ServiceWorkerRegistration>() else { return };
    let Some(asked) = registration.push_manager().ok().and_then(|manager| manager.get_subscription().ok()) else {
        return;
    };
    if let Ok(subscription) = JsFuture::from(asked).await.and_then(JsCast::dyn_into::<PushSubscription>)
        && let Ok(ended) = subscription.unsubscribe()
    {
        _ = JsFuture::from(ended).await;
    }
}

/// The name of the time zone (IANA); empty if the browser does not know it.
pub(crate) fn time_zone() -> String {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    let zone = Reflect::get(&format.resolved_options(), &"timeZone".into()).ok();
    zone.and_then(|zone| zone.as_string()).unwrap_or_default()
}

async fn register() -> Option<ServiceWorkerRegistration> {
    let workers = workers()?;
    JsFuture::from(workers.register(WORKER)).await.ok()?;
    // A subscription needs a worker that is at work.
    JsFuture::from(workers.ready().ok()?).await.ok()?.dyn_into().ok()
}

fn is_supported() -> bool {
    let has = |name: &str| super::window().is_some_and(|window| Reflect::has(&window, &name.into()).unwrap_or(false));
    workers().is_some() && has("PushManager") && has("Notification")
}

/// There are none on a page that came over plain HTTP from another machine, whatever the type says.
fn workers() -> Option<ServiceWorkerContainer> {
    let navigator: JsValue = super::window()?.navigator().into();
    Reflect::get(&navigator, &"serviceWorker".into()).ok()?.dyn_into().ok()
}
