//! Commands on Slack: webhooks and their secrets for admins, and the slash command.

use domain::actor::{Action, Actor};
use domain::alert::AlertRule;
use domain::person::{PersonId, PersonName};
use domain::queue::QueueView;
use domain::table::{Table, TableId, TableStatus};
use domain::time::Timestamp;
use domain::validation::Violation;
use hmac::{Hmac, Mac};
use protocol::envelope::{ApiError, ErrorCode};
use protocol::notifications::NewAlert;
use protocol::slack::{NewWebhook, SlackSettings, Webhook};
use serde_json::json;
use sha2::Sha256;

use crate::App;
use crate::cached::{REFRESH_INTERVAL, RETRY_INTERVAL};
use crate::command::CommandError;
use crate::db::{StorageError, keys};
use crate::identity::prefixes::SLACK_PREFIX;
use crate::notifications::{self, deliver};
use crate::outbound::SendOutcome;
use crate::queue;
use crate::slack::store::WebhookRecord;

/// The greatest age of a request from Slack (Slack, “Verifying requests from Slack”), in seconds.
const AGE_LIMIT: u64 = 300;

/// The Slack settings for an admin, without addresses and secrets.
///
/// # Errors
/// The actor is not authorized, or the database fails.
pub async fn settings(app: &App, actor: &Actor) -> Result<SlackSettings, CommandError> {
    actor.authorize(Action::Administrate)?;
    let webhooks = app.storage().webhooks().await?;
    for webhook in webhooks.iter().filter(|webhook| !webhook.is_sealed()) {
        app.storage().webhook_address(webhook).await?;
    }
    let webhooks = webhooks.iter().map(to_view).collect();
    let takes_commands = app.storage().has_secret(keys::SLACK_SIGNING).await?;
    Ok(SlackSettings { webhooks, takes_commands })
}

fn to_view(record: &WebhookRecord) -> Webhook {
    Webhook {
        table: record.table(),
        ends_with: record.ends_with(),
        each_change: record.each_change,
        failing_since: record.failing_since.map(Timestamp::from_milliseconds),
        failure: record.failure.clone(),
        is_off: record.is_off,
    }
}

/// Sets the webhook for a table, or the general one for all tables without their own. A webhook that was switched off works again.
///
/// # Errors
/// The actor is not authorized, the address is not a Slack webhook, there is no such table, or the database fails.
pub async fn set_webhook(app: &App, actor: &Actor, webhook: NewWebhook) -> Result<Webhook, CommandError> {
    actor.authorize(Action::Administrate)?;
    let address = webhook.address.trim();
    if !app.slack().admits(address) {
        let message = "A webhook's address begins with https://hooks.slack.com/. Copy it whole from Slack.";
        return Err(Violation::of_rule("address", "", "address", message).into());
    }
    if let Some(table) = &webhook.table {
        crate::tables::service::get(app, table).await?;
    }
    Ok(to_view(&app.storage().save_webhook(webhook.table.as_ref(), address, webhook.each_change).await?))
}

/// Deletes a webhook. Succeeds if there is none.
///
/// # Errors
/// The actor is not authorized, or the database fails.
pub async fn remove_webhook(app: &App, actor: &Actor, table: Option<&TableId>) -> Result<(), CommandError> {
    actor.authorize(Action::Administrate)?;
    Ok(app.storage().remove_webhook(table).await?)
}

/// Posts a test message.
///
/// # Errors
/// The actor is not authorized, there is no such webhook, Slack does not accept the message, or the database fails.
pub async fn try_webhook(app: &App, actor: &Actor, table: Option<&TableId>) -> Result<(), CommandError> {
    actor.authorize(Action::Administrate)?;
    let message = json!({"text": "Rally can reach this channel."});
    let refuse = |message: String| Err(ApiError::new(ErrorCode::RuleViolation, message).into());
    match deliver::post(app, table, &message).await? {
        SendOutcome::Accepted => Ok(()),
        SendOutcome::Gone => refuse("Slack knows no such webhook. Make another one and save it here.".to_owned()),
        SendOutcome::RetryLater(..) => refuse("Slack does not take it just now. Try again in a minute.".to_owned()),
        SendOutcome::Rejected(why) => refuse(format!("Slack does not take it: {why}.")),
    }
}

