//! Elements of the page, and how they are kept in step with signals. Never knows what they are for.

use crate::reactive::*;

mod list;
mod part;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Document, Event, HtmlDialogElement, HtmlElement, HtmlInputElement, Node};

/// An element, and what is in it.
pub(crate) struct Element(web_sys::Element);

/// An element of HTML.
pub(crate) fn el(name: &str) -> Element {
    Element(document().create_element(name).unwrap_or_else(|_| unreachable!("{name} is the name of an element")))
}

/// An element of HTML that has a class of the style sheet.
pub(crate) fn el_class(name: &str, class: &str) -> Element {
    el(name).set("class", class)
}

/// An element of SVG.
pub(crate) fn svg(name: &str) -> Element {
    let made = document().create_element_ns(Some("http://www.w3.org/2000/svg"), name);
    Element(made.unwrap_or_else(|_| unreachable!("{name} is the name of an element")))
}

/// What stays as it is.
impl Element {
    /// Sets an attribute.
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        set(&self.0, name, Some(value));
        self
    }

    /// Puts a text at the end.
    pub(crate) fn text(self, text: &str) -> Self {
        self.append(&document().create_text_node(text));
        self
    }

    /// Puts an element at the end.
    pub(crate) fn child(self, child: Self) -> Self {
        self.append(&child.0);
        self
    }

    /// Puts elements at the end.
    pub(crate) fn children(self, children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// Holds this HTML, which the server has sanitized; nothing else may be put here.
    pub(crate) fn sanitized_html(self, html: &str) -> Self {
        self.0.set_inner_html(html);
        self
    }

    fn append(&self, node: &Node) {
        // It fails only where a node would be put into itself.
        _ = self.0.append_child(node);
    }
}

/// What is kept in step.
impl Element {
    /// Puts a text at the end that is always what `text` says.
    pub(crate) fn live_text(self, text: impl Fn() -> String + 'static) -> Self {
        self.live_text_boxed(Box::new(text))
    }

    fn live_text_boxed(self, text: Box<dyn Fn() -> String>) -> Self {
        let node = document().create_text_node("");
        self.append(&node);
        let mut shown = String::new();
        follow(move || {
            let next = text();
            if next != shown {
                node.set_node_value(Some(&next));
                shown = next;
            }
        });
        self
    }

    /// Has an attribute that is always what `value` says; none is no attribute.
    pub(crate) fn live(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.live_boxed(name, Box::new(value))
    }

    fn live_boxed(self, name: &'static str, value: Box<dyn Fn() -> Option<String>>) -> Self {
        let (element, mut shown) = (self.0.clone(), None);
        follow(move || {
            let next = value();
            if next != shown {
                set(&element, name, next.as_deref());
                shown = next;
            }
        });
        self
    }

    /// Has an attribute that is there, without a value, as long as `value` is true.
    pub(crate) fn live_flag(self, name: &'static str, value: impl Fn() -> bool + 'static) -> Self {
        self.live(name, move || value().then(String::new))
    }

    /// An input in which `text` is typed, and which shows what else becomes of it.
    pub(crate) fn typed(self, text: RwSignal<String>) -> Self {
        let input = self.0.clone().unchecked_into::<HtmlInputElement>();
        let source = input.clone();
        follow(move || {
            let next = text.get();
            // Setting what is there already would move the cursor.
            if next != input.value() {
                input.set_value(&next);
            }
        });
        self.on("input", move || text.set(source.value()))
    }

    /// An input that is ticked as long as `ticked` says so; `tell` hears what a person makes of it.
    pub(crate) fn ticked(self, ticked: impl Fn() -> bool + 'static, tell: impl Fn(bool) + 'static) -> Self {
        let input = self.0.clone().unchecked_into::<HtmlInputElement>();
        let source = input.clone();
        follow(move || input.set_checked(ticked()));
        self.on("change", move || tell(source.checked()))
    }

    /// A dialog that is open, over everything else, as long as `open` says so.
    pub(crate) fn opened(self, open: RwSignal<bool>) -> Self {
        let dialog = self.0.clone().unchecked_into::<HtmlDialogElement>();
        follow(move || {
            if !open.get() {
                dialog.close();
            } else if !dialog.open() {
                // It fails only before the dialog is on the page, and nobody opens it before they see the page.
                _ = dialog.show_modal();
            }
        });
        self.on("close", move || open.set(false))
    }

    /// A choice in which `value` is chosen, and which tells what a person chooses.
    pub(crate) fn selected(self, value: impl Fn() -> String + 'static, tell: impl Fn(String) + 'static) -> Self {
        // A select has the value of an input.
        let input = self.0.clone().unchecked_into::<HtmlInputElement>();
        let source = input.clone();
        follow(move || input.set_value(&value()));
        self.on("change", move || tell(source.value()))
    }

    /// Gives it the focus, once it is on the page.
    pub(crate) fn focused(self) -> Self {
        let element = self.0.clone().unchecked_into::<HtmlElement>();
        super::page::after_changes(move || _ = element.focus());
        self
    }
}

/// What a person does with it.
impl Element {
    /// Does `work` at an event of this name.
    pub(crate) fn on(self, name: &'static str, work: impl Fn() + 'static) -> Self {
        self.on_boxed(name, Box::new(move |_| work()))
    }

    /// Does `work` when it is clicked.
    pub(crate) fn on_click(self, work: impl Fn() + 'static) -> Self {
        self.on("click", work)
    }

    /// Does `work` when the form is submitted, and sends it nowhere.
    pub(crate) fn on_submit(self, work: impl Fn() + 'static) -> Self {
        self.on_boxed(
            "submit",
            Box::new(move |event| {
                event.prevent_default();
                work();
            }),
        )
    }

    fn on_boxed(self, name: &'static str, work: Box<dyn Fn(Event)>) -> Self {
        let listener = Listener { element: self.0.clone(), name, work: Closure::wrap(work) };
        // Adding a listener cannot fail.
        _ = self.0.add_event_listener_with_callback(name, listener.work.as_ref().unchecked_ref());
        // Stored with the part of the page that is being made: it ends with it.
        StoredValue::new(listener);
        self
    }
}

/// Hears events until it is dropped. An input that leaves the page with the focus in it still tells a change: nobody is
/// there to hear it.
struct Listener {
    element: web_sys::Element,
    name: &'static str,
    work: Closure<dyn Fn(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Removing a listener cannot fail.
        _ = self.element.remove_event_listener_with_callback(self.name, self.work.as_ref().unchecked_ref());
    }
}

/// Puts elements at the end of the page, in place of what index.html has shown until now.
pub(crate) fn show(elements: Vec<Element>) {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    if let Some(body) = document().body() {
        Element(body.into()).children(elements);
    }
}

fn set(element: &web_sys::Element, name: &str, value: Option<&str>) {
    // Setting fails only for what cannot be the name of an attribute.
    _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

fn document() -> Document {
    let document = super::window().and_then(|window| window.document());
    document.unwrap_or_else(|| unreachable!("the site runs in a page"))
}
