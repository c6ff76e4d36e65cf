//! Mutual exclusion between the tabs of this site (Web Locks API). By name, since web-sys has the API only behind a flag for the
//! whole build.

use std::future::Future;
use std::pin::Pin;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// Runs `work` while no other tab runs any under this name. Where a browser has no locks, as on plain HTTP from another machine,
/// it runs at once.
pub(crate) async fn exclusive(name: &str, work: Pin<Box<dyn Future<Output = ()>>>) {
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

fn locks() -> Option<(JsValue, Function)> {
    let navigator = super::window()?.navigator();
    let manager = Reflect::get(&navigator, &"locks".into()).ok().filter(|locks| !locks.is_undefined())?;
    let request = Reflect::get(&manager, &"request".into()).ok()?.dyn_into().ok()?;
    Some((manager, request))
}
