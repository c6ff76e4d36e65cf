//! Commands on alerts and preferences. The rules are in `domain::alert`.

use domain::actor::{Action, Actor};
use domain::alert::{ALERTS_PER_PERSON, Alert, Preferences, VISITOR_KEPT};
use domain::item::ItemKey;
use domain::person::{Person, PersonId};
use domain::room::RoomId;
use domain::table::{Table, TableId, TableStatus};
use domain::time::Timestamp;
use domain::topic::Topic;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::notifications::{NewAlert, Notifications};

use crate::App;
use crate::command::{CommandError, TRIES};
use crate::db::StorageError;
use crate::identity::prefixes::VISITOR_PREFIX;
use crate::notifications::alert_store::NotificationSettings;
use crate::rooms;
use crate::tables;

/// All alerts, browsers and preferences of a person. Reading them renews what would expire: alerts about private items, if `actor` may
/// still read these, and all data of a visitor. Alerts about topics that the actor may not read any more are deleted.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, actor: &Actor, person: &PersonId) -> Result<Notifications, CommandError> {
    let mut settings = app.storage().notification_settings(person).await?;
    let mut alerts = Vec::with_capacity(settings.alerts.len());
    for alert in std::mem::take(&mut settings.alerts) {
        if alert.has_expired(app.now()) || !may_read(actor, &alert.topic) {
            app.storage().remove_alert(person, &alert.topic).await?;
        } else {
            alerts.push(renew(app, person, alert).await?);
        }
    }
    renew_visitor_data(app, person, &settings).await?;
    Ok(Notifications {
        preferences: settings.preferences,
        alerts,
        browsers: settings.browsers.into_iter().map(|browser| browser.id).collect(),
    })
}

/// Whether an actor may still read a topic and be notified of it. For a room, the room itself decides.
fn may_read(actor: &Actor, topic: &Topic) -> bool {
    match topic {
        Topic::Item(key) => actor.authorize(Action::ReadItem(key)).is_ok(),
        _ => true,
    }
}

async fn renew(app: &App, person: &PersonId, alert: Alert) -> Result<Alert, StorageError> {
    let Some(renewed) = alert.renewed(is_visitor(person), app.now()) else { return Ok(alert) };
    match app.storage().save_alert(person, &renewed, Some(alert.rev), None).await {
        Ok(()) => Ok(renewed),
        // Another tab has renewed or changed it concurrently, or it has fired.
        Err(StorageError::Changed) => Ok(alert),
        Err(error) => Err(error),
    }
}

/// Renews a visitor's preferences and browsers, if less than half of their lifetime remains.
async fn renew_visitor_data(app: &App, person: &PersonId, settings: &NotificationSettings) -> Result<(), StorageError> {
    let half = app.now().plus(VISITOR_KEPT / 2).seconds();
    let is_due = settings.expiries.iter().any(|expires| expires.is_none_or(|expires| expires < half));
    let Some(expires) = visitor_expiry(person, app.now()).filter(|_| is_due) else { return Ok(()) };
    if settings.preferences != Preferences::default() {
        app.storage().save_preferences(person, &settings.preferences, Some(expires)).await?;
    }
    for browser in &settings.browsers {
        app.storage().save_browser(person, browser, Some(person), None, Some(expires)).await?;
    }
    Ok(())
}

/// When newly stored data of a person expires; `None` unless it is a visitor.
pub(crate) fn visitor_expiry(person: &PersonId, now: Timestamp) -> Option<Timestamp> {
    is_visitor(person).then(|| now.plus(VISITOR_KEPT))
}

fn is_visitor(person: &PersonId) -> bool {
    person.as_str().starts_with(VISITOR_PREFIX)
}

/// Sets a person's preferences.
///
/// # Errors
/// The time zone is not valid, or the database fails.
pub async fn set_preferences(
    app: &App,
    person: &PersonId,
    preferences: Preferences,
) -> Result<Preferences, CommandError> {
    Preferences::check_time_zone(&preferences.time_zone)?;
    let expires = visitor_expiry(person, app.now());
    app.storage().save_preferences(person, &preferences, expires).await?;
    Ok(preferences)
}

