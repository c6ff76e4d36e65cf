//! A list that is kept in step with what there is: an item's element stays as long as the item does, so that the focus
//! stays in it and its transitions run.

use super::Element;
use super::part::Shown;
use crate::reactive::*;

/// What is shown, by name.
type Items<T> = Vec<(String, T)>;

struct Item<T: Send + Sync + 'static> {
    name: String,
    shown: Shown,
    value: RwSignal<T>,
}

impl Element {
    /// Holds one element, made by `make`, for each of `items`, which are told apart by their names. To be called on an
    /// element that holds nothing else.
    pub(crate) fn list<T: PartialEq + Send + Sync + 'static>(
        self,
        items: impl Fn() -> Items<T> + 'static,
        make: impl Fn(ReadSignal<T>) -> Self + 'static,
    ) -> Self {
        // Boxed, so that what keeps it in step is there once, not once for each list.
        self.list_boxed(Box::new(items), Box::new(make))
    }

    fn list_boxed<T: PartialEq + Send + Sync + 'static>(
        self,
        items: Box<dyn Fn() -> Items<T>>,
        make: Box<dyn Fn(ReadSignal<T>) -> Self>,
    ) -> Self {
        let (around, parent) = (self.0.clone(), Owner::current().unwrap_or_default());
        let mut known: Vec<Item<T>> = Vec::new();
        follow(move || {
            let mut before = std::mem::take(&mut known);
            for (name, value) in items() {
                // Whatever order they come in they keep, so this is the first one, nearly always.
                let item = match before.iter().position(|item| item.name == name) {
                    Some(place) => {
                        let item = before.remove(place);
                        if item.value.with_untracked(|known| *known != value) {
                            item.value.set(value);
                        }
                        item
                    }
                    None => {
                        let owner = parent.child();
                        let value = owner.with(|| RwSignal::new(value));
                        Item { name, shown: Shown::make(owner, &|| Some(make(value.read_only()))), value }
                    }
                };
                known.push(item);
            }
            // What is no longer there goes before the rest is put in order.
            drop(before);
            order(&around, &mut known.iter().filter_map(|item| item.shown.element.as_ref()));
        });
        self
    }
}

/// Puts elements in order, and leaves those alone that are where they belong: one that is moved loses the focus.
fn order(around: &web_sys::Element, elements: &mut dyn Iterator<Item = &web_sys::Element>) {
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
