//! Rows that can be put in another order: dragged by a handle, or moved by the arrow keys while the handle has the focus.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::Element;

use crate::platform::{drag, focus};

/// A row that is being dragged. Lengths are in pixels.
#[derive(Debug, Clone, PartialEq)]
struct Drag {
    /// The index, from 0.
    from: usize,
    /// The index that it would get if it were dropped now.
    to: usize,
    /// Where the pointer was pressed, on the page.
    began: i32,
    /// How far it has moved since then.
    moved: f64,
    /// Where each row begins, and its height.
    spans: Vec<(f64, f64)>,
}

impl Drag {
    /// The pointer has moved to here on the page.
    fn follow(&mut self, at: i32) {
        self.moved = f64::from(at) - f64::from(self.began);
        let middle = |(top, height): (f64, f64)| top + height / 2.0;
        let Some(own) = self.spans.get(self.from).copied().map(middle) else { return };
        let others = self.spans.iter().enumerate().filter(|(index, _)| *index != self.from);
        self.to = others.filter(|(_, span)| middle(**span) < own + self.moved).count();
    }

    /// The offset of a row.
    fn shift(&self, index: usize) -> f64 {
        let height = self.spans.get(self.from).map_or(0.0, |(_, height)| *height);
        match index {
            index if index == self.from => self.moved,
            index if (self.from..=self.to).contains(&index) => -height,
            index if (self.to..self.from).contains(&index) => height,
            _ => 0.0,
        }
    }
}

/// The order of a list. Copies are handles to the same one.
#[derive(Clone, Copy)]
pub(crate) struct DragOrder {
    drag: RwSignal<Option<Drag>>,
    on_move: Callback<(usize, usize)>,
}

impl DragOrder {
    /// `on_move` gets the index of the row that was moved, and its new index; both from 0.
    pub(crate) fn new(on_move: impl Fn(usize, usize) + Send + Sync + 'static) -> Self {
        Self { drag: RwSignal::new(None), on_move: Callback::new(move |(from, to)| on_move(from, to)) }
    }

    /// The offset of the row at an index, as `translate` of style sheets has it (tracked).
    pub(crate) fn translate(self, index: usize) -> Option<String> {
        let shift = self.drag.with(|drag| drag.as_ref().map(|drag| drag.shift(index)))?;
        Some(format!("0 {shift}px"))
    }

    /// Whether the row at an index is being dragged (tracked).
    pub(crate) fn is_dragged(self, index: usize) -> bool {
        self.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.from == index))
    }

    fn begin(self, index: usize, event: &PointerEvent) {
        let Some(handle) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        if event.button() == 0 {
            drag::capture_pointer(&handle, event);
            let (began, spans) = (event.page_y(), drag::row_spans(&handle));
            self.drag.set(Some(Drag { from: index, to: index, began, moved: 0.0, spans }));
        }
    }

    fn follow(self, event: &PointerEvent) {
        if self.drag.with_untracked(Option::is_some) {
            let at = event.page_y();
            self.drag.update(|drag| drag.iter_mut().for_each(|drag| drag.follow(at)));
        }
    }

    fn finish(self) {
        let Some(Drag { from, to, .. }) = self.drag.get_untracked() else { return };
        self.cancel();
        self.shift(from, to);
    }

    fn cancel(self) {
        if self.drag.with_untracked(Option::is_some) {
            self.drag.set(None);
        }
    }

    fn shift(self, from: usize, to: usize) {
        if from != to {
            // Moving an element takes its focus.
            focus::keep();
            self.on_move.run((from, to));
        }
    }
}

/// What a row is moved by.
#[component]
pub(crate) fn DragHandle(
    /// The order of its list.
    order: DragOrder,
    /// The index of its row, from 0.
    #[prop(into)]
    index: Signal<usize>,
    /// How many rows there are.
    #[prop(into)]
    count: Signal<usize>,
    /// Its name for assistive technology.
    #[prop(into)]
    label: Signal<String>,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    let on_key = move |event: KeyboardEvent| {
        let index = index.get_untracked();
        let to = match event.key().as_str() {
            "ArrowUp" => index.checked_sub(1),
            "ArrowDown" => Some(index + 1).filter(|to| *to < count.get_untracked()),
            "Escape" => return order.cancel(),
            _ => return,
        };
        event.prevent_default();
        order.shift(index, to.unwrap_or(index));
    };
    view! {
        <button
            type="button"
            class="drag-handle"
            aria-label=label
            aria-keyshortcuts="ArrowUp ArrowDown"
            on:keydown=on_key
            on:pointerdown=move |event| order.begin(index.get_untracked(), &event)
            on:pointermove=move |event| order.follow(&event)
            on:pointerup=move |_| order.finish()
            on:pointercancel=move |_| order.cancel()
        >
            {children()}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drag(from: usize, moved: i32) -> Drag {
        let spans = vec![(0.0, 40.0), (40.0, 100.0), (140.0, 40.0), (180.0, 40.0)];
        let mut drag = Drag { from, to: from, began: 500, moved: 0.0, spans };
        drag.follow(500 + moved);
        drag
    }

    #[test]
    fn a_row_takes_the_place_of_those_whose_middle_it_has_passed() {
        for (from, moved, to) in
            [(0, 0, 0), (0, 69, 0), (0, 71, 1), (0, 1_000, 3), (3, -41, 2), (3, -111, 1), (3, -1_000, 0), (2, 30, 2)]
        {
            assert_eq!(drag(from, moved).to, to, "{from} by {moved}");
        }
    }

    #[test]
    fn rows_make_room_for_the_one_that_is_dragged() {
        let shifts = |drag: Drag| (0..4).map(|index| drag.shift(index)).collect::<Vec<_>>();
        assert_eq!(shifts(drag(0, 150)), [150.0, -40.0, -40.0, 0.0]);
        assert_eq!(shifts(drag(3, -120)), [0.0, 40.0, 40.0, -120.0]);
        assert_eq!(shifts(drag(2, 5)), [0.0, 0.0, 5.0, 0.0]);
    }

    #[test]
    fn a_list_that_cannot_be_measured_keeps_its_order() {
        let mut drag = Drag { spans: Vec::new(), ..drag(1, 0) };
        drag.follow(900);
        assert_eq!((drag.to, drag.shift(0)), (1, 0.0));
    }
}
