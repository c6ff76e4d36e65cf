//! A storm of events with failures injected at every port: each recipient is notified, sees each event once, and no other person is
//! notified.
//!
//! The whole product runs in this process, so that its AWS can fail on request: SNS, SQS and DynamoDB return errors, functions die
//! before and after their work, batches and invocations are repeated; and the push service refuses, and accepts some pushes with an
//! error response.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use emulator::{FaultPoint, Faults};
use local::{Local, Settings, deployment};
use reqwest::Method;
use serde_json::{Value, json};

use test_support::api::Api;
use test_support::dynamodb::Database;
use test_support::fake_services::{FakeServices, PushBrowser};

/// The size of a storm.
#[derive(Debug, Clone, Copy)]
pub struct Storm {
    /// The number of changes of a table's status.
    pub events: usize,
    /// The number of tables.
    pub tables: usize,
    /// The number of people of each kind at each table.
    pub people: usize,
    /// The seed gives the same random sequence.
    pub seed: u64,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Changes of a table's status.
    pub events: usize,
    /// Expected deliveries: recipient and event.
    pub deliveries: usize,
    /// Of those, delivered.
    pub delivered: usize,
    /// Of those, outdated by the table's next change before they could be delivered.
    pub outdated: usize,
    /// Pushes that the push service received, whatever its response.
    pub pushes: usize,
    /// Pushes that it accepted more than once: a browser shows them once.
    pub repeated: usize,
    /// The time until everything was idle again.
    pub took: Duration,
}

/// A person's alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AlertKind {
    EachChange,
    FreeWithin,
    FreeOnce,
    Quiet,
}

struct Recipient {
    table: usize,
    alert_kind: AlertKind,
    api: Api,
    browser: PushBrowser,
}

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % (bound.max(1) as u64)) as usize
    }
}

/// Runs a storm, waits until it is over and counts.
///
/// # Errors
/// A recipient was not notified, got a wrong or repeated notification, or another person was notified.
pub async fn run(storm: Storm) -> Result<Report> {
    let services = FakeServices::start().await;
    let faults = Faults::default();
    let settings = Settings {
        external_services: Some(services.host().to_owned()),
        visibility: Duration::from_secs(2),
        faults: faults.clone(),
        ..Settings::ephemeral()
    };
    let local = deployment::start(settings).await.context("the server starts")?;
    let api = Api::new(&format!("http://{}", local.address()));
    let database = Database::new(&format!("http://{}", local.aws_address()), test_support::dynamodb::TABLE);
    let recipients = create_recipients(&api, &database, &services, storm).await?;

    let begun = Instant::now();
    inject_faults(&faults, storm.seed);
    services.fail_randomly(storm.seed);
    let mut random = Random(storm.seed | 1);
    let mut free = vec![false; storm.tables];
    let mut changes = vec![(0_usize, 0_usize); storm.tables];
    for _ in 0..storm.events {
        let table = random.below(storm.tables);
        free[table] = !free[table];
        report(&api, table, free[table]).await?;
        let counted = &mut changes[table];
        if free[table] { counted.0 += 1 } else { counted.1 += 1 }
    }
    let deliveries = wait_until_delivered(&local, storm.events).await?;
    let took = begun.elapsed();
    faults.clear_probabilities();
    check_deliveries(&recipients, &deliveries, &changes, &free, took).await
}

