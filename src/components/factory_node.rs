//! One factory of the tree, with its numbers; and what may be done with it.

use domain::factory::{Bounds, FactoryId, FactoryName};

use super::dialog::{Question, confirmation};
use super::factory_form::{Plan, Start, count_form, factory_form};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;
use crate::state::factories::{FactoryShown, Wish};

/// The factory, as an item of the list below the root; `may_change` says whether it may be changed here, `on_wish` hears how.
pub(crate) fn factory_node(
    factory: ReadSignal<FactoryShown>,
    may_change: impl Fn() -> bool + 'static,
    on_wish: impl Fn(Wish) + Copy + 'static,
) -> Element {
    let mark = factory.with_untracked(|factory| factory.mark.clone());
    let name = move || factory.with(|factory| factory.name.to_string());
    let bounds = move || factory.with(|factory| format!("{} to {}", factory.bounds.lower(), factory.bounds.upper()));
    let children = move || {
        let all = factory.with(|factory| factory.children.clone());
        all.into_iter().enumerate().map(|(place, child)| (place.to_string(), child)).collect()
    };
    let child = |child: ReadSignal<Option<i64>>| {
        let text = move || child.get().map_or_else(|| "…".to_owned(), |child| child.to_string());
        el("li").live_flag("data-pending", move || child.get().is_none()).live_text(text)
    };
    let words = el_class("p", "row-name")
        .child(el("strong").live_text(name))
        .child(el_class("span", "row-detail").live_text(bounds));
    // What the server does not know yet cannot be changed.
    let id = StoredValue::new(factory.with_untracked(|factory| factory.id.clone()));
    let is_known = id.with_value(Option::is_some);
    let tools = move || match id.get_value() {
        Some(id) => tools(factory, id, on_wish),
        None => el("div"),
    };
    el_class("li", "factory")
        .set("data-factory", &mark)
        .live_flag("aria-busy", move || factory.with(|factory| factory.is_pending))
        .child(words)
        .child(el_class("ul", "factory-children").set("role", "list").list(children, child))
        .when(move || is_known && may_change(), tools)
}

fn tools(factory: ReadSignal<FactoryShown>, id: FactoryId, on_wish: impl Fn(Wish) + Copy + 'static) -> Element {
    let (editing, confirming) = (RwSignal::new(false), RwSignal::new(false));
    let id = StoredValue::new(id);
    let content = move |is_editing: &bool| {
        Some(if *is_editing {
            editor(factory, id, on_wish, editing)
        } else {
            buttons(factory, id, on_wish, editing, confirming)
        })
    };
    let name = factory.with_untracked(|factory| factory.name.to_string());
    let question = Question {
        title: format!("Remove “{name}”?"),
        meaning: "Its numbers go with it, on every screen. This cannot be undone.",
        yes: ["Remove it", "Removing…"],
        progress: RwSignal::new(Progress::Idle).read_only(),
    };
    let remove = move || {
        confirming.set(false);
        on_wish(Wish::Remove(id.get_value()));
    };
    el("div").part(move || editing.get(), content).child(confirmation(confirming, question, remove))
}

fn buttons(
    factory: ReadSignal<FactoryShown>,
    id: StoredValue<FactoryId>,
    on_wish: impl Fn(Wish) + Copy + 'static,
    editing: RwSignal<bool>,
    confirming: RwSignal<bool>,
) -> Element {
    let button = move |verb: &'static str, pressed: RwSignal<bool>| {
        let aloud = move || factory.with(|factory| format!(" {}", factory.name));
        let aloud = el_class("span", "unseen").live_text(aloud);
        el("button").set("type", "button").on_click(move || pressed.set(true)).text(verb).child(aloud)
    };
    let (mark, count) = factory.with_untracked(|factory| (factory.mark.clone(), factory.children.len()));
    el_class("div", "actions")
        .child(count_form(&mark, count, move |count| on_wish(Wish::Generate(id.get_value(), count))))
        .child(button("Edit", editing))
        .child(button("Remove", confirming))
}

/// The form for another name and other bounds, as long as `editing` says so. What others change meanwhile is said.
fn editor(
    factory: ReadSignal<FactoryShown>,
    id: StoredValue<FactoryId>,
    on_wish: impl Fn(Wish) + 'static,
    editing: RwSignal<bool>,
) -> Element {
    let words = move || factory.with(|factory| (factory.name.clone(), factory.bounds));
    let before: (FactoryName, Bounds) = untrack(words);
    let start = Start {
        mark: factory.with_untracked(|factory| format!("edit-{}", factory.mark)),
        name: before.0.to_string(),
        bounds: [before.1.lower(), before.1.upper()],
        count: None,
        verb: "Save",
    };
    let meanwhile = move || match words() {
        now if now == before => String::new(),
        (name, bounds) => format!(
            "Somebody has made it “{name}”, {} to {}, meanwhile; saving replaces that.",
            bounds.lower(),
            bounds.upper()
        ),
    };
    let save = move |plan: Plan| {
        let wish = Wish::Change(id.get_value(), plan.name, plan.bounds);
        editing.set(false);
        on_wish(wish);
    };
    let cancel = el("button").set("type", "button").on_click(move || editing.set(false)).text("Cancel");
    el_class("div", "row-form")
        .child(el_class("p", "hint").set("role", "status").live_text(meanwhile))
        .child(factory_form(start, save, Some(cancel)))
}
