//! Commands on alerts: what somebody asks to be told of, and how. Never decides what can be asked: `domain::alert` does.

use domain::actor::{Action, Actor};
use domain::alert::{ALERTS_PER_PERSON, Alert, Preferences};
use domain::item::ItemKey;
use domain::person::{Person, PersonId};
use domain::room::RoomId;
use domain::table::{Table, TableId, TableStatus};
use domain::topic::Topic;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::notifications::{NewAlert, Notifications};

use super::{CommandError, TRIES, entrants, tables};
use crate::App;
use crate::storage::StorageError;

/// All that somebody has asked for.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, person: &PersonId) -> Result<Notifications, CommandError> {
    let asked = app.storage().asked(person).await?;
    Ok(Notifications {
        preferences: asked.preferences,
        alerts: asked.alerts,
        browsers: asked.browsers.into_iter().map(|browser| browser.id).collect(),
    })
}

/// Says how somebody wants to be told.
///
/// # Errors
/// The time zone can be none, or the database fails.
pub async fn prefer(app: &App, person: &PersonId, preferences: Preferences) -> Result<Preferences, CommandError> {
    Preferences::check_time_zone(&preferences.time_zone)?;
    app.storage().save_preferences(person, &preferences).await?;
    Ok(preferences)
}

/// Asks to be told of a table. What is asked for again replaces what was asked for before.
///
/// # Errors
/// There is no such table, this cannot be asked of one, the time zone is not a name, it is free already, too much was asked
/// for; or the database fails.
pub async fn ask_of_table(app: &App, person: &PersonId, id: &TableId, new: NewAlert) -> Result<Alert, CommandError> {
    let topic = Topic::Table(id.clone());
    check(&new, &topic)?;
    for _ in 0..TRIES {
        let table = tables::get(app, id).await?;
        if new.rule.is_once() && table.status == TableStatus::Free {
            let message = format!("{} is free now. Go and play!", table.name());
            return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
        }
        let subject = Subject { topic: &topic, name: table.name(), rev: table.rev, table: Some(&table) };
        match save(app, person, subject, new.clone()).await {
            // The table has just changed, or they asked in two tabs at once.
            Err(CommandError::Storage(StorageError::Changed)) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed.into())
}

/// Asks to be told of a room: `person` is in it, and is told as `reachable`.
///
/// # Errors
/// They are not in it, this cannot be asked of one, the time zone is not a name, too much was asked for; or the database
/// fails.
pub async fn ask_of_room(
    app: &App,
    person: &Person,
    reachable: &PersonId,
    id: &RoomId,
    new: NewAlert,
) -> Result<Alert, CommandError> {
    let topic = Topic::Room(id.clone());
    check(&new, &topic)?;
    for _ in 0..TRIES {
        let room = entrants::authorize(app, id, person).await?;
        let subject = Subject { topic: &topic, name: room.name.as_str(), rev: room.rev, table: None };
        match save(app, reachable, subject, new.clone()).await {
            Err(CommandError::Storage(StorageError::Changed)) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed.into())
}

/// Asks to be told of an item: `actor` may read it, and is told as `reachable`. It need not be there yet.
///
/// # Errors
/// They may not read it, this cannot be asked of one, the time zone is not a name, too much was asked for; or the database
/// fails.
pub async fn ask_of_item(
    app: &App,
    actor: &Actor,
    reachable: &PersonId,
    key: &ItemKey,
    new: NewAlert,
) -> Result<Alert, CommandError> {
    let topic = Topic::Item(key.clone());
    actor.authorize(Action::ReadItem(key))?;
    check(&new, &topic)?;
    for _ in 0..TRIES {
        let rev = app.storage().item(key).await?.rev.unwrap_or_default();
        let subject = Subject { topic: &topic, name: key.as_str(), rev, table: None };
        match save(app, reachable, subject, new.clone()).await {
            Err(CommandError::Storage(StorageError::Changed)) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed.into())
}

/// Asks no more; nothing if they have not asked.
///
/// # Errors
/// The database fails.
pub async fn withdraw(app: &App, person: &PersonId, topic: &Topic) -> Result<(), CommandError> {
    Ok(app.storage().remove_alert(person, topic).await?)
}

/// The form first: a time zone that is not a name is malformed (400), a rule that does not fit the topic breaks a rule (422).
fn check(new: &NewAlert, topic: &Topic) -> Result<(), Violation> {
    Preferences::check_time_zone(&new.time_zone)?;
    new.rule.check(topic)
}

/// What an alert is about, as it is now.
struct Subject<'a> {
    topic: &'a Topic,
    name: &'a str,
    rev: u64,
    /// The table, which must still be so when the alert is written: so no change falls between looking and asking.
    table: Option<&'a Table>,
}

async fn save(app: &App, person: &PersonId, subject: Subject<'_>, new: NewAlert) -> Result<Alert, CommandError> {
    let asked = app.storage().asked(person).await?;
    let before = asked.alerts.iter().find(|alert| alert.topic == *subject.topic);
    if before.is_none() && asked.alerts.len() >= ALERTS_PER_PERSON {
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
        rev: before.map_or(0, |alert| alert.rev) + 1,
    };
    app.storage().save_alert(person, &alert, before.map(|alert| alert.rev), subject.table).await?;
    Ok(alert)
}
