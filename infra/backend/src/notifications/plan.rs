//! Plans the deliveries of an event and stores them.
//!
//! Planning an event again changes nothing: the recipients of each person are written in one transaction, under the condition that they do
//! not exist. The same transaction ends an alert that notifies once.

use domain::alert::{Alert, DayTime, LocalMoment, LocalMoments, Preferences};
use domain::event::{Event, EventKind};
use domain::person::PersonId;
use domain::table::{TableId, TableStatus};
use domain::time::Timestamp;
use futures::future::try_join;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::tz::TimeZone;

use crate::App;
use crate::db::StorageError;
use crate::identity::prefixes::SLACK_PREFIX;
use crate::notifications::alert_store::NotificationSettings;
use crate::notifications::delivery_store::DeliveryRecord;
use crate::notifications::recipient::Recipient;

/// The number of people that are planned concurrently.
const CONCURRENT_PEOPLE: usize = 16;

/// Plans an event and returns the recipients whose deliveries are not finished.
///
/// # Errors
/// The database fails.
pub async fn plan(app: &App, event: &Event) -> Result<Vec<Recipient>, StorageError> {
    let (mut deliveries, is_complete) = app.storage().deliveries(&event.id).await?;
    if !is_complete {
        let (has_alerts, has_channel) = try_join(plan_people(app, event), plan_channel(app, event)).await?;
        if !has_alerts && !has_channel {
            // Most events have no alert. For these, nothing is stored.
            return Ok(Vec::new());
        }
        app.storage().complete_plan(&event.id, app.now()).await?;
        deliveries = app.storage().deliveries(&event.id).await?.0;
    }
    let open = deliveries.iter().filter(|delivery| delivery.is_open());
    // An unreadable delivery was written by another version of this code, which will send it.
    Ok(open.filter_map(|delivery| serde_json::from_str(&delivery.recipient).ok()).collect())
}

/// Plans the deliveries to people, and returns whether there were any candidates.
async fn plan_people(app: &App, event: &Event) -> Result<bool, StorageError> {
    if let EventKind::Called { person, .. } = &event.kind {
        // A person in a queue expects the call, so quiet hours and pauses do not apply.
        let settings = app.storage().notification_settings(person).await?;
        plan_person(app, event, person, &settings, None).await?;
        return Ok(true);
    }
    let alerts = app.storage().alerts_about(&event.topic()).await?;
    let has_alerts = !alerts.is_empty();
    stream::iter(alerts)
        .map(Ok)
        .try_for_each_concurrent(CONCURRENT_PEOPLE, async |record| {
            let settings = app.storage().notification_settings(&record.person).await?;
            if !should_notify(&record.alert, &settings.preferences, event) {
                return Ok(());
            }
            plan_person(app, event, &record.person, &settings, Some(&record.alert)).await
        })
        .await?;
    Ok(has_alerts)
}

/// Stores the deliveries to one person. A person without any channel keeps the alert.
pub(crate) async fn plan_person(
    app: &App,
    event: &Event,
    person: &PersonId,
    settings: &NotificationSettings,
    alert: Option<&Alert>,
) -> Result<(), StorageError> {
    let one_time_alert = alert.filter(|alert| alert.rule.is_once());
    let recipients = recipients_of(app, event, person, settings).await?;
    let deliveries: Vec<DeliveryRecord> =
        recipients.iter().map(|recipient| record(event, recipient, one_time_alert.cloned(), app.now())).collect();
    if deliveries.is_empty() {
        return Ok(());
    }
    match app.storage().plan_deliveries(&deliveries, one_time_alert.map(|alert| (person, alert))).await {
        // They are stored already, or the alert has changed.
        Err(StorageError::Changed) => Ok(()),
        other => other,
    }
}

