//! A list that is kept in step with what there is: an item's element stays as long as the item does, so that the focus
//! stays in it and its transitions run.

use crate::reactive::*;

use std::collections::BTreeMap;

use super::Element;
use super::part::Shown;

struct Item<T: Send + Sync + 'static> {
    shown: Shown,
    value: RwSignal<T>,
}

impl Element {
    /// Holds one element, made by `make`, for each of `items`, which are told apart by their names. To be called on an
    /// element that holds nothing else.
    pub(crate) fn list<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        items: impl Fn() -> Vec<(String, T)> + 'static,
        make: impl Fn(ReadSignal<T>) -> Self + 'static,
    ) -> Self {
        let (around, parent) = (self.0.clone(), Owner::current().unwrap_or_default());
        let mut known: BTreeMap<String, Item<T>> = BTreeMap::new();
        follow(move || {
            let mut kept = BTreeMap::new();
            let mut elements = Vec::new();
            for (name, value) in items() {
                let item = match known.remove(&name) {
                    Some(item) => {
                        if item.value.with_untracked(|known| *known != value) {
                            item.value.set(value);
                        }
                        item
                    }
                    None => {
                        let owner = parent.child();
                        let value = owner.with(|| RwSignal::new(value));
                        Item { shown: Shown::make(owner, &|| Some(make(value.read_only()))), value }
                    }
                };
                elements.extend(item.shown.element.clone());
                kept.insert(name, item);
            }
            // What is no longer there goes before the rest is put in order.
            known = kept;
            order(&around, &elements);
        });
        self
    }
}

/// Puts elements in order, and leaves those alone that are where they belong: one that is moved loses the focus.
fn order(around: &web_sys::Element, elements: &[web_sys::Element]) {
    let mut place = around.first_element_child();
    for element in elements {
        if place.as_ref() == Some(element) {
            place = element.next_element_sibling();
        } else {
            // It fails only where a node would be put into itself.
            _ = around.insert_before(element, place.as_deref());
        }
    }
}
