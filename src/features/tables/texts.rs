//! The texts of tables.

use domain::table::TableStatus;

use crate::format;

/// The page of all tables.
pub(super) const TABLES: &str = "Tables";
/// The topic is denied.
pub(super) const DENIED: &str = "The tables can't be shown";
/// There is no table.
pub(super) const EMPTY: &str = "No tables yet";
/// What an admin does then.
pub(super) const EMPTY_ADMIN: &str = "Add the first one, then create a key for its sensor. Its status appears here.";
/// What users who are not admins can do then.
pub(super) const EMPTY_OTHERS: &str = "As soon as an admin adds a table, it appears here.";
/// The way there.
pub(super) const ADD_TABLE: &str = "Add a table";

/// The status in a word.
pub(super) const fn status(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "Free",
        TableStatus::Busy => "Busy",
        TableStatus::NoSignal => "No signal",
    }
}

/// How many people wait for a table, on its card: “2 waiting”; nothing if no one does.
pub(super) fn waiting_for(people: u32) -> String {
    if people == 0 { String::new() } else { format!("{people} waiting") }
}

/// Shows the tables without anything else, for a screen on a wall.
pub(super) const WALL: &str = "Wall view";

/// A change of a table's status, as a sentence.
pub(super) fn status_changed(name: &str, status: TableStatus) -> String {
    let now = match status {
        TableStatus::Free => "is free now",
        TableStatus::Busy => "is busy now",
        TableStatus::NoSignal => "has no signal now",
    };
    format!("{name} {now}.")
}

/// A table is deleted.
pub(super) fn table_gone(name: &str) -> String {
    format!("{name} is gone.")
}

/// The link to all tables.
pub(super) const ALL_TABLES: &str = "← All tables";
/// The same, where there is nothing else to do.
pub(super) const SEE_ALL_TABLES: &str = "See all tables";
/// There is no table of this id.
pub(super) const NOT_FOUND: &str = "Table not found";
/// The table was deleted while the page showed it.
pub(super) const DELETED: &str = "This table was deleted";
/// What happened.
pub(super) const DELETED_BODY: &str = "An admin deleted it just now.";

/// There is no table of this id.
pub(super) fn not_found_body(id: &str) -> String {
    format!("No table has the ID “{id}”. It may have been deleted.")
}

/// The title in the browser's tab: “Free · Lobby”.
pub(super) fn table_title(table: TableStatus, name: &str) -> String {
    format!("{} · {name}", status(table))
}

/// Since when the table has its status: “Busy since 14:05”.
pub(super) fn since(table: TableStatus, time: &str) -> String {
    format!("{} since {time}", status(table))
}

/// Copies the address of the table's page.
pub(super) const COPY_LINK: &str = "Copy link";
/// The address is on the clipboard.
pub(super) const LINK_COPIED: &str = "Link copied";
/// Opens the QR code.
pub(super) const PRINT_CODE: &str = "Print QR code";
/// What the printed code says.
pub(super) const SCAN: &str = "Is it free? Scan to see.";
/// The browser does not let the page copy.
pub(super) fn copy_failed(address: &str) -> String {
    format!("The browser doesn't allow copying here. The link is {address}")
}

/// The menu of what is not needed often.
pub(super) fn more_about(name: &str) -> String {
    format!("More about {name}")
}

/// What the code is, for assistive technology.
pub(super) const CODE_LABEL: &str = "QR code to this table's page";
/// Prints it.
pub(super) const PRINT: &str = "Print";
/// Closes the dialog.
pub(super) const CLOSE: &str = "Close";

