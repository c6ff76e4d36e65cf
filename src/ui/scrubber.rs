//! A drawing that is read point by point, with a pointer or with the arrow keys.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;

/// A place in the drawing: percent from its left and upper edge.
pub(crate) type Point = (f64, f64);

/// The frame around a drawing. What stands at the place that is pointed at is shown below it, and announced as a slider's value.
#[component]
pub(crate) fn Scrubber(
    /// What the drawing shows.
    #[prop(into)]
    label: Signal<String>,
    /// The places that the left and right arrow keys step through, in their order.
    #[prop(into)]
    stops: Signal<Vec<Point>>,
    /// The number of stops that the up and down arrow keys step over.
    #[prop(default = 1)]
    stride: usize,
    /// What stands at a place, in words.
    #[prop(into)]
    describe: Callback<Point, Option<String>>,
    /// Shown between the drawing and the description of the point.
    #[prop(optional, into)]
    axis: ViewFn,
    /// The drawing.
    children: Children,
) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    let point = RwSignal::new(None::<Point>);
    let readout = Memo::new(move |_| point.get().and_then(|point| describe.run(point)).unwrap_or_default());
    let index = Memo::new(move |_| point.get().map(|point| stops.with(|stops| nearest(stops, point))));
    let on_pointer = move |event: PointerEvent| {
        let Some(edges) = frame.get_untracked().map(|frame| frame.get_bounding_client_rect()) else { return };
        let percent = |at: i32, from: f64, size: f64| (f64::from(at) - from) * 100.0 / size.max(1.0);
        let x = percent(event.client_x(), edges.x(), edges.width());
        let y = percent(event.client_y(), edges.y(), edges.height());
        point.set(Some((x, y)).filter(|(x, y)| *x >= 0.0 && *y >= 0.0));
    };
    let go = move |index: usize| point.set(stops.with_untracked(|stops| stops.get(index).copied()));
    let last = move || stops.with_untracked(Vec::len).saturating_sub(1);
    let press = move |event: KeyboardEvent| {
        if let Some(next) = step(&event.key(), index.get_untracked(), last(), stride) {
            event.prevent_default();
            go(next);
        }
    };
    view! {
        <div class="scrubber">
            <div
                class="scrubber-frame"
                node_ref=frame
                tabindex="0"
                role="slider"
                aria-label=label
                aria-valuemin="0"
                aria-valuemax=move || stops.with(Vec::len).saturating_sub(1).to_string()
                aria-valuenow=move || index.get().unwrap_or_default().to_string()
                aria-valuetext=readout
                on:pointerdown=on_pointer
                on:pointermove=on_pointer
                on:pointerleave=move |_| point.set(None)
                on:keydown=press
                on:focus=move |_| if point.get_untracked().is_none() { go(last()) }
                on:blur=move |_| point.set(None)
            >
                {children()}
                {move || point.get().map(|(x, _)| view! { <span class="scrubber-mark" style:left=format!("{}%", x as i32)></span> })}
            </div>
            {axis.run()}
            <p class="scrubber-readout" aria-hidden="true">{readout}</p>
        </div>
    }
    .into_any()
}

/// The stop that is nearest to a place; 0 if there is none.
fn nearest(stops: &[Point], (x, y): Point) -> usize {
    let distance = |(_, stop): &(usize, &Point)| (stop.0 - x).abs() + (stop.1 - y).abs();
    let by_distance = |one: &(usize, &Point), other: &(usize, &Point)| distance(one).total_cmp(&distance(other));
    stops.iter().enumerate().min_by(by_distance).map_or(0, |(index, _)| index)
}

/// The stop that a key leads to; none for another key.
fn step(key: &str, from: Option<usize>, last: usize, stride: usize) -> Option<usize> {
    let from = from.unwrap_or(last);
    let next = match key {
        "ArrowLeft" => from.saturating_sub(1),
        "ArrowRight" => from + 1,
        "ArrowUp" => from.checked_sub(stride).unwrap_or(from),
        "ArrowDown" if from + stride <= last => from + stride,
        "ArrowDown" => from,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(next.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_through_the_stops_and_stay_within_them() {
        for (key, from, expected) in [
            ("ArrowLeft", Some(3), Some(2)),
            ("ArrowLeft", Some(0), Some(0)),
            ("ArrowRight", Some(9), Some(9)),
            ("ArrowRight", None, Some(9)),
            ("ArrowDown", Some(3), Some(8)),
            ("ArrowDown", Some(7), Some(7)),
            ("ArrowUp", Some(7), Some(2)),
            ("ArrowUp", Some(2), Some(2)),
            ("Home", Some(5), Some(0)),
            ("End", Some(5), Some(9)),
            ("Tab", Some(5), None),
        ] {
            assert_eq!(step(key, from, 9, 5), expected, "{key} from {from:?}");
        }
        assert_eq!(step("ArrowRight", None, 0, 1), Some(0), "a drawing without stops");
    }

    #[test]
    fn a_pointer_is_at_the_nearest_stop() {
        let stops = [(0.0, 50.0), (40.0, 50.0), (90.0, 50.0)];
        assert_eq!([5.0, 30.0, 100.0].map(|x| nearest(&stops, (x, 10.0))), [0, 1, 2]);
        assert_eq!(nearest(&[], (5.0, 5.0)), 0);
    }
}
