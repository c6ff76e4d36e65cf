//! The service worker, the permission to show notifications, and the push subscription. Hand-written: no library wraps the Push API
//! in Rust, and registration is a chunk of its own (4.8 KB) outside the first load.

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
    /// The user has not answered the permission prompt.
    Unasked,
    /// It may.
    Granted,
    /// It may not, and the browser does not prompt again.
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

/// Opens the permission prompt. Browsers require a click before.
pub(crate) async fn request_permission() -> Permission {
    if let Ok(asked) = Notification::request_permission() {
        _ = JsFuture::from(asked).await;
    }
    permission()
}

/// Calls `on_message` with what the service worker sends, as JSON, while the site is open. It returns whether the message was shown to
/// the user, and this is sent back to the worker.
pub(crate) fn listen(on_message: impl Fn(String) -> bool + 'static) {
    let Some(workers) = workers() else { return };
    let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string().is_some_and(&on_message)
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
            unsubscribe().await;
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
pub(crate) async fn unsubscribe() {
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