/// The heading of the queue.
pub(super) const QUEUE: &str = "Queue";
/// Joins the queue.
pub(super) const JOIN: &str = "Join queue";
/// Signs in, to join.
pub(super) const SIGN_IN: &str = "Sign in to join";
/// Leaves it.
pub(super) const LEAVE: &str = "Leave queue";
/// Takes the table.
pub(super) const TAKE: &str = "I'm playing";
/// Lets the next person go first.
pub(super) const PASS: &str = "Pass";
/// Gives the table up that was taken.
pub(super) const RELEASE: &str = "Release table";
/// It is the user's turn.
pub(super) const YOUR_TURN: &str = "It is your turn: the table is free.";
/// The user has taken the table.
pub(super) const YOURS: &str = "The table is yours. It is kept for two minutes, until you play.";
/// The user is the first in the queue.
pub(super) const NEXT: &str = "You are next. You will be called when the table is free.";
/// The queue is empty, and the user is not signed in.
pub(super) const SIGN_IN_TO_JOIN: &str = "No one is waiting. Sign in to join the queue.";
/// Follows the name of the person whose turn it is.
pub(super) const CALLED: &str = " · called";

/// How many people come before the user.
pub(super) fn ahead(people: usize) -> String {
    format!("{} ahead of you.", format::count(people, "person", "people"))
}

/// How many people wait.
pub(super) fn waiting(people: usize) -> String {
    match people {
        0 => "No one is waiting.".to_owned(),
        1 => "1 person is waiting.".to_owned(),
        many => format!("{many} people are waiting."),
    }
}

/// Another person has taken the table.
pub(super) fn taken_by(name: &str) -> String {
    format!("{name} is taking the table.")
}

/// What is left of a turn: “1:58 left.”
pub(super) fn left(countdown: &str) -> String {
    format!("{countdown} left.")
}

/// The form is being loaded.
pub(super) const LOADING: &str = "Loading…";
/// The form could not be loaded.
pub(super) const FORM_FAILED: &str = "This couldn't be loaded. Check your network and open it again.";
/// Tries again.
pub(super) const TRY_AGAIN: &str = "Try again";
/// No notification.
pub(super) const OFF: &str = "Off";
/// One notification.
pub(super) const FREE_ONCE: &str = "Next time it's free";
/// A notification of each change.
pub(super) const EACH_CHANGE: &str = "Every change";
/// Notifications at times.
pub(super) const FREE_WITHIN: &str = "When it's free, at these times";
/// The days of the week.
pub(super) const DAYS: &str = "Days";
/// When the hours begin.
pub(super) const FROM: &str = "From";
/// When they end.
pub(super) const TO: &str = "to";
/// No day is chosen.
pub(super) const NO_DAY: &str = "Choose at least one day.";
/// A time is missing.
pub(super) const NO_TIME: &str = "Enter both times.";
/// The hours begin and end at the same time.
pub(super) const ALL_DAY: &str = "All day.";
/// The hours end after midnight.
pub(super) const OVER_MIDNIGHT: &str = "Ends on the next day.";

/// The history could not be read.
pub(super) const HISTORY_FAILED: &str = "Couldn't load history";
/// The heading of the strip.
pub(super) const LAST_DAY: &str = "Last 24 hours";
/// The heading of the bars.
pub(super) const LAST_90_DAYS: &str = "Last 90 days";
/// The heading of the map.
pub(super) const TYPICAL_HOURS: &str = "Typical busy hours";
/// Nothing is known of a time.
pub(super) const UNKNOWN: &str = "Unknown";
/// The bars' sentence if there is nothing to see.
pub(super) const NOT_BUSY_IN_90_DAYS: &str = "Not busy in the last 90 days, as far as is known.";
/// The map's sentence if there is nothing to see.
pub(super) const NO_BUSY_HOURS: &str = "No busy hours yet.";
/// A day without signal, in the data.
pub(super) const NO_SIGNAL_THAT_DAY: &str = "no signal";
/// The heads of the strip's data.
pub(super) const STRIP_COLUMNS: [&str; 3] = ["From", "To", "Status"];
/// The heads of the bars' data.
pub(super) const DAY_COLUMNS: [&str; 2] = ["Day", "Busy"];
/// The head of the hours in the map's data.
pub(super) const HOUR: &str = "Hour";
/// What the strip's colours mean.
pub(super) const STRIP_LEGEND: [(&str, &str); 3] = [("busy", "Busy"), ("free", "Free"), ("unknown", "No signal")];
/// What the bars' colours mean.
pub(super) const DAY_BARS_LEGEND: [(&str, &str); 2] = [("busy", "Busy"), ("unknown", "No signal")];
/// What the map's colours mean.
pub(super) const HEAT_MAP_LEGEND: [(&str, &str); 5] = [
    ("level-0", "Never busy"),
    ("level-1", "Seldom"),
    ("level-2", "Sometimes"),
    ("level-3", "Often"),
    ("level-4", "Mostly"),
];
/// Opens a chart's data.
pub(super) const SHOW_DATA: &str = "Show data";

