//! What opens over the page beside a button and closes by itself: the browser closes it on Escape, on a press elsewhere, and when another
//! opens, and gives the focus back to its button.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use crate::platform::focus;

/// Counts popovers: the ids by which their buttons name them.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A button that opens something over the page. Its content is made when it opens, and may close it by [`Popup::close`].
#[component]
pub(crate) fn Popover(
    /// The class of the button.
    #[prop(into)]
    class: String,
    /// The button's name for assistive technology, if its content is no name.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// The button's `aria-current`.
    #[prop(optional, into)]
    current: Option<Signal<Option<&'static str>>>,
    /// What the button shows.
    #[prop(into)]
    button: ViewFn,
    /// Its content.
    children: ChildrenFn,
) -> impl IntoView {
    let popup = Popup { element: NodeRef::new(), is_open: RwSignal::new(false) };
    let id = format!("popover-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let on_toggle = move |_| popup.set_open(popup.is_shown());
    view! {
        <button
            type="button"
            class=class
            popovertarget=id.clone()
            aria-label=move || label.map(|label| label.get())
            aria-current=move || current.and_then(|current| current.get())
            aria-expanded=move || popup.is_open.get().to_string()
        >
            {button.run()}
        </button>
        <div class="popover" popover="auto" id=id node_ref=popup.element on:beforetoggle=move |_: web_sys::Event| popup.set_open(true) on:toggle=on_toggle>
            {
                move || {
                    popup.is_open.get().then(|| {
                        provide_context(popup);
                        children()
                    })
                }
            }
        </div>
    }
}

/// The popover that surrounds a component, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Popup {
    element: NodeRef<html::Div>,
    is_open: RwSignal<bool>,
}

impl Popup {
    /// Closes it; the focus goes back to its button.
    pub(crate) fn close(self) {
        if let Some(element) = self.element.get_untracked() {
            // It fails only if it is closed.
            _ = element.hide_popover();
        }
    }

    /// Only a change renders the content: made anew under the focus, it would lose it.
    fn set_open(self, is_open: bool) {
        if self.is_open.get_untracked() != is_open {
            self.is_open.set(is_open);
        }
    }

    fn is_shown(self) -> bool {
        self.element.get_untracked().is_some_and(|element| element.matches(":popover-open").unwrap_or_default())
    }
}

/// A button with three dots that opens a list of buttons and links: what is not needed often. Choosing one closes it; arrows go through
/// them.
#[component]
pub(crate) fn Menu(
    /// What the button is called: “More about Lobby”.
    #[prop(into)]
    label: Signal<String>,
    /// The buttons and links, each with the class `menu-entry`.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <Popover class="menu-button" label button=|| view! { <span aria-hidden="true">"⋯"</span> }>
            <MenuEntries>{children.with_value(|children| children())}</MenuEntries>
        </Popover>
    }
}

/// The entries of a menu, in the popover that surrounds them.
#[component]
pub(crate) fn MenuEntries(
    /// The buttons and links.
    children: Children,
) -> impl IntoView {
    let popup = expect_context::<Popup>();
    let choose = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if target.is_some_and(|target| target.closest(ENTRIES).is_ok_and(|entry| entry.is_some())) {
            popup.close();
        }
    };
    let walk = move |event: KeyboardEvent| {
        let forward = match event.key().as_str() {
            "ArrowDown" => true,
            "ArrowUp" => false,
            _ => return,
        };
        if focus::move_among(ENTRIES, forward) {
            event.prevent_default();
        }
    };
    view! { <div class="menu" on:click=choose on:keydown=walk>{children()}</div> }
}

/// The entries of the menu that is open: only one can be.
const ENTRIES: &str = ".popover:popover-open .menu-entry";
