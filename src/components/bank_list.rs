//! Questions to pick from: searched by typing, gone through by keys.

use domain::question::BankQuestion;

use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::rooms::{fits, kind_words, order, plain};

/// A field to search by, over what fits; `row` makes what can be done with each.
pub(crate) fn bank_list(
    questions: impl Fn() -> Vec<BankQuestion> + Copy + 'static,
    actions: impl Fn(ReadSignal<BankQuestion>) -> Element + 'static,
) -> Element {
    let search = RwSignal::new(String::new());
    let found = move || {
        let search = search.get();
        let mut found: Vec<BankQuestion> = questions().into_iter().filter(|question| fits(question, &search)).collect();
        // What was written last is what is wanted next.
        order(&mut found, |one, other| (other.updated_at, &one.id) < (one.updated_at, &other.id));
        found.into_iter().map(|question| (question.id.to_string(), question)).collect::<Vec<_>>()
    };
    let field = el("input")
        .set("id", "bank-search")
        .set("type", "search")
        .set("autocomplete", "off")
        .set("placeholder", "Search")
        .set("aria-label", "Search your questions")
        .typed(search);
    let is_lost = move || !search.with(String::is_empty) && found().is_empty();
    el_class("div", "bank")
        .child(el_class("div", "field").child(field))
        .when(is_lost, || el_class("p", "hint").text("No question has these words."))
        .child(
            el_class("ul", "rows bank-rows").set("role", "list").list(found, move |question| row(question, &actions)),
        )
}

fn row(question: ReadSignal<BankQuestion>, actions: &dyn Fn(ReadSignal<BankQuestion>) -> Element) -> Element {
    let text = move || question.with(|question| plain(question.content.text()));
    let detail = move || {
        question.with(|question| {
            let options = question.content.options().len();
            let kind = kind_words(question.content.kind());
            match (options, question.content.time_limit_seconds()) {
                (0, None) => kind.to_owned(),
                (0, Some(limit)) => [kind, ", ", &limit.to_string(), " s"].concat(),
                (options, None) => [kind, " of ", &options.to_string()].concat(),
                (options, Some(limit)) => [kind, " of ", &options.to_string(), ", ", &limit.to_string(), " s"].concat(),
            }
        })
    };
    let words = el_class("p", "row-name")
        .child(el_class("span", "bank-text").live_text(text))
        .child(el_class("span", "row-detail").live_text(detail));
    el_class("li", "bank-row")
        .set("data-question", &question.with_untracked(|question| question.id.to_string()))
        .child(words)
        .child(actions(question))
}
