//! Leptos's reactive system, as this site uses it: signals, what follows them, and which part of the page owns them.
//!
//! Its core alone, without Leptos's `view!`: that makes code for each kind of element, attribute and closure, where
//! `browser/element` has one copy for all, and a page comes to a third of the size.

mod cell;
mod signal;

pub(crate) use reactive_graph::graph::untrack;
pub(crate) use reactive_graph::owner::{Owner, on_cleanup};
pub(crate) use signal::{ReadSignal, RwSignal, StoredValue};

use any_spawner::Executor;
use reactive_graph::effect::RenderEffect;

/// Runs `work` now, and again whenever a signal that it has read changes, for as long as the part of the page is there
/// that is being made.
pub(crate) fn follow(work: impl FnMut() + 'static) {
    // Boxed, so that what drives it is there once, not once for each kind of work.
    let mut work: Box<dyn FnMut()> = Box::new(work);
    let effect = RenderEffect::new(move |_: Option<()>| work());
    // It ends with its owner, which is that part of the page.
    StoredValue::new(effect);
}

/// Does `work` as the owner of all that it makes, for as long as the site is open.
pub(crate) fn start(work: impl FnOnce()) {
    // It fails only where there is an executor already.
    _ = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    owner.with(work);
    std::mem::forget(owner);
}
