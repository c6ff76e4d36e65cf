//! The factory tree: all see it at once, and who is signed in may change it.

use domain::actor::Role;
use domain::factory::Factory;

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::page;
use crate::components::factory_form::{Plan, Start, factory_form};
use crate::components::factory_node::factory_node;
use crate::components::notice::notice;
use crate::components::skeleton::skeleton;
use crate::state::Shared;
use crate::state::factories::{Factories, FactoryShown, Wish};
use crate::state::live::Known;
use crate::state::session::{Session, Standing};

/// The page.
pub(crate) fn factories_page(shared: Shared) -> Element {
    page::set_title("Factories · Rally");
    let factories = Factories::watch(shared.live);
    let said = move || factories.told().with(said_of);
    let content = move |said: &Result<bool, String>| match said {
        Ok(false) => Some(skeleton()),
        Ok(true) => Some(tree(shared, factories)),
        Err(message) => {
            Some(notice("The factories cannot be shown", &format!("{message} Reload the page to ask again.")))
        }
    };
    let summary = move || summary(&factories.shown());
    let head = heading("Factories").child(el_class("p", "page-summary").live_text(summary));
    el("div").child(head).part(said, content)
}

/// Whether the tree is told; or why it is not.
fn said_of(told: &Known<Factory>) -> Result<bool, String> {
    match told {
        Known::Loading => Ok(false),
        Known::Refused(message) => Err(message.clone()),
        Known::Told(_) => Ok(true),
    }
}

fn summary(all: &[FactoryShown]) -> String {
    let numbers: usize = all.iter().map(|factory| factory.children.len()).sum();
    match (all.len(), numbers) {
        (0, _) => String::new(),
        (1, numbers) => format!("1 factory, {numbers} numbers"),
        (count, numbers) => format!("{count} factories, {numbers} numbers"),
    }
}

fn may_change(session: Session) -> bool {
    let role = |standing: &Standing| match standing {
        Standing::Known(me) => matches!(me.role, Role::Admin | Role::Member),
        _ => false,
    };
    session.standing().with(role)
}

fn tree(shared: Shared, factories: Factories) -> Element {
    let session = shared.session;
    let wish = move |wish: Wish| factories.wish(wish);
    let refusal = move || factories.refusal().get().unwrap_or_default();
    let named = move || factories.shown().into_iter().map(|one| (one.mark.clone(), one)).collect();
    let node = move |factory| factory_node(factory, move || may_change(session), wish);
    let nothing = move || factories.shown().is_empty();
    let root = el_class("section", "panel factory-tree")
        .set("aria-labelledby", "root")
        .child(el("h2").set("id", "root").text("Root"))
        .child(el_class("p", "failure").set("role", "alert").live_text(refusal))
        .when(nothing, || el_class("p", "hint").text("There are no factories yet."))
        .child(el_class("ul", "factories").set("role", "list").list(named, node));
    let maker = move |may: &bool| Some(if *may { maker(wish) } else { way_in(session) });
    el("div").child(root).part(move || may_change(session), maker)
}

fn maker(on_wish: impl Fn(Wish) + 'static) -> Element {
    let start = Start {
        mark: "new".to_owned(),
        name: String::new(),
        bounds: [1, 100],
        count: Some(5),
        verb: "Make the factory",
    };
    let make = move |plan: Plan| on_wish(Wish::Create(plan.name, plan.bounds, plan.count.unwrap_or(1)));
    el_class("section", "panel")
        .set("aria-labelledby", "new-factory")
        .child(el("h2").set("id", "new-factory").text("New factory"))
        .child(factory_form(start, make, None))
}

fn way_in(session: Session) -> Element {
    let said = move || match session.standing().get() {
        Standing::Asking => "Asking the server who you are…".to_owned(),
        Standing::Known(_) => "Sign in to make factories, and to change them.".to_owned(),
        Standing::Unknown(failure) => failure.message,
    };
    el_class("p", "hint").live_text(said)
}
