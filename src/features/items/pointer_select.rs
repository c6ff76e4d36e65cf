//! The choice of one of an item's numbers.

use domain::json_pointer::JsonPointer;
use leptos::prelude::*;

use super::texts;
use super::trend;

/// A select over the numbers at `pointers`, and over the chosen one, which the value may lack for a moment.
#[component]
pub(super) fn PointerSelect(
    /// Its id in the page.
    id: &'static str,
    /// Where the item's numbers stand.
    pointers: Memo<Vec<JsonPointer>>,
    /// The chosen one.
    #[prop(into)]
    chosen: Signal<JsonPointer>,
    /// Gets the one that the user chooses.
    #[prop(into)]
    on_choose: Callback<JsonPointer>,
) -> impl IntoView {
    let choices = move || pointers.with(|pointers| chosen.with(|chosen| trend::choices(chosen, pointers)));
    let choose = move |value: String| {
        if let Ok(pointer) = value.parse() {
            on_choose.run(pointer);
        }
    };
    view! {
        <select id=id on:change=move |event| choose(event_target_value(&event))>
            <For each=choices key=JsonPointer::clone let:pointer>
                {
                    let label = label(&pointer);
                    let value = pointer.to_string();
                    let is_chosen = move || chosen.with(|chosen| *chosen == pointer);
                    view! { <option value=value prop:selected=is_chosen>{label}</option> }
                }
            </For>
        </select>
    }
}

/// The label of a choice: the location of the number.
fn label(pointer: &JsonPointer) -> String {
    if pointer.as_str().is_empty() { texts::WHOLE_VALUE.to_owned() } else { pointer.in_words() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_called_by_its_place() {
        assert_eq!(label(&JsonPointer::default()), texts::WHOLE_VALUE);
        assert_eq!(label(&"/position/lat".parse().unwrap()), "position › lat");
    }
}
