//! The largest font size that fits a box, found by measuring.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, ResizeObserver};

use super::page::after_render;

/// The factors of the type's size that are tried: hundredths, the biggest first.
const BIGGEST: u32 = 100;
/// The smallest one: below it no one can read it, and the box scrolls.
const SMALLEST: u32 = 12;

/// Sets `--fit` on each box to the biggest factor with which its content fits into it: when `track` is notified, and when the element around
/// them changes its size. In their order, since the first takes room from the next.
pub(crate) fn use_fit<const COUNT: usize>(boxes: [NodeRef<html::Div>; COUNT], track: impl Fn() + 'static) {
    let measure = move || {
        after_render(move || {
            for node in boxes {
                if let Some(Some(element)) = node.try_get_untracked() {
                    fit(element.unchecked_ref());
                }
            }
        });
    };
    Effect::new(move |_| {
        track();
        measure();
    });
    let on_resize = Closure::<dyn Fn()>::new(measure);
    // It fails in no browser that runs the site.
    let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok();
    let observed = StoredValue::new_local(observer.map(|observer| (observer, on_resize)));
    Effect::new(move |_| {
        let around = boxes.first().and_then(|node| node.get()).and_then(|element| element.parent_element());
        observed.with_value(|observed| {
            if let Some(((observer, _), around)) = observed.as_ref().zip(around) {
                observer.observe(&around);
            }
        });
    });
    on_cleanup(move || {
        if let Some(Some((observer, _))) = observed.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
}

/// Finds the factor by halving what is left to try.
fn fit(element: &HtmlElement) {
    let style = element.style();
    let fits = |factor: u32| {
        // It fails only for a style that cannot be changed.
        _ = style.set_property("--fit", &format!("{}", f64::from(factor) / 100.0));
        element.scroll_height() <= element.client_height() && element.scroll_width() <= element.client_width()
    };
    if fits(BIGGEST) {
        return;
    }
    let (mut good, mut bad) = (SMALLEST, BIGGEST);
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if fits(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    _ = fits(good);
}
