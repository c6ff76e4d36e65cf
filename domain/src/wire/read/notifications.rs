//! Reads what the server says of alerts, notices, the line for a table and Slack. As in [`super`], never more lenient than
//! serde.

use serde_json::Value;

use super::{Read, flag, list, number, owned, parsed, text};
use crate::alert::{Alert, AlertRule, Preferences, Span};
use crate::line::{LineView, PlaceView};
use crate::notice::{Notice, Urgency};
use crate::wire::notifications::{Notifications, Trial};
use crate::wire::slack::{SlackSettings, Webhook};

fn span(value: &Value) -> Option<Span> {
    Some(Span { from: parsed(value, "from")?, to: parsed(value, "to")? })
}

impl Read for AlertRule {
    fn read(value: &Value) -> Option<Self> {
        match text(value, "when")? {
            "free_once" => Some(Self::FreeOnce),
            "each_change" => Some(Self::EachChange),
            "passes" => Some(Self::Passes {
                path: parsed(value, "path")?,
                above: flag(value, "above")?,
                bound: value.get("bound")?.as_number()?.clone(),
            }),
            "free_within" => Some(Self::FreeWithin { days: number(value, "days")?, hours: span(value)? }),
            "room" => Some(Self::Room {
                question: flag(value, "question")?,
                feedback: flag(value, "feedback")?,
                closed: flag(value, "closed")?,
            }),
            _ => None,
        }
    }
}

impl Read for Alert {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            topic: parsed(value, "topic")?,
            name: text(value, "name")?.to_owned(),
            rule: AlertRule::read(value.get("rule")?)?,
            asked_at: parsed(value, "askedAt")?,
            asked_rev: number(value, "askedRev")?,
            rev: number(value, "rev")?,
        })
    }
}

impl Read for Preferences {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            time_zone: owned(value, "timeZone"),
            quiet: value.get("quiet").and_then(span),
            paused_until: parsed(value, "pausedUntil"),
        })
    }
}

impl Read for Notifications {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            preferences: Preferences::read(value.get("preferences")?)?,
            alerts: list(value, "alerts", Alert::read)?,
            browsers: list(value, "browsers", |one| one.as_str().map(str::to_owned))?,
        })
    }
}

impl Read for Trial {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            reached: number(value, "reached")?,
            gone: number(value, "gone")?,
            failed: number(value, "failed")?,
        })
    }
}

impl Read for Notice {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            event: text(value, "event")?.to_owned(),
            title: text(value, "title")?.to_owned(),
            body: text(value, "body")?.to_owned(),
            path: text(value, "path")?.to_owned(),
            tag: text(value, "tag")?.to_owned(),
            at: value.get("at")?.as_i64()?,
            expires: value.get("expires")?.as_i64()?,
            free: text(value, "free").map(str::to_owned),
            urgency: Urgency::Normal,
        })
    }
}

fn place(value: &Value) -> Option<PlaceView> {
    Some(PlaceView { mark: text(value, "mark")?.to_owned(), name: parsed(value, "name")? })
}

impl Read for LineView {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            waiting: list(value, "waiting", place)?,
            taken_by: value.get("takenBy").and_then(place),
            is_called: flag(value, "isCalled")?,
            until: parsed(value, "until"),
        })
    }
}

impl Read for Webhook {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            table: parsed(value, "table"),
            ends_with: text(value, "endsWith")?.to_owned(),
            each_change: flag(value, "eachChange")?,
            failing_since: parsed(value, "failingSince"),
            failure: text(value, "failure").map(str::to_owned),
            is_off: flag(value, "isOff")?,
        })
    }
}

impl Read for SlackSettings {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { webhooks: list(value, "webhooks", Webhook::read)?, takes_commands: flag(value, "takesCommands")? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::same;
    use super::*;

    #[test]
    fn by_hand_as_by_serde() {
        let at = "2026-11-20T12:00:00.000Z";
        let rules = [
            json!({"when": "free_once"}),
            json!({"when": "each_change"}),
            json!({"when": "free_within", "days": 31, "from": "09:00", "to": "17:30"}),
            json!({"when": "room", "question": true, "feedback": false, "closed": true}),
        ];
        for rule in rules {
            same::<AlertRule>(&rule);
            same::<Alert>(
                &json!({"topic": "table/lobby", "name": "Lobby", "rule": rule, "askedAt": at, "askedRev": 3, "rev": 1}),
            );
        }
        let quiet = json!({"from": "22:00", "to": "07:00"});
        let preferences = json!({"timeZone": "Europe/Zurich", "quiet": quiet, "pausedUntil": at});
        same::<Preferences>(&preferences);
        same::<Notifications>(&json!({"preferences": preferences, "alerts": [], "browsers": ["b"]}));
        same::<Trial>(&json!({"reached": 1, "gone": 0, "failed": 2}));
        same::<Notice>(
            &json!({"event": "e", "title": "t", "body": "b", "path": "/", "tag": "x", "at": 1, "expires": 2,
            "free": "lobby"}),
        );
        let place = json!({"mark": "0011", "name": "Ada"});
        same::<LineView>(&json!({"waiting": [place], "takenBy": place, "isCalled": true, "until": at}));
        let webhook = json!({"table": "lobby", "endsWith": "abcd", "eachChange": true, "failingSince": at, "failure": "no",
            "isOff": false});
        same::<Webhook>(&webhook);
        same::<SlackSettings>(&json!({"webhooks": [webhook], "takesCommands": true}));
    }
}