async fn create_recipients(
    api: &Api,
    database: &Database,
    services: &FakeServices,
    storm: Storm,
) -> Result<Vec<Recipient>> {
    let mut recipients = Vec::new();
    for table in 0..storm.tables {
        // Created in its initial state: a change to it would be an event.
        database.put_table(&name(table), "busy", 1, Duration::ZERO).await;
        for number in 0..storm.people {
            for alert_kind in [AlertKind::EachChange, AlertKind::FreeWithin, AlertKind::FreeOnce, AlertKind::Quiet] {
                let browser = services.browser(&format!("{table}-{number}-{alert_kind:?}"));
                let key: String =
                    format!("{table}x{number}x{alert_kind:?}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
                let visitor = api.from_elsewhere().with_visitor(&format!("{}A", &key[..42]));
                let registered = visitor.call_with(Method::PUT, "/v1/me/browsers", &browser.subscription()).await;
                ensure!(registered.status == 200, "{}", registered.body);
                let rule = match alert_kind {
                    AlertKind::EachChange | AlertKind::Quiet => json!({"when": "each_change"}),
                    AlertKind::FreeWithin => {
                        json!({"when": "free_within", "days": 127, "from": "00:00", "to": "00:00"})
                    }
                    AlertKind::FreeOnce => json!({"when": "free_once"}),
                };
                let path = format!("/v1/me/alerts/tables/{}", name(table));
                let response = visitor.call_with(Method::PUT, &path, &json!({"rule": rule})).await;
                ensure!(response.status == 200, "{}", response.body);
                if alert_kind == AlertKind::Quiet {
                    let quiet = json!({"timeZone": "", "quiet": {"from": "00:00", "to": "00:00"}});
                    let path = "/v1/me/notifications/preferences";
                    let saved = visitor.call_with(Method::PUT, path, &quiet).await;
                    ensure!(saved.status == 200, "{}", saved.body);
                }
                recipients.push(Recipient { table, alert_kind, api: visitor, browser });
            }
        }
    }
    Ok(recipients)
}

/// Injects faults at every fault point, with these probabilities in thousandths.
fn inject_faults(faults: &Faults, seed: u64) {
    let ports = [
        (FaultPoint::Publish, 50),
        (FaultPoint::Send, 50),
        (FaultPoint::Database, 20),
        (FaultPoint::FunctionBefore, 30),
        (FaultPoint::FunctionAfter, 30),
        (FaultPoint::Duplicate, 30),
        (FaultPoint::StreamAfter, 30),
    ];
    for (port, probability) in ports {
        faults.set_probability(port, probability, seed);
    }
}

fn name(table: usize) -> String {
    format!("table-{table:03}")
}

/// Repeats a report until the server accepts it: it has not applied a refused one.
async fn report(api: &Api, table: usize, is_free: bool) -> Result<()> {
    let path = format!("/v1/tables/{}", name(table));
    for _ in 0..50 {
        let answer = api.call_with(Method::PUT, &path, &json!({"isFree": is_free})).await;
        match answer.status {
            200 => return Ok(()),
            500.. => {}
            _ => anyhow::bail!("{}", answer.body),
        }
    }
    anyhow::bail!("the server does not take a report")
}

/// A delivery: its event, its recipient's browser, and its state.
struct Delivery {
    event: String,
    browser: String,
    progress: String,
}

/// Waits until every event is planned and no delivery is left.
async fn wait_until_delivered(local: &Local, events: usize) -> Result<Vec<Delivery>> {
    loop {
        let dead = local.broker().until_idle().await?;
        ensure!(dead == 0, "{dead} messages were given up");
        let (planned, deliveries) = deliveries(local).await?;
        let open = deliveries.iter().filter(|one| matches!(one.progress.as_str(), "planned" | "claimed")).count();
        ensure!(planned <= events, "{planned} events of {events}");
        if planned == events && open == 0 {
            return Ok(deliveries);
        }
    }
}

async fn deliveries(local: &Local) -> Result<(usize, Vec<Delivery>)> {
    let scan = local
        .clients()
        .dynamodb
        .scan()
        .table_name("rally")
        .filter_expression("begins_with(pk, :partition)")
        .expression_attribute_values(":partition", AttributeValue::S("DELIVERY#".to_owned()));
    let mut pages = scan.into_paginator().send();
    let (mut planned, mut deliveries) = (BTreeSet::new(), Vec::new());
    let mut all = 0;
    while let Some(page) = pages.next().await {
        for item in page?.items() {
            let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
            let event = text("pk");
            if text("sk") == "PLANNED" {
                // A delivery that replaces an outdated one has no event of its own.
                all += usize::from(!event.contains("/again/") && planned.insert(event));
                continue;
            }
            let recipient: Value = serde_json::from_str(&text("recipient"))?;
            let browser = recipient["browser"].as_str().unwrap_or_default().to_owned();
            deliveries.push(Delivery { event, browser, progress: text("progress") });
        }
    }
    Ok((all, deliveries))
}

async fn check_deliveries(
    recipients: &[Recipient],
    deliveries: &[Delivery],
    changes: &[(usize, usize)],
    free: &[bool],
    took: Duration,
) -> Result<Report> {
    let mut planned: BTreeMap<&str, Vec<&Delivery>> = BTreeMap::new();
    for delivery in deliveries {
        planned.entry(delivery.browser.as_str()).or_default().push(delivery);
    }
    let mut report =
        Report { events: changes.iter().map(|(freed, taken)| freed + taken).sum(), took, ..Report::default() };
    let mut matched = 0;
    for recipient in recipients {
        let of_recipient = planned.get(recipient.browser.id().as_str()).map_or(&[][..], Vec::as_slice);
        matched += of_recipient.len();
        let (freed, taken) = changes[recipient.table];
        let expected = match recipient.alert_kind {
            AlertKind::EachChange => freed + taken,
            AlertKind::FreeWithin => freed,
            AlertKind::FreeOnce => usize::from(freed > 0),
            AlertKind::Quiet => 0,
        };
        let what = format!("{:?} at table {}", recipient.alert_kind, recipient.table);
        let sent: BTreeSet<&str> =
            of_recipient.iter().filter(|one| one.progress == "sent").map(|one| one.event.as_str()).collect();
        let outdated = of_recipient.iter().filter(|one| one.progress == "outdated").count();
        ensure!(sent.len() + outdated == of_recipient.len(), "{what}: a delivery was refused");
        if recipient.alert_kind == AlertKind::FreeOnce {
            // An outdated delivery sets its alert again: so there may be several tries, of which one is delivered; or all were
            // outdated, the table is taken, and they still wait.
            let response = recipient.api.call(Method::GET, "/v1/me/notifications").await;
            let waits = response.data()["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty());
            ensure!(
                sent.len() <= 1 && waits == sent.is_empty(),
                "{what}: delivered {} times, waits: {waits}",
                sent.len()
            );
            ensure!(expected == 0 || !waits || !free[recipient.table], "{what}: waits, and the table is free");
        } else {
            ensure!(of_recipient.len() == expected, "{what}: {} planned of {expected}", of_recipient.len());
        }
        let pushes = recipient.browser.pushes();
        let accepted_pushes: Vec<Value> =
            pushes.iter().filter(|push| push.was_accepted()).map(|push| recipient.browser.read(push)).collect();
        let shown: BTreeSet<String> = accepted_pushes
            .iter()
            .map(|notification| format!("DELIVERY#{}", notification["event"].as_str().unwrap_or_default()))
            .collect();
        for event in &sent {
            ensure!(shown.contains(*event), "{what}: {event} is reported as delivered, and was not");
        }
        let of_theirs: BTreeSet<&str> = of_recipient.iter().map(|one| one.event.as_str()).collect();
        ensure!(shown.iter().all(|event| of_theirs.contains(event.as_str())), "{what}: a delivery to another person");
        if let (Some(last), AlertKind::EachChange) = (accepted_pushes.last(), recipient.alert_kind) {
            let is_free = last["title"].as_str().is_some_and(|title| title.ends_with("is free"));
            ensure!(is_free == free[recipient.table], "{what}: the last push has the wrong status");
        }
        ensure!(
            recipient.alert_kind != AlertKind::EachChange || expected == 0 || !accepted_pushes.is_empty(),
            "{what}: never delivered"
        );
        report.deliveries += of_recipient.len();
        report.delivered += sent.len();
        report.outdated += outdated;
        report.pushes += pushes.len();
        report.repeated += accepted_pushes.len() - shown.len();
    }
    ensure!(matched == deliveries.len(), "{} deliveries belong to no recipient", deliveries.len() - matched);
    Ok(report)
}