/// Stores the secret with which Slack signs its requests.
///
/// # Errors
/// The actor is not authorized, the secret has the wrong form, or the database fails.
pub async fn set_signing_secret(app: &App, actor: &Actor, secret: &str) -> Result<(), CommandError> {
    actor.authorize(Action::Administrate)?;
    let secret = secret.trim();
    if !(16..=128).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let message = "A signing secret is 32 letters and digits. Copy it from the app's page at Slack.";
        return Err(Violation::new("secret", "", "secret", message).into());
    }
    app.storage().replace_secret(keys::SLACK_SIGNING, secret).await?;
    app.identity().slack.clear().await;
    Ok(())
}

/// Verifies that Slack has sent this request recently (Slack, “Verifying requests from Slack”).
///
/// # Errors
/// It has not; or the database fails.
pub async fn verify(app: &App, timestamp: &str, signature: &str, body: &[u8]) -> Result<(), CommandError> {
    let refused = || ApiError::new(ErrorCode::Unauthenticated, "This is not signed by Slack, or not just now.");
    let sent: i64 = timestamp.parse().map_err(|_| refused())?;
    let signature = signature.strip_prefix("v0=").and_then(unhex).ok_or_else(refused)?;
    let now = app.now();
    if now.seconds().abs_diff(sent) > AGE_LIMIT {
        return Err(refused().into());
    }
    // The secret may have been replaced since it was cached.
    for age in [REFRESH_INTERVAL, RETRY_INTERVAL] {
        let secret = app.identity().slack.get(now, age, signing_secret(app)).await?;
        if secret.as_ref().as_ref().is_some_and(|secret| is_signed(secret, timestamp, body, &signature)) {
            return Ok(());
        }
    }
    Err(refused().into())
}

async fn signing_secret(app: &App) -> Result<Option<String>, StorageError> {
    Ok(app.storage().secret(keys::SLACK_SIGNING).await?.map(|stored| stored.text))
}

fn is_signed(secret: &str, timestamp: &str, body: &[u8], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(b"v0:");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// A person in Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackUser {
    /// `slack:{team}:{user}`.
    pub id: PersonId,
    /// The display name.
    pub name: PersonName,
}

impl SlackUser {
    /// A person by team id and user id, as Slack sends them, and name.
    ///
    /// # Errors
    /// The ids do not have Slack's form.
    pub fn new(team: &str, user: &str, name: &str) -> Result<Self, Violation> {
        let is_id = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_id(team) || !is_id(user) {
            return Err(Violation::new("user_id", user, "id", "This is nobody in Slack."));
        }
        let name = name.parse().or_else(|_| user.parse())?;
        Ok(Self { id: format!("{SLACK_PREFIX}{team}:{user}").parse()?, name })
    }
}

/// Handles the text after `/rally` and returns the reply.
///
/// # Errors
/// The database fails.
pub async fn command(app: &App, user: &SlackUser, text: &str) -> Result<String, CommandError> {
    let (verb, name) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let verb = verb.to_ascii_lowercase();
    let all = app.storage().tables().await?;
    if matches!(verb.as_str(), "" | "tables" | "list") {
        return Ok(tables(&all));
    }
    if !["free", "join", "leave", "take", "pass"].contains(&verb.as_str()) {
        return Ok(HELP.to_owned());
    }
    let table = match find(&all, name) {
        Ok(table) => table,
        Err(message) => return Ok(message),
    };
    let reply = match verb.as_str() {
        "free" => notify_once_free(app, user, table).await,
        "join" => {
            queue::service::join_as(app, &user.id, &user.name, &table.id).await.map(|queue| joined(user, table, &queue))
        }
        "leave" => queue::service::leave(app, &user.id, &table.id).await.map(|_| "You wait no more.".to_owned()),
        "take" => {
            queue::service::take(app, &user.id, &table.id).await.map(|_| "It is yours. Have a good game!".to_owned())
        }
        _ => queue::service::pass(app, &user.id, &table.id).await.map(|_| "The next one is called.".to_owned()),
    };
    match reply {
        // A denied command is a reply, with the usual message.
        Err(CommandError::Rejected(refusal)) => Ok(refusal.message),
        other => other,
    }
}

