//! Where signals and stored values are kept: in one table, so that those who hold them can copy them, until the part of
//! the page that made them is gone. Never knows what is in a cell.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use reactive_graph::owner::on_cleanup;

/// The place of a cell; a place that is used again is told apart by its generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle {
    place: usize,
    generation: u32,
}

#[derive(Default)]
struct Table {
    cells: Vec<(u32, Option<Rc<dyn Any>>)>,
    free: Vec<usize>,
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::default();
}

/// Keeps a value until the part of the page is gone that is being made.
pub(super) fn keep(value: Rc<dyn Any>) -> Handle {
    let handle = TABLE.with_borrow_mut(|table| match table.free.pop() {
        Some(place) => {
            let (generation, cell) = &mut table.cells[place];
            *cell = Some(value);
            Handle { place, generation: *generation }
        }
        None => {
            table.cells.push((0, Some(value)));
            Handle { place: table.cells.len() - 1, generation: 0 }
        }
    });
    on_cleanup(move || {
        let gone = TABLE.with_borrow_mut(|table| {
            let (generation, cell) = &mut table.cells[handle.place];
            if *generation != handle.generation {
                return None;
            }
            *generation = generation.wrapping_add(1);
            table.free.push(handle.place);
            cell.take()
        });
        // Here, since what it holds may have cells of its own.
        drop(gone);
    });
    handle
}

/// The value, as long as it is kept.
pub(super) fn find(handle: Handle) -> Option<Rc<dyn Any>> {
    TABLE.with_borrow(|table| {
        let (generation, cell) = table.cells.get(handle.place)?;
        cell.clone().filter(|_| *generation == handle.generation)
    })
}