/// Stores the deliveries of an event to one person only, with the alert that is restored if the event is outdated when it is sent.
pub(crate) async fn plan_with_restorable_alert(
    app: &App,
    event: &Event,
    person: &PersonId,
    settings: &NotificationSettings,
    alert: &Alert,
) -> Result<(), StorageError> {
    let recipients = recipients_of(app, event, person, settings).await?;
    let now = app.now();
    let deliveries: Vec<DeliveryRecord> =
        recipients.iter().map(|recipient| record(event, recipient, Some(alert.clone()), now)).collect();
    if !deliveries.is_empty() {
        match app.storage().plan_deliveries(&deliveries, None).await {
            Ok(()) | Err(StorageError::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    app.storage().complete_plan(&event.id, now).await
}

/// The recipients of a person: their browsers, or a mention in a Slack channel.
async fn recipients_of(
    app: &App,
    event: &Event,
    person: &PersonId,
    settings: &NotificationSettings,
) -> Result<Vec<Recipient>, StorageError> {
    if person.as_str().starts_with(SLACK_PREFIX) {
        let (EventKind::Table { table, .. } | EventKind::Called { table, .. }) = &event.kind else {
            return Ok(Vec::new());
        };
        let webhook = webhook(app, table).await?.map(|(webhook, _)| webhook);
        return Ok(webhook.map(|webhook| Recipient::Mention { person: person.clone(), webhook }).into_iter().collect());
    }
    let browsers = settings.browsers.iter();
    Ok(browsers.map(|browser| Recipient::Browser { person: person.clone(), browser: browser.id.clone() }).collect())
}

/// Plans the delivery to a Slack channel, and returns whether there is one.
async fn plan_channel(app: &App, event: &Event) -> Result<bool, StorageError> {
    let EventKind::Table { table, status, .. } = &event.kind else { return Ok(false) };
    let Some((webhook, each_change)) = webhook(app, table).await? else { return Ok(false) };
    let is_posted = match status {
        TableStatus::Free => true,
        TableStatus::Busy => each_change,
        TableStatus::NoSignal => false,
    };
    if !is_posted {
        return Ok(false);
    }
    let delivery = record(event, &Recipient::Channel { webhook }, None, app.now());
    match app.storage().plan_deliveries(&[delivery], None).await {
        Ok(()) | Err(StorageError::Changed) => Ok(true),
        Err(error) => Err(error),
    }
}

/// The webhook for a table, if one is set and not switched off; and whether it posts each change.
async fn webhook(app: &App, table: &TableId) -> Result<Option<(Option<TableId>, bool)>, StorageError> {
    // There are only a few, so one query for all costs less than two reads.
    let all = app.storage().webhooks().await?;
    let of_table = |wanted: Option<&TableId>| all.iter().find(|record| record.table().as_ref() == wanted).cloned();
    let own = of_table(Some(table)).map(|own| (Some(table.clone()), own));
    let found = own.or_else(|| of_table(None).map(|general| (None, general)));
    Ok(found.filter(|(_, record)| !record.is_off).map(|(table, record)| (table, record.each_change)))
}

fn record(event: &Event, recipient: &Recipient, ended_alert: Option<Alert>, now: Timestamp) -> DeliveryRecord {
    let json = serde_json::to_string(recipient).unwrap_or_default();
    DeliveryRecord::new(&event.id, &recipient.key(), json, recipient.person().cloned(), ended_alert, now)
}

/// Whether an alert matches this event. Its hours are in its own time zone, or else in that of the preferences; the quiet hours are in that
/// of the preferences.
fn should_notify(alert: &Alert, preferences: &Preferences, event: &Event) -> bool {
    let of_preferences = preferences.time_zone.as_str();
    let of_rule = alert.time_zone.as_deref().unwrap_or_default();
    let local = LocalMoments {
        rule: local_moment(&[of_rule, of_preferences], event.at),
        quiet: local_moment(&[of_preferences], event.at),
    };
    alert.should_notify(event, preferences, local)
}

/// The time in the first of these time zones that is known; in UTC if none is.
fn local_moment(zones: &[&str], at: Timestamp) -> LocalMoment {
    let zone = zones.iter().find_map(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    let moment = jiff::Timestamp::from_millisecond(at.milliseconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = moment.to_zoned(zone);
    let minutes = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
    LocalMoment { weekday: local.weekday().to_monday_one_offset().unsigned_abs(), time: DayTime::from_minutes(minutes) }
}

#[cfg(test)]
mod tests {
    use domain::alert::{AlertRule, Span};
    use domain::table::{Description, Table};

    use super::*;

    fn in_zone(name: &str) -> Preferences {
        Preferences { time_zone: name.to_owned(), ..Preferences::default() }
    }

    /// An alert for Sundays from 12:00 to 13:00, set in this time zone.
    fn at_sunday_noon(zone: Option<&str>) -> Alert {
        let hours = Span { from: "12:00".parse().unwrap(), to: "13:00".parse().unwrap() };
        Alert {
            topic: "table/lobby".parse().unwrap(),
            name: "Lobby".to_owned(),
            rule: AlertRule::FreeWithin { days: 0b100_0000, hours },
            time_zone: zone.map(ToOwned::to_owned),
            asked_at: Timestamp::from_milliseconds(0),
            asked_rev: 1,
            expires_at: None,
            rev: 1,
        }
    }

    fn gets_free(at: &str) -> Event {
        let at = at.parse().unwrap();
        let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at);
        Event::of_table("e1".to_owned(), at, &Table { status: TableStatus::Free, ..table })
    }

    #[test]
    fn a_moment_is_that_of_the_first_known_time_zone() {
        // A Friday.
        let at: Timestamp = "2026-07-03T22:30:00Z".parse().unwrap();
        for (zones, weekday, time, why) in [
            (vec!["Europe/Zurich"], 6, "00:30", "summer time, and Saturday already"),
            (vec!["America/New_York"], 5, "18:30", ""),
            (vec!["Asia/Tokyo", "America/New_York"], 6, "07:30", "the first one that is known"),
            (vec!["", "America/New_York"], 5, "18:30", "the alert has none"),
            (vec!["Nowhere/Land", "America/New_York"], 5, "18:30", "the alert's is unknown"),
            (vec!["", ""], 5, "22:30", "UTC"),
            (vec!["Nowhere/Land"], 5, "22:30", "UTC"),
        ] {
            let moment = local_moment(&zones, at);
            assert_eq!((moment.weekday, moment.time.to_string().as_str()), (weekday, time), "{zones:?}: {why}");
        }
    }

    #[test]
    fn hours_are_in_the_time_zone_of_the_alert() {
        // 12:00 on Sunday, 5 July 2026, in each of these time zones.
        let [tokyo, zurich, utc] = ["2026-07-05T03:30:00Z", "2026-07-05T10:30:00Z", "2026-07-05T12:30:00Z"];
        for (zone, preferences, noon) in [
            (Some("Asia/Tokyo"), "", tokyo),
            (Some("Asia/Tokyo"), "Europe/Zurich", tokyo),
            (None, "Europe/Zurich", zurich),
            (Some("Nowhere/Land"), "Europe/Zurich", zurich),
            (None, "", utc),
        ] {
            for at in [tokyo, zurich, utc] {
                let notifies = should_notify(&at_sunday_noon(zone), &in_zone(preferences), &gets_free(at));
                assert_eq!(notifies, at == noon, "an alert of {zone:?} with preferences of {preferences:?} at {at}");
            }
        }
    }

    #[test]
    fn quiet_hours_are_in_the_time_zone_of_the_preferences() {
        let hours = Span { from: "05:00".parse().unwrap(), to: "06:00".parse().unwrap() };
        let preferences = Preferences { quiet: Some(hours), ..in_zone("Europe/Zurich") };
        let event = gets_free("2026-07-05T03:30:00Z");
        assert!(should_notify(&at_sunday_noon(Some("Asia/Tokyo")), &in_zone("Europe/Zurich"), &event));
        assert!(!should_notify(&at_sunday_noon(Some("Asia/Tokyo")), &preferences, &event), "it is 05:30 there");
    }
}