const HELP: &str = "`/rally` lists the tables. `/rally free TABLE` tells you when it gets free. `/rally join TABLE` gets \
                    you in line, `/rally leave TABLE` out of it. When it is your turn: `/rally take TABLE` or `/rally pass \
                    TABLE`.";

fn tables(all: &[Table]) -> String {
    if all.is_empty() {
        return "There are no tables yet.".to_owned();
    }
    let line = |table: &Table| {
        let (sign, word) = match table.status {
            TableStatus::Free => (":large_green_circle:", "free"),
            TableStatus::Busy => (":red_circle:", "busy"),
            TableStatus::NoSignal => (":white_circle:", "no signal"),
        };
        format!("{sign} *{}* is {word} (`{}`)", crate::notifications::escaped(table.name()), table.id)
    };
    all.iter().map(line).collect::<Vec<String>>().join("\n")
}

/// The table with this id or display name.
fn find<'a>(all: &'a [Table], name: &str) -> Result<&'a Table, String> {
    let name = name.trim().to_lowercase();
    let matches = |table: &&Table| table.id.as_str().to_lowercase() == name || table.name().to_lowercase() == name;
    match (name.is_empty(), all) {
        (true, [only]) => Ok(only),
        (true, _) => Err("Say which table, like `/rally free lobby`. `/rally` lists them.".to_owned()),
        _ => all.iter().find(matches).ok_or_else(|| {
            format!("There is no table “{}”. `/rally` lists them.", crate::notifications::escaped(&name))
        }),
    }
}

async fn notify_once_free(app: &App, user: &SlackUser, table: &Table) -> Result<String, CommandError> {
    let webhooks = app.storage().webhooks().await?;
    let is_usable = |record: &WebhookRecord| record.table().is_none_or(|one| one == table.id) && !record.is_off;
    if !webhooks.iter().any(is_usable) {
        return Ok("Rally may not post here yet. An admin can add a webhook on Rally's admin page.".to_owned());
    }
    // Slack does not send a time zone here, and this rule has no hours.
    let new = NewAlert { rule: AlertRule::FreeOnce, time_zone: String::new() };
    notifications::alert_service::set_table_alert(app, &user.id, &table.id, new).await?;
    Ok(format!("You will be told here when {} gets free.", crate::notifications::escaped(table.name())))
}

fn joined(user: &SlackUser, table: &Table, queue: &QueueView) -> String {
    let name = crate::notifications::escaped(table.name());
    let mark = domain::queue::mark(&table.id, &user.id);
    match queue.waiting.iter().position(|place| place.mark == mark) {
        Some(0) if queue.is_called => format!("{name} is free and yours: `/rally take {}` or just play.", table.id),
        Some(before) => format!("You are in line for {name}, with {before} before you. You will be called here."),
        None => format!("You are in line for {name}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_id_or_its_name() {
        let table = |id: &str, name: &str| {
            Table::register(id.parse().unwrap(), name.parse().unwrap(), None, Timestamp::default())
        };
        let all = [table("lobby", "2nd Floor"), table("attic", "")];
        assert_eq!(find(&all, " LOBBY ").unwrap().id.as_str(), "lobby");
        assert_eq!(find(&all, "2nd floor").unwrap().id.as_str(), "lobby");
        assert!(find(&all, "").unwrap_err().contains("which table"));
        assert!(find(&all, "<!channel>").unwrap_err().contains("&lt;!channel&gt;"));
        assert_eq!(find(&all[..1], "").unwrap().id.as_str(), "lobby");
    }

    #[test]
    fn ids_that_could_name_another_person_are_rejected() {
        assert_eq!(SlackUser::new("T1", "U2", "ada").unwrap().id.as_str(), "slack:T1:U2");
        for (team, user) in [("", "U2"), ("T1", ""), ("T1:U9", "U2"), ("T1", "U2#x")] {
            assert!(SlackUser::new(team, user, "ada").is_err(), "{team} {user}");
        }
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(unhex("00ff1A"), Some(vec![0, 255, 26]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
    }
}
