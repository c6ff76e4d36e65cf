//! A list that is kept in step with what there is: an item's element stays as long as the item does, so that the focus
//! stays in it and its transitions run.

use super::Element;
use super::part::Shown;
use std::cell::RefCell;
use std::rc::Rc;

use crate::reactive::*;

/// What is shown, by name.
type Items<T> = Vec<(String, T)>;

/// One item: what is there once for all lists.
struct Item {
    name: String,
    shown: Shown,
    /// Which of the values is its own.
    slot: usize,
}

/// Makes an item's element.
type Make = Box<dyn Fn() -> Element>;

/// Gives a value to an item.
type Assign = Box<dyn Fn(usize, Option<usize>) -> (usize, Option<Make>)>;

/// What is done with a list whose values nobody knows but these two.
struct Source {
    /// The names that are there now.
    names: Box<dyn Fn() -> Vec<String>>,
    /// Gives an item the value at this place of the names: in its own slot, if it has one. The slot, and what makes its
    /// element if it is new.
    assign: Assign,
    /// A slot is free.
    free: Box<dyn Fn(usize)>,
}

impl Element {
    /// Holds one element, made by `make`, for each of `items`, which are told apart by their names. To be called on an
    /// element that holds nothing else.
    pub(crate) fn list<T: PartialEq + 'static>(
        self,
        items: impl Fn() -> Items<T> + 'static,
        make: impl Fn(ReadSignal<T>) -> Self + 'static,
    ) -> Self {
        let slots = Rc::new(RefCell::new(Vec::<Option<RwSignal<T>>>::new()));
        let fresh = Rc::new(RefCell::new(Vec::<Option<T>>::new()));
        let make: Rc<dyn Fn(ReadSignal<T>) -> Self> = Rc::new(make);
        let incoming = Rc::clone(&fresh);
        let names = move || {
            let (names, values): (Vec<String>, Vec<Option<T>>) =
                items().into_iter().map(|(name, value)| (name, Some(value))).unzip();
            incoming.replace(values);
            names
        };
        let used = Rc::clone(&slots);
        let assign = move |place: usize, slot: Option<usize>| {
            let value = fresh.borrow_mut().get_mut(place).and_then(Option::take);
            match (slot, value) {
                (Some(slot), Some(value)) => {
                    let signal = used.borrow().get(slot).copied().flatten();
                    if let Some(signal) = signal.filter(|signal| signal.with_untracked(|known| *known != value)) {
                        signal.set(value);
                    }
                    (slot, None)
                }
                (None, Some(value)) => {
                    let free = used.borrow().iter().position(Option::is_none);
                    let slot = free.unwrap_or_else(|| {
                        used.borrow_mut().push(None);
                        used.borrow().len() - 1
                    });
                    let (value, used, make) = (RefCell::new(Some(value)), Rc::clone(&used), Rc::clone(&make));
                    let begin: Make = Box::new(move || {
                        // Made once: by the owner of the item, who the signal ends with.
                        match value.borrow_mut().take() {
                            Some(value) => {
                                let signal = RwSignal::new(value);
                                used.borrow_mut()[slot] = Some(signal);
                                make(signal.read_only())
                            }
                            None => unreachable!("an item is made once"),
                        }
                    });
                    (slot, Some(begin))
                }
                (slot, None) => (slot.unwrap_or_default(), None),
            }
        };
        let free = move |slot: usize| {
            if let Some(slot) = slots.borrow_mut().get_mut(slot) {
                *slot = None;
            }
        };
        self.list_of(Source { names: Box::new(names), assign: Box::new(assign), free: Box::new(free) })
    }

    fn list_of(self, source: Source) -> Self {
        let (around, parent) = (self.0.clone(), Owner::current().unwrap_or_default());
        let mut known: Vec<Item> = Vec::new();
        follow(move || {
            let mut before = std::mem::take(&mut known);
            for (place, name) in (source.names)().into_iter().enumerate() {
                // Whatever order they come in they keep, so this is the first one, nearly always.
                let item = match before.iter().position(|item| item.name == name) {
                    Some(at) => {
                        let item = before.remove(at);
                        (source.assign)(place, Some(item.slot));
                        item
                    }
                    None => {
                        let (slot, make) = (source.assign)(place, None);
                        let shown = Shown::make(parent.child(), &|| make.as_ref().map(|make| make()));
                        Item { name, shown, slot }
                    }
                };
                known.push(item);
            }
            // What is no longer there goes before the rest is put in order.
            for item in before {
                (source.free)(item.slot);
                drop(item.shown);
            }
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