/// The name of a chart's data for assistive technology.
pub(super) fn data_of(chart: &str) -> String {
    format!("{chart}: data")
}

/// Shows more rows of a chart's data.
pub(super) fn show_more(rows: usize) -> String {
    format!("Show more ({rows} rows left)")
}

/// A length below a minute: “24 s”.
pub(super) fn seconds(seconds: i64) -> String {
    format!("{seconds} s")
}

/// The strip's sentence. `total` is how long the table was busy.
pub(super) fn busy_times(times: usize, total: &str) -> String {
    match times {
        0 => "Not busy in the last 24 hours.".to_owned(),
        1 => format!("Busy once, for {total}."),
        _ => format!("Busy {times} times, for {total} in total."),
    }
}

/// A segment of the strip: “Busy, 12:00 to 12:45”.
pub(super) fn span(status: &str, from: &str, to: &str) -> String {
    format!("{status}, {from} to {to}")
}

/// The bars' sentence.
pub(super) fn average_day(average: &str, day: &str, most: &str) -> String {
    format!("Busy {average} on an average day; most on {day}: {most}.")
}

/// The map's sentence. `part` is a part of the time in percent.
pub(super) fn busiest(weekday: &str, hour: usize, part: &str) -> String {
    format!("Busiest on {weekday} from {hour:02}:00 to {:02}:00: {part} of the time.", hour + 1)
}

/// A column or cell of a chart with its value: “Thu 19 Nov: 1 h 30 min”.
pub(super) fn value_of(name: &str, value: &str) -> String {
    format!("{name}: {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_only_that_people_wait() {
        assert_eq!([0, 1, 12].map(waiting_for), ["", "1 waiting", "12 waiting"]);
    }

    #[test]
    fn people_are_counted_with_their_plural() {
        assert_eq!([1, 2].map(ahead), ["1 person ahead of you.", "2 people ahead of you."]);
        assert_eq!([0, 1, 2].map(waiting), ["No one is waiting.", "1 person is waiting.", "2 people are waiting."]);
    }

    #[test]
    fn a_total_is_named_only_of_several_plays() {
        assert_eq!(busy_times(0, "0 s"), "Not busy in the last 24 hours.");
        assert_eq!(busy_times(1, "45 min"), "Busy once, for 45 min.");
        assert_eq!(busy_times(3, "2 h"), "Busy 3 times, for 2 h in total.");
    }

    #[test]
    fn the_last_hour_of_a_day_ends_at_24() {
        assert_eq!(busiest("Mon", 9, "50 %"), "Busiest on Mon from 09:00 to 10:00: 50 % of the time.");
        assert_eq!(busiest("Sun", 23, "5 %"), "Busiest on Sun from 23:00 to 24:00: 5 % of the time.");
    }

    #[test]
    fn a_status_reads_the_same_in_the_title_and_on_the_page() {
        for (table, word, sentence) in [
            (TableStatus::Free, "Free", "Lobby is free now."),
            (TableStatus::Busy, "Busy", "Lobby is busy now."),
            (TableStatus::NoSignal, "No signal", "Lobby has no signal now."),
        ] {
            assert_eq!(table_title(table, "Lobby"), format!("{word} · Lobby"));
            assert_eq!(since(table, "14:05"), format!("{word} since 14:05"));
            assert_eq!(status_changed("Lobby", table), sentence);
        }
    }
}
