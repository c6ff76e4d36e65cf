//! What a factory is to be: its name, its bounds and how many numbers it makes. What the server would refuse is said before
//! it is sent, by the same rules.

use domain::factory::{Bounds, CHILDREN_LIMIT, FactoryName, check_count};

use super::field::Field;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;

/// What a factory is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) name: FactoryName,
    pub(crate) bounds: Bounds,
    /// How many numbers; none if they stay.
    pub(crate) count: Option<usize>,
}

/// What stands in the form at first.
pub(crate) struct Start {
    /// Tells its fields from those of other forms on the page.
    pub(crate) mark: String,
    pub(crate) name: String,
    pub(crate) bounds: [i64; 2],
    /// How many numbers; none, if that is not asked.
    pub(crate) count: Option<usize>,
    /// The button.
    pub(crate) verb: &'static str,
}

/// The form: `on_plan` hears what it is to be; `more` stands beside the button. Cleared after each plan, if it asks for a
/// count: then it makes one after the other.
pub(crate) fn factory_form(start: Start, on_plan: impl Fn(Plan) + 'static, more: Option<Element>) -> Element {
    let Start { mark, name, bounds: [lower, upper], count, verb } = start;
    let text = |number: Option<i64>| RwSignal::new(number.map(|number| number.to_string()).unwrap_or_default());
    let (name, lower, upper) = (RwSignal::new(name), text(Some(lower)), text(Some(upper)));
    let amount = text(count.map(|count| count as i64));
    let insist = RwSignal::new(false);
    let bounds = move || Ok::<_, (&'static str, String)>((integer("lower", lower)?, integer("upper", upper)?));
    let checked = move || {
        let (lower, upper) = bounds()?;
        Bounds::new(lower, upper).map_err(|violation| {
            let property = if violation.property == "upper" { "upper" } else { "lower" };
            (property, violation.message())
        })
    };
    let counted = move || counted(amount);
    let about = |property: &'static str, wrong: Option<(&'static str, String)>| {
        wrong.filter(|(about, _)| *about == property).map(|(_, message)| message)
    };
    let name_error = move || name.with(|name| name.parse::<FactoryName>()).err().map(|violation| violation.message());
    let submit = move || {
        insist.set(true);
        let plan = untrack(|| {
            let count = match count {
                Some(_) => Some(counted().ok()?),
                None => None,
            };
            Some(Plan { name: name.with(|name| name.parse().ok())?, bounds: checked().ok()?, count })
        });
        let Some(plan) = plan else { return };
        insist.set(false);
        if count.is_some() {
            name.set(String::new());
        }
        on_plan(plan);
    };
    let field = |id: &str, label: &'static str, hint: &'static str, value: RwSignal<String>| Field {
        id: format!("{mark}-{id}"),
        label,
        hint,
        value,
        insist,
    };
    let name_field = field("name", "Name", "", name);
    let name_field = if count.is_some() { name_field.draw(name_error) } else { name_field.draw_focused(name_error) };
    let mut numbers = el_class("div", "factory-numbers")
        .child(field("lower", "From", "", lower).draw(move || about("lower", checked().err())))
        .child(field("upper", "To", "", upper).draw(move || about("upper", checked().err())));
    if count.is_some() {
        numbers = numbers.child(field("count", "How many", "", amount).draw(move || about("count", counted().err())));
    }
    let button = el_class("button", "primary").set("type", "submit").text(verb);
    el_class("form", "factory-form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(name_field)
        .child(numbers)
        .child(el_class("div", "actions").child(button).children(more))
}

fn integer(property: &'static str, text: RwSignal<String>) -> Result<i64, (&'static str, String)> {
    let wrong = || (property, "Type a whole number.".to_owned());
    text.with(|text| text.trim().parse().map_err(|_| wrong()))
}

fn counted(text: RwSignal<String>) -> Result<usize, (&'static str, String)> {
    let number = integer("count", text)?;
    check_count(number).map_err(|violation| ("count", violation.message()))
}

/// The form for other numbers: `on_count` hears how many.
pub(crate) fn count_form(mark: &str, count: usize, on_count: impl Fn(usize) + 'static) -> Element {
    let (text, insist) = (RwSignal::new(count.to_string()), RwSignal::new(false));
    let counted = move || counted(text);
    let wrong = RwSignal::new(None::<String>);
    follow(move || wrong.set(counted().err().map(|(_, message)| message).filter(|_| insist.get())));
    let submit = move || {
        insist.set(true);
        if let Ok(count) = untrack(counted) {
            on_count(count);
        }
    };
    let id = format!("{mark}-count");
    let input = el("input")
        .set("id", &id)
        .set("type", "number")
        .set("min", "1")
        .set("max", &CHILDREN_LIMIT.to_string())
        .live("aria-invalid", move || wrong.with(Option::is_some).then(|| "true".to_owned()))
        .typed(text);
    el_class("form", "count-form inline-field")
        .set("novalidate", "")
        .on_submit(submit)
        .child(el_class("label", "unseen").set("for", &id).text("How many numbers"))
        .child(input)
        .child(el("button").set("type", "submit").text("Generate anew"))
        .child(el_class("p", "failure").set("role", "alert").live_text(move || wrong.get().unwrap_or_default()))
}
