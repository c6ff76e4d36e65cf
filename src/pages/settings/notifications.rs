//! A part of the settings: whether this browser rings, when it does not, and all that was asked for.

use domain::alert::{Alert, AlertRule, DayTime, EVERY_DAY, Preferences, Span, WORKDAYS};
use domain::time::Timestamp;
use domain::topic::Topic;

use crate::browser::element::{Element, el, el_class};
use crate::components::action_button::failure;
use crate::components::field::option;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::attempt::Progress;
use crate::state::local_time::WEEKDAYS;
use crate::state::notifications::{Notifications, Ringing, in_an_hour};
use crate::state::ticking::local;

/// The hours that are proposed as quiet ones.
const QUIET: [&str; 2] = ["22:00", "07:00"];

/// The settings.
pub(super) fn notification_settings(all: Notifications, now: ReadSignal<Timestamp>) -> Element {
    let progress = all.asking().progress();
    let list = move || {
        let alerts = all.asked().alerts.into_iter();
        alerts.map(|alert| (alert.topic.to_string(), alert)).collect::<Vec<_>>()
    };
    let nothing = move || all.asked().alerts.is_empty();
    el_class("section", "panel notification-settings")
        .set("aria-labelledby", "notifications")
        .child(el("h2").set("id", "notifications").text("Notifications"))
        .child(el("p").set("role", "status").live_text(move || said_of(all.ringing().get()).to_owned()))
        .part(move || all.ringing().get(), move |ringing| buttons(all, *ringing))
        .child(failure(progress))
        .child(pause(all, now))
        .child(quiet_hours(all, progress))
        .child(el("h3").text("What you have asked for"))
        .when(nothing, || {
            el_class("p", "hint")
                .text("Nothing. Press the bell at a table, or choose “Tell me” in a room or of an item.")
        })
        .child(el_class("ul", "rows").set("role", "list").list(list, move |alert| row(all, alert)))
}

const fn said_of(ringing: Ringing) -> &'static str {
    match ringing {
        Ringing::On => "This browser rings, also when Rally is closed.",
        Ringing::Off => "This browser does not ring. Rally tells you on the page, as long as it is open.",
        Ringing::Blocked => {
            "This browser does not let Rally ring. Allow notifications beside the page's address, then reload the page."
        }
        Ringing::Unsupported => {
            "This browser cannot ring here. On a phone, put Rally on the home screen first. Rally tells you on the page, as \
             long as it is open."
        }
    }
}

fn buttons(all: Notifications, ringing: Ringing) -> Option<Element> {
    let button = |class: &str, label: &str| el_class("button", class).set("type", "button").text(label);
    let actions = el_class("div", "actions");
    match ringing {
        Ringing::On => Some(
            actions
                .child(button("try-notifications", "Ring once").on_click(move || all.try_out()))
                .child(button("turn-off", "Turn off").on_click(move || all.turn_off())),
        ),
        Ringing::Off => {
            Some(actions.child(button("primary turn-on", "Let it ring").on_click(move || all.explaining().set(true))))
        }
        Ringing::Blocked | Ringing::Unsupported => None,
    }
}

fn pause(all: Notifications, now: ReadSignal<Timestamp>) -> Element {
    let until = move || all.asked().preferences.paused_until.filter(|until| *until > now.get());
    let set = move |paused_until: Option<Timestamp>| {
        all.prefer(Preferences { paused_until, ..untrack(|| all.asked().preferences) });
    };
    let content = move |until: &Option<Timestamp>| {
        let button = |class: &str| el_class("button", class).set("type", "button");
        Some(match until {
            Some(until) => el_class("div", "actions")
                .child(el("span").text(&format!("Nothing rings until {}.", local(*until).clock())))
                .child(button("go-on").on_click(move || set(None)).text("Go on now")),
            None => button("pause").on_click(move || set(Some(in_an_hour()))).text("Pause for an hour"),
        })
    };
    el("div").part(until, content)
}

