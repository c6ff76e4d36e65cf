//! Values that the page follows, and values that are merely kept. What notices a change is Leptos's; what holds the value
//! is here, since Leptos's own makes some two kilobytes of code for each kind of value.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Notify, Track};

use super::cell::{self, Handle};

struct Node<T> {
    trigger: ArcTrigger,
    value: RefCell<T>,
}

/// A value that can be read and set, and that is followed by whoever reads it.
pub(crate) struct RwSignal<T> {
    handle: Handle,
    kind: PhantomData<fn() -> T>,
}

/// The same to be read alone.
pub(crate) struct ReadSignal<T>(RwSignal<T>);

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T> Clone for ReadSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ReadSignal<T> {}

impl<T: 'static> RwSignal<T> {
    /// A signal that lasts as long as the part of the page that is being made.
    pub(crate) fn new(value: T) -> Self {
        let node = Node { trigger: ArcTrigger::new(), value: RefCell::new(value) };
        Self { handle: cell::keep(Rc::new(node)), kind: PhantomData }
    }

    /// The same to be read alone.
    pub(crate) const fn read_only(self) -> ReadSignal<T> {
        ReadSignal(self)
    }

    /// Follows it without reading it.
    pub(crate) fn track(self) {
        self.there().trigger.track();
    }

    /// Follows it, and reads something of it.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        let node = self.there();
        node.trigger.track();
        let value = node.value.borrow();
        read(&value)
    }

    /// Reads something of it.
    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        let node = self.there();
        let value = node.value.borrow();
        read(&value)
    }

    /// Reads something of it, if its part of the page is still there.
    pub(crate) fn try_with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        let node = self.node()?;
        let value = node.value.borrow();
        Some(read(&value))
    }

    /// Sets it, and tells those who follow it.
    pub(crate) fn set(self, value: T) {
        self.try_set(value);
    }

    /// The same; false if its part of the page is gone.
    pub(crate) fn try_set(self, value: T) -> bool {
        self.try_update(|held| *held = value).is_some()
    }

    /// Changes it, and tells those who follow it.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// The same, if its part of the page is still there.
    pub(crate) fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let node = self.node()?;
        let done = change(&mut node.value.borrow_mut());
        node.trigger.notify();
        Some(done)
    }

    fn node(self) -> Option<Rc<Node<T>>> {
        cell::find(self.handle)?.downcast().ok()
    }

    fn there(self) -> Rc<Node<T>> {
        self.node().unwrap_or_else(|| unreachable!("a signal is read by the part of the page that it belongs to"))
    }
}

impl<T: Clone + 'static> RwSignal<T> {
    /// Follows it, and reads it.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// Reads it.
    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

impl<T: 'static> ReadSignal<T> {
    /// Follows it without reading it.
    pub(crate) fn track(self) {
        self.0.track();
    }

    /// Follows it, and reads something of it.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0.with(read)
    }

    /// Reads something of it.
    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0.with_untracked(read)
    }
}

impl<T: Clone + 'static> ReadSignal<T> {
    /// Follows it, and reads it.
    pub(crate) fn get(self) -> T {
        self.0.get()
    }

    /// Reads it.
    pub(crate) fn get_untracked(self) -> T {
        self.0.get_untracked()
    }
}

/// A value that is kept as long as the part of the page that is being made, and that nobody follows.
pub(crate) struct StoredValue<T> {
    handle: Handle,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for StoredValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoredValue<T> {}

impl<T: 'static> StoredValue<T> {
    /// Keeps a value.
    pub(crate) fn new(value: T) -> Self {
        Self { handle: cell::keep(Rc::new(RefCell::new(value))), kind: PhantomData }
    }

    /// Reads something of it.
    pub(crate) fn with_value<R>(self, read: impl FnOnce(&T) -> R) -> R {
        let held = self.held().unwrap_or_else(|| unreachable!("a value is read by the part of the page that keeps it"));
        let value = held.borrow();
        read(&value)
    }

    /// Changes it, if it is still kept.
    pub(crate) fn update_value(self, change: impl FnOnce(&mut T)) {
        self.try_update_value(change);
    }

    /// The same, and what came of it.
    pub(crate) fn try_update_value<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let held = self.held()?;
        let done = change(&mut held.borrow_mut());
        Some(done)
    }

    /// Sets it, if it is still kept.
    pub(crate) fn set_value(self, value: T) {
        self.try_update_value(|held| std::mem::replace(held, value));
    }

    fn held(self) -> Option<Rc<RefCell<T>>> {
        cell::find(self.handle)?.downcast().ok()
    }
}

impl<T: Clone + 'static> StoredValue<T> {
    /// Reads it.
    pub(crate) fn get_value(self) -> T {
        self.with_value(T::clone)
    }
}
