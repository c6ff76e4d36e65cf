//! A value as indented JSON: changes stand out, and the value before stands beside the new one.

use leptos::prelude::*;

use super::json_lines::{Change, Kind, Line};
use super::texts;

/// The lines of a value. A line that stays the same stays the same element.
#[component]
pub(super) fn JsonView(
    /// Its name for assistive technology.
    #[prop(into)]
    label: String,
    /// The lines.
    lines: Signal<Vec<Line>>,
) -> impl IntoView {
    view! {
        <div class="json-view" tabindex="0" role="region" aria-label=label>
            <For each=move || lines.get() key=Line::clone let:line>
                {render(line)}
            </For>
        </div>
    }
}

fn render(line: Line) -> AnyView {
    let kind = match line.kind {
        Kind::Bracket => "bracket",
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Word => "word",
    };
    let comma = if line.comma { "," } else { "" };
    let name = line.name.map(|name| view! { <span class="json-name">{name}<span>": "</span></span> });
    let value = view! { <span class="json-value" data-kind=kind>{line.text}</span> };
    let (change, content) = match line.change {
        Change::None => ("none", view! { {name}{value}{comma} }.into_any()),
        Change::Added => ("new", view! { <ins>{name}{value}</ins>{comma} }.into_any()),
        Change::Removed => ("gone", view! { <del>{name}{value}</del> }.into_any()),
        Change::Changed(before) => {
            let before = view! { <del><span class="visually-hidden">{texts::WAS}</span>{before}</del> };
            ("was", view! { {name}<mark>{value}</mark>{comma}{before} }.into_any())
        }
    };
    view! { <div class="json-line" data-change=change>{line.indent}{content}</div> }.into_any()
}