/// Sets an alert for a table. A new alert replaces an existing one.
///
/// # Errors
/// There is no such table, the rule does not fit a table, the time zone is not a name, the table is free already, the person has too many
/// alerts; or the database fails.
pub async fn set_table_alert(app: &App, person: &PersonId, id: &TableId, new: NewAlert) -> Result<Alert, CommandError> {
    let topic = Topic::Table(id.clone());
    check(&new, &topic)?;
    for _ in 0..TRIES {
        let table = tables::service::get(app, id).await?;
        if new.rule.is_once() && table.status == TableStatus::Free {
            let message = format!("{} is free now. Go and play!", table.name());
            return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
        }
        let subject = Subject { topic: &topic, name: table.name(), rev: table.rev, table: Some(&table) };
        match save(app, person, subject, new.clone()).await {
            // The table has just changed, or the person set an alert in two tabs at once.
            Err(CommandError::Storage(StorageError::Changed)) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed.into())
}

/// Sets an alert for a room that `person` is in; the notifications go to `recipient`.
///
/// # Errors
/// The person is not in it, the rule does not fit a room, the time zone is not a name, the person has too many alerts; or the database
/// fails.
pub async fn set_room_alert(
    app: &App,
    person: &Person,
    recipient: &PersonId,
    id: &RoomId,
    new: NewAlert,
) -> Result<Alert, CommandError> {
    let topic = Topic::Room(id.clone());
    check(&new, &topic)?;
    for _ in 0..TRIES {
        let room = rooms::access::authorize(app, id, person).await?;
        let subject = Subject { topic: &topic, name: room.name.as_str(), rev: room.rev, table: None };
        match save(app, recipient, subject, new.clone()).await {
            Err(CommandError::Storage(StorageError::Changed)) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed.into())
}

/// Sets an alert for an item that `actor` may read; the notifications go to `recipient`. The item need not exist yet.
///
/// # Errors
/// The actor may not read it, the rule does not fit an item, the time zone is not a name, the person has too many alerts; or the database
/// fails.
pub async fn set_item_alert(
    app: &App,
    actor: &Actor,
    recipient: &PersonId,
    key: &ItemKey,
    new: NewAlert,
) -> Result<Alert, CommandError> {
    let topic = Topic::Item(key.clone());
    actor.authorize(Action::ReadItem(key))?;
    check(&new, &topic)?;
    for _ in 0..TRIES {
        let rev = app.storage().item(key).await?.rev.unwrap_or_default();
        let subject = Subject { topic: &topic, name: key.as_str(), rev, table: None };
        match save(app, recipient, subject, new.clone()).await {
            Err(CommandError::Storage(StorageError::Changed)) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed.into())
}

/// Deletes an alert. Succeeds if there is none.
///
/// # Errors
/// The database fails.
pub async fn delete_alert(app: &App, person: &PersonId, topic: &Topic) -> Result<(), CommandError> {
    Ok(app.storage().remove_alert(person, topic).await?)
}

/// Checks the form first: a time zone that is not a name is malformed (400), a rule that does not fit the topic is a rule violation (422).
fn check(new: &NewAlert, topic: &Topic) -> Result<(), Violation> {
    Preferences::check_time_zone(&new.time_zone)?;
    new.rule.check(topic)
}

/// The subject of an alert in its current state.
struct Subject<'a> {
    topic: &'a Topic,
    name: &'a str,
    rev: u64,
    /// The table, which must be unchanged when the alert is written, so that the alert misses no change.
    table: Option<&'a Table>,
}

async fn save(app: &App, person: &PersonId, subject: Subject<'_>, new: NewAlert) -> Result<Alert, CommandError> {
    let settings = app.storage().notification_settings(person).await?;
    let before = settings.alerts.iter().find(|alert| alert.topic == *subject.topic);
    if before.is_none() && settings.alerts.len() >= ALERTS_PER_PERSON {
        let message = format!("You have {ALERTS_PER_PERSON} notifications already. Turn one off first.");
        return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
    }
    let alert = Alert {
        topic: subject.topic.clone(),
        name: subject.name.to_owned(),
        rule: new.rule,
        time_zone: Some(new.time_zone).filter(|zone| !zone.is_empty()),
        asked_at: app.now(),
        asked_rev: subject.rev,
        expires_at: Alert::lifetime(subject.topic, is_visitor(person)).map(|lifetime| app.now().plus(lifetime)),
        rev: before.map_or(0, |alert| alert.rev) + 1,
    };
    app.storage().save_alert(person, &alert, before.map(|alert| alert.rev), subject.table).await?;
    Ok(alert)
}
