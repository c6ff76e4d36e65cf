//! The line for a table: who waits, whose turn it is, and what whoever looks can do about it.

use domain::line::LineView;
use domain::time::Timestamp;

use super::action_button::failure;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// What can be done in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineStep {
    /// To get in.
    Join,
    /// To get out.
    Leave,
    /// To take the table.
    Take,
    /// To let the next one go first.
    Pass,
}

/// Where whoever looks stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Nobody knows who they are.
    Stranger,
    /// Not in line.
    Out,
    /// So many are before them.
    Waits(usize),
    /// It is their turn.
    Called,
    /// They have taken it.
    Taken,
}

/// The panel: `mark` is what stands for whoever looks, if they are signed in.
pub(crate) fn line_panel(
    line: impl Fn() -> LineView + Copy + 'static,
    mark: impl Fn() -> Option<String> + Copy + 'static,
    now: ReadSignal<Timestamp>,
    progress: ReadSignal<Progress>,
    on_step: impl Fn(LineStep) + Copy + 'static,
) -> Element {
    let stand = move || stand_of(&line(), mark().as_deref());
    let names = move || {
        let line = line();
        let named = |(number, place): (usize, &domain::line::PlaceView)| {
            (place.mark.clone(), (place.name.to_string(), number == 0 && line.is_called))
        };
        line.waiting.iter().enumerate().map(named).collect::<Vec<_>>()
    };
    let row = move |person: ReadSignal<(String, bool)>| {
        let is_called = move || person.with(|(_, is_called)| *is_called);
        el("li")
            .live("data-called", move || is_called().then(|| "true".to_owned()))
            .live_text(move || person.with(|(name, _)| name.clone()))
            .child(el("span").live_text(move || if is_called() { " · called" } else { "" }.to_owned()))
    };
    let left = move || {
        let until = line().until?;
        let seconds = until.since(now.get()).as_secs();
        Some(format!("{}:{:02}", seconds / 60, seconds % 60))
    };
    let told = move || told(stand(), &line());
    let clock = move || match (stand(), left()) {
        (Stand::Called, Some(left)) => format!("{left} left."),
        _ => String::new(),
    };
    let button = move |class: &str, step: LineStep, label: &str| {
        el_class("button", class)
            .set("type", "button")
            .live_flag("disabled", move || progress.with(Progress::is_running))
            .on_click(move || on_step(step))
            .text(label)
    };
    let buttons = move |stand: &Stand| {
        let actions = el_class("div", "actions");
        Some(match stand {
            Stand::Stranger => return None,
            Stand::Out => actions.child(button("join-line", LineStep::Join, "Get in line")),
            Stand::Waits(_) => actions.child(button("leave-line", LineStep::Leave, "Leave the line")),
            Stand::Called => actions.child(button("primary take-table", LineStep::Take, "Take it")).child(button(
                "pass-table",
                LineStep::Pass,
                "Pass",
            )),
            Stand::Taken => actions.child(button("leave-line", LineStep::Leave, "Not after all")),
        })
    };
    el_class("section", "panel line-panel")
        .set("aria-labelledby", "line-title")
        .live("data-turn", move || matches!(stand(), Stand::Called).then(|| "mine".to_owned()))
        .child(el("h2").set("id", "line-title").text("In line"))
        .child(
            el("p")
                .child(el("span").set("role", "status").live_text(told))
                .child(el_class("span", "line-clock").live_text(move || format!(" {}", clock()))),
        )
        .child(el_class("ol", "line-places").list(names, row))
        .part(stand, buttons)
        .child(failure(progress))
}

fn stand_of(line: &LineView, mark: Option<&str>) -> Stand {
    let Some(mark) = mark else { return Stand::Stranger };
    if line.taken_by.as_ref().is_some_and(|place| place.mark == mark) {
        return Stand::Taken;
    }
    match line.waiting.iter().position(|place| place.mark == mark) {
        Some(0) if line.is_called => Stand::Called,
        Some(before) => Stand::Waits(before),
        None => Stand::Out,
    }
}

fn told(stand: Stand, line: &LineView) -> String {
    match (stand, line.taken_by.as_ref(), line.waiting.len()) {
        (Stand::Called, ..) => "It is your turn: the table is free.".to_owned(),
        (Stand::Taken, ..) => "The table is yours. It is kept for two minutes, until you play.".to_owned(),
        (Stand::Waits(0), ..) => "You are next. You will be called when it gets free.".to_owned(),
        (Stand::Waits(1), ..) => "One person is before you.".to_owned(),
        (Stand::Waits(before), ..) => format!("{before} people are before you."),
        (Stand::Stranger, None, 0) => "Nobody waits. Sign in to get in line.".to_owned(),
        (_, Some(by), _) => format!("{} is taking it.", by.name),
        (_, None, 0) => "Nobody waits.".to_owned(),
        (_, None, 1) => "One person waits.".to_owned(),
        (_, None, count) => format!("{count} people wait."),
    }
}

#[cfg(test)]
mod tests {
    use domain::line::PlaceView;

    use super::*;

    fn line(names: &[&str], is_called: bool) -> LineView {
        let place = |name: &&str| PlaceView { mark: format!("m-{name}"), name: name.parse().unwrap() };
        LineView { waiting: names.iter().map(place).collect(), is_called, ..LineView::default() }
    }

    #[test]
    fn everybody_is_told_where_they_stand() {
        let line = line(&["Ada", "Bo", "Cy"], true);
        let told = |mark: Option<&str>| told(stand_of(&line, mark), &line);
        assert_eq!(told(Some("m-Ada")), "It is your turn: the table is free.");
        assert_eq!(told(Some("m-Bo")), "One person is before you.");
        assert_eq!(told(Some("m-Cy")), "2 people are before you.");
        assert_eq!(told(Some("m-Dee")), "3 people wait.");
        assert_eq!(told(None), "3 people wait.");
    }

    #[test]
    fn an_empty_line_says_what_to_do() {
        let line = line(&[], false);
        assert_eq!(told(stand_of(&line, None), &line), "Nobody waits. Sign in to get in line.");
        assert_eq!(stand_of(&line, Some("m-Ada")), Stand::Out);
    }
}