fn quiet_hours(all: Notifications, progress: ReadSignal<Progress>) -> Element {
    let [from, to] = QUIET.map(|time| RwSignal::new(time.to_owned()));
    let quiet = move || all.asked().preferences.quiet;
    follow(move || {
        if let Some(quiet) = quiet() {
            from.set(quiet.from.to_string());
            to.set(quiet.to.to_string());
        }
    });
    let save = move |on: bool| {
        let time = |text: RwSignal<String>| text.with_untracked(|text| text.parse::<DayTime>().ok());
        let span = time(from).zip(time(to)).map(|(from, to)| Span { from, to });
        all.prefer(Preferences { quiet: span.filter(|_| on), ..untrack(|| all.asked().preferences) });
    };
    let tick = el("input").set("type", "checkbox").ticked(move || quiet().is_some(), save);
    let time = move |label: &str, value: RwSignal<String>| {
        let input = el("input")
            .set("type", "time")
            .set("required", "")
            .typed(value)
            .live_flag("disabled", move || progress.with(Progress::is_running))
            .on("change", move || save(true));
        el_class("label", "time").text(label).child(input)
    };
    let hours = move || el_class("div", "actions").child(time("From", from)).child(time("to", to));
    el("div").child(option(tick, "Quiet hours each day")).when(move || quiet().is_some(), hours)
}

fn row(all: Notifications, alert: ReadSignal<Alert>) -> Element {
    let (topic, name) = alert.with_untracked(|alert| (alert.topic.clone(), alert.name.clone()));
    let route = match &topic {
        Topic::Table(id) => Some(Route::Table(id.clone())),
        Topic::Room(id) => Some(Route::Room(id.clone())),
        Topic::Item(key) => Some(Route::Item(key.clone())),
        _ => None,
    };
    let link = route.map(|route| el("a").set("href", &route.to_string()).text(&name));
    let words = el_class("p", "row-name").children(link).child(
        el_class("span", "row-detail").live_text(move || alert.with(|alert| words_of(&alert.topic, &alert.rule))),
    );
    let remove = el("button")
        .set("type", "button")
        .on_click(move || all.withdraw(&topic))
        .text("Remove")
        .child(el_class("span", "unseen").text(&format!(" {name}")));
    el_class("li", "table-row").child(words).child(el_class("div", "actions").child(remove))
}

/// A rule as a sentence without its beginning.
fn words_of(topic: &Topic, rule: &AlertRule) -> String {
    match rule {
        AlertRule::FreeOnce => "When it gets free, once".to_owned(),
        AlertRule::EachChange if matches!(topic, Topic::Item(_)) => "When it changes, once a minute at most".to_owned(),
        AlertRule::EachChange => "Each time it gets free or busy".to_owned(),
        AlertRule::Passes { path, above, bound } => {
            let (path, side) = (path.as_str(), if *above { "above" } else { "below" });
            format!("When {} gets {side} {bound}", if path.is_empty() { "its value" } else { path })
        }
        AlertRule::FreeWithin { days, hours } => {
            format!("When it gets free, {}, {} to {}", days_of(*days), hours.from, hours.to)
        }
        AlertRule::Room { question, feedback, closed } => {
            let all = [(*question, "new questions"), (*feedback, "feedback"), (*closed, "the end")];
            let chosen: Vec<&str> = all.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect();
            format!("Tells you of {}", chosen.join(", "))
        }
    }
}

fn days_of(days: u8) -> String {
    match days {
        EVERY_DAY => "any day".to_owned(),
        WORKDAYS => "Mon to Fri".to_owned(),
        _ => {
            let chosen = WEEKDAYS.into_iter().enumerate().filter(|(number, _)| days & (1 << number) != 0);
            chosen.map(|(_, name)| name).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_put_in_words() {
        let hours = Span { from: "09:00".parse().unwrap(), to: "17:30".parse().unwrap() };
        let (table, item): (Topic, Topic) = ("table/lobby".parse().unwrap(), "item/a".parse().unwrap());
        let within = |days| words_of(&table, &AlertRule::FreeWithin { days, hours });
        assert_eq!(within(WORKDAYS), "When it gets free, Mon to Fri, 09:00 to 17:30");
        let passes = AlertRule::Passes { path: "/speed".parse().unwrap(), above: false, bound: 7.into() };
        assert_eq!(words_of(&item, &passes), "When /speed gets below 7");
        assert_ne!(words_of(&item, &AlertRule::EachChange), words_of(&table, &AlertRule::EachChange));
        assert_eq!(within(0b000_0101), "When it gets free, Mon, Wed, 09:00 to 17:30");
        let room = AlertRule::Room { question: true, feedback: false, closed: true };
        assert_eq!(words_of(&table, &room), "Tells you of new questions, the end");
    }
}
