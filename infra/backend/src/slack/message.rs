//! The Slack message for an event: Block Kit, with a link to the page.

use domain::event::Event;
use domain::notification_payload::NotificationPayload;
use domain::person::PersonId;
use serde_json::{Value, json};

use crate::config::Config;
use crate::identity::prefixes::SLACK_PREFIX;

/// The message for a channel.
pub(crate) fn of_event(config: &Config, event: &Event) -> Value {
    message(config, &NotificationPayload::of(event), "")
}

/// The message for one person in a channel.
pub(crate) fn to_person(config: &Config, event: &Event, person: &PersonId) -> Value {
    let user = person.as_str().strip_prefix(SLACK_PREFIX).and_then(|rest| rest.rsplit(':').next()).unwrap_or_default();
    message(config, &NotificationPayload::of(event), &format!("<@{}> ", escaped(user)))
}

fn message(config: &Config, notice: &NotificationPayload, prefix: &str) -> Value {
    let (title, body) = (escaped(&notice.title), escaped(&notice.body));
    let address = format!("{}{}", config.site, notice.path);
    let text = format!("{prefix}*{title}*\n{body}");
    let mut blocks = vec![json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})];
    if !config.site.is_empty() {
        let link = json!({"type": "mrkdwn", "text": format!("<{address}|Open in Rally>")});
        blocks.push(json!({"type": "context", "elements": [link]}));
    }
    // The text that Slack uses where it shows no blocks, such as in a notification.
    json!({"text": format!("{prefix}{title}"), "blocks": blocks})
}

/// Escapes Slack's three control characters (Slack, “Formatting text for app surfaces”).
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use domain::table::{Description, Table};
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn a_message_has_a_title_and_a_link_and_names_cannot_mention_anyone() {
        let config = Config { site: "https://rally.example".to_owned(), ..Config::default() };
        let description: Description = "<!channel> & co".parse().unwrap();
        let table = Table::register("lobby".parse().unwrap(), description, None, Timestamp::default());
        let event = Event::of_table("e".to_owned(), Timestamp::default(), &table);
        let message = of_event(&config, &event);
        assert_eq!(message["text"], "&lt;!channel&gt; &amp; co is free");
        assert_eq!(message["blocks"][1]["elements"][0]["text"], "<https://rally.example/tables/lobby|Open in Rally>");
        let message = to_person(&config, &event, &"slack:T1:U2".parse().unwrap());
        assert!(message["text"].as_str().unwrap().starts_with("<@U2> "));
    }
}
