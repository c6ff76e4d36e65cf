//! What the tabs of this site do together: tell each other something, and take turns. Never knows what about.

use std::future::Future;
use std::pin::Pin;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{BroadcastChannel, MessageEvent};

/// A way to all other tabs.
pub(crate) struct Tabs {
    channel: Option<BroadcastChannel>,
}

impl Tabs {
    /// Hears what other tabs tell under this name, for as long as the site is open.
    pub(crate) fn listen(name: &str, tell: impl Fn(String) + 'static) -> Self {
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                event.data().as_string().into_iter().for_each(&tell);
            });
            channel.set_onmessage(Some(handler.as_ref().unchecked_ref()));
            handler.forget();
        }
        Self { channel }
    }

    /// Tells all other tabs.
    pub(crate) fn tell(&self, text: &str) {
        if let Some(channel) = &self.channel {
            _ = channel.post_message(&text.into());
        }
    }
}

/// Does `work` while no other tab does any under this name (Web Locks API). Where a browser has no locks, which is so on
/// plain HTTP from another machine, it is done at once.
pub(crate) async fn in_turn(name: &str, work: Pin<Box<dyn Future<Output = ()>>>) {
    let Some((manager, request)) = locks() else { return work.await };
    let mut work = Some(work);
    let held = Closure::<dyn FnMut() -> Promise>::new(move || match work.take() {
        Some(work) => future_to_promise(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        }),
        None => Promise::resolve(&JsValue::UNDEFINED),
    });
    let promise = request.call2(&manager, &name.into(), held.as_ref().unchecked_ref());
    if let Ok(promise) = promise.map(JsCast::unchecked_into::<Promise>) {
        _ = JsFuture::from(promise).await;
    }
}

/// By name, since web-sys does not have them yet without a flag for the whole build.
fn locks() -> Option<(JsValue, Function)> {
    let navigator = super::window()?.navigator();
    let manager = Reflect::get(&navigator, &"locks".into()).ok().filter(|locks| !locks.is_undefined())?;
    let request = Reflect::get(&manager, &"request".into()).ok()?.dyn_into().ok()?;
    Some((manager, request))
}
