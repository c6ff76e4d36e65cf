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
use emulator::{Faults, Port};
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
    pub told: usize,
    /// Of those, outdated by the table's next change before they could be delivered.
    pub overtaken: usize,
    /// Pushes that the push service received, whatever its response.
    pub pushes: usize,
    /// Pushes that it accepted more than once: a browser shows them once.
    pub repeated: usize,
    /// The time until everything was idle again.
    pub took: Duration,
}

/// A person's alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Each,
    Always,
    Once,
    Quiet,
}

struct Guest {
    table: usize,
    wish: Wish,
    api: Api,
    browser: PushBrowser,
}

/// Marsaglia's xorshift64.
struct Chance(u64);

impl Chance {
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
pub async fn raise(storm: Storm) -> Result<Report> {
    let outside = FakeServices::start().await;
    let faults = Faults::default();
    let settings = Settings {
        outside: Some(outside.host().to_owned()),
        visibility: Duration::from_secs(2),
        faults: faults.clone(),
        ..Settings::ephemeral()
    };
    let local = deployment::start(settings).await.context("the server starts")?;
    let api = Api::new(&format!("http://{}", local.address()));
    let database = Database::new(&format!("http://{}", local.aws_address()), test_support::dynamodb::TABLE);
    let guests = invite(&api, &database, &outside, storm).await?;

    let begun = Instant::now();
    strike(&faults, storm.seed);
    outside.fail_by_chance(storm.seed);
    let mut chance = Chance(storm.seed | 1);
    let mut free = vec![false; storm.tables];
    let mut changes = vec![(0_usize, 0_usize); storm.tables];
    for _ in 0..storm.events {
        let table = chance.below(storm.tables);
        free[table] = !free[table];
        report(&api, table, free[table]).await?;
        let counted = &mut changes[table];
        if free[table] { counted.0 += 1 } else { counted.1 += 1 }
    }
    let deliveries = calm(&local, storm.events).await?;
    let took = begun.elapsed();
    faults.end_chances();
    judge(&guests, &deliveries, &changes, &free, took).await
}

async fn invite(api: &Api, database: &Database, outside: &FakeServices, storm: Storm) -> Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for table in 0..storm.tables {
        // Created in its initial state: a change to it would be an event.
        database.put_table(&name(table), "busy", 1, Duration::ZERO).await;
        for number in 0..storm.people {
            for wish in [Wish::Each, Wish::Always, Wish::Once, Wish::Quiet] {
                let browser = outside.browser(&format!("{table}-{number}-{wish:?}"));
                let key: String = format!("{table}x{number}x{wish:?}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
                let visitor = api.from_elsewhere().with_visitor(&format!("{}A", &key[..42]));
                let registered = visitor.call_with(Method::PUT, "/v1/me/browsers", &browser.subscription()).await;
                ensure!(registered.status == 200, "{}", registered.body);
                let rule = match wish {
                    Wish::Each | Wish::Quiet => json!({"when": "each_change"}),
                    Wish::Always => json!({"when": "free_within", "days": 127, "from": "00:00", "to": "00:00"}),
                    Wish::Once => json!({"when": "free_once"}),
                };
                let path = format!("/v1/me/alerts/tables/{}", name(table));
                let asked = visitor.call_with(Method::PUT, &path, &json!({"rule": rule})).await;
                ensure!(asked.status == 200, "{}", asked.body);
                if wish == Wish::Quiet {
                    let quiet = json!({"timeZone": "", "quiet": {"from": "00:00", "to": "00:00"}});
                    let path = "/v1/me/notifications/preferences";
                    let kept = visitor.call_with(Method::PUT, path, &quiet).await;
                    ensure!(kept.status == 200, "{}", kept.body);
                }
                guests.push(Guest { table, wish, api: visitor, browser });
            }
        }
    }
    Ok(guests)
}

/// Failures at every port, with this probability in thousandths.
fn strike(faults: &Faults, seed: u64) {
    let ports = [
        (Port::Publish, 50),
        (Port::Send, 50),
        (Port::Database, 20),
        (Port::FunctionBefore, 30),
        (Port::FunctionAfter, 30),
        (Port::Duplicate, 30),
        (Port::StreamAfter, 30),
    ];
    for (port, often) in ports {
        faults.chance(port, often, seed);
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
async fn calm(local: &Local, events: usize) -> Result<Vec<Delivery>> {
    loop {
        let dead = local.broker().until_still().await?;
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

async fn judge(
    guests: &[Guest],
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
    let mut known = 0;
    for guest in guests {
        let of_guest = planned.get(guest.browser.id().as_str()).map_or(&[][..], Vec::as_slice);
        known += of_guest.len();
        let (freed, taken) = changes[guest.table];
        let expected = match guest.wish {
            Wish::Each => freed + taken,
            Wish::Always => freed,
            Wish::Once => usize::from(freed > 0),
            Wish::Quiet => 0,
        };
        let what = format!("{:?} at table {}", guest.wish, guest.table);
        let sent: BTreeSet<&str> =
            of_guest.iter().filter(|one| one.progress == "sent").map(|one| one.event.as_str()).collect();
        let outdated = of_guest.iter().filter(|one| one.progress == "outdated").count();
        ensure!(sent.len() + outdated == of_guest.len(), "{what}: a delivery was refused");
        if guest.wish == Wish::Once {
            // An outdated delivery sets its alert again: so there may be several tries, of which one is delivered; or all were
            // outdated, the table is taken, and they still wait.
            let asked = guest.api.call(Method::GET, "/v1/me/notifications").await;
            let waits = asked.data()["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty());
            ensure!(sent.len() <= 1 && waits == sent.is_empty(), "{what}: told {} times, waits: {waits}", sent.len());
            ensure!(expected == 0 || !waits || !free[guest.table], "{what}: waits, and the table is free");
        } else {
            ensure!(of_guest.len() == expected, "{what}: {} planned of {expected}", of_guest.len());
        }
        let pushes = guest.browser.pushes();
        let taken_pushes: Vec<Value> =
            pushes.iter().filter(|push| push.was_taken()).map(|push| guest.browser.read(push)).collect();
        let seen: BTreeSet<String> = taken_pushes
            .iter()
            .map(|notice| format!("DELIVERY#{}", notice["event"].as_str().unwrap_or_default()))
            .collect();
        for event in &sent {
            ensure!(seen.contains(*event), "{what}: {event} is said to be told, and was not");
        }
        let of_theirs: BTreeSet<&str> = of_guest.iter().map(|one| one.event.as_str()).collect();
        ensure!(seen.iter().all(|event| of_theirs.contains(event.as_str())), "{what}: told of what is not theirs");
        if let (Some(last), Wish::Each) = (taken_pushes.last(), guest.wish) {
            let is_free = last["title"].as_str().is_some_and(|title| title.ends_with("is free"));
            ensure!(is_free == free[guest.table], "{what}: the last word is wrong");
        }
        ensure!(guest.wish != Wish::Each || expected == 0 || !taken_pushes.is_empty(), "{what}: never told");
        report.deliveries += of_guest.len();
        report.told += sent.len();
        report.overtaken += outdated;
        report.pushes += pushes.len();
        report.repeated += taken_pushes.len() - seen.len();
    }
    ensure!(known == deliveries.len(), "{} deliveries are nobody's", deliveries.len() - known);
    Ok(report)
}
