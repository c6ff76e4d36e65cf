//! A part of the page that is made anew when what it depends on changes.

use std::cell::RefCell;
use std::rc::Rc;

use crate::reactive::*;

use web_sys::Node;

use super::{Element, document};

/// What is shown, and the owner of the signals and effects that were made with it: both end together.
pub(super) struct Shown {
    owner: Owner,
    pub(super) element: Option<web_sys::Element>,
}

impl Shown {
    /// Makes something that `owner` is to own. Making reads signals, but is not done again when they change.
    pub(super) fn make(owner: Owner, make: &dyn Fn() -> Option<Element>) -> Self {
        let element = owner.with(|| untrack(make)).map(|element| element.0);
        Self { owner, element }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.owner.cleanup();
        if let Some(element) = self.element.take() {
            element.remove();
        }
    }
}

/// A place in an element.
struct Part {
    /// An empty text, before which it is shown.
    place: Node,
    parent: Owner,
    shown: Option<Shown>,
}

impl Part {
    fn at_end_of(element: &Element) -> Self {
        let place = document().create_text_node("");
        element.append(&place);
        Self { place: place.into(), parent: Owner::current().unwrap_or_default(), shown: None }
    }

    fn replace(&mut self, make: &dyn Fn() -> Option<Element>) {
        self.shown = None;
        let shown = Shown::make(self.parent.child(), make);
        if let (Some(element), Some(around)) = (&shown.element, self.place.parent_node()) {
            // It fails only where a node would be put into itself.
            _ = around.insert_before(element, Some(&self.place));
        }
        self.shown = Some(shown);
    }
}

impl Element {
    /// Puts a part at the end that is made anew, by `make`, whenever `key` says something else.
    pub(crate) fn part<K: PartialEq + 'static>(
        self,
        key: impl Fn() -> K + 'static,
        make: impl Fn(&K) -> Option<Self> + 'static,
    ) -> Self {
        // What depends on the kind of key is as little as can be: the rest is there once.
        let known = Rc::new(RefCell::new(None::<K>));
        let held = Rc::clone(&known);
        let is_new = move || {
            let next = Some(key());
            let is_new = *held.borrow() != next;
            if is_new {
                held.replace(next);
            }
            is_new
        };
        self.part_boxed(Box::new(is_new), Box::new(move || known.borrow().as_ref().and_then(&make)))
    }

    fn part_boxed(self, is_new: Box<dyn Fn() -> bool>, make: Box<dyn Fn() -> Option<Self>>) -> Self {
        let mut part = Part::at_end_of(&self);
        follow(move || {
            if is_new() {
                part.replace(&*make);
            }
        });
        self
    }

    /// Puts a part at the end that is there as long as `condition` holds.
    pub(crate) fn when(self, condition: impl Fn() -> bool + 'static, make: impl Fn() -> Self + 'static) -> Self {
        self.part(condition, move |holds| holds.then(&make))
    }
}
