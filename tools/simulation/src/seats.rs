//! The seats of the meetup: at no time more are taken than there are, and in the end they agree with the answers of its guests. Never queries
//! the server.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use dynoxide::Database;
use dynoxide::actions::query::QueryRequest;
use serde_json::{Map, Value, json};

/// The violations in the history of the table and in its final state.
pub(crate) fn violations(
    database: &Database,
    table: &str,
    meetup: &str,
    history: &[Map<String, Value>],
) -> Result<Vec<String>> {
    let pk = format!("MEETUP#{meetup}");
    let is_seats = |image: &&Map<String, Value>| image["pk"] == pk.as_str() && image["sk"] == "SEATS";
    let mut violations: Vec<String> =
        history.iter().filter(is_seats).filter_map(|image| oversold(&image["seats"])).collect();
    let request: QueryRequest = serde_json::from_value(json!({
        "TableName": table, "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}},
    }))?;
    let response = database.query(request).map_err(|error| anyhow!("{error}"))?;
    let items = serde_json::to_value(response.items.unwrap_or_default())?;
    let items: Vec<&Value> = items.as_array().into_iter().flatten().collect();
    let Some(seats) = items.iter().find(|item| item["sk"]["S"] == "SEATS").map(|item| &item["seats"]["M"]) else {
        return Ok(vec![format!("the meetup {meetup} has no seats")]);
    };
    let guests: BTreeMap<&str, &Value> = items
        .iter()
        .filter_map(|item| Some((item["sk"]["S"].as_str()?.strip_prefix("GUEST#")?, &item["guest"]["M"])))
        .collect();
    let of_answer = |answer: &'static str| guests.iter().filter(move |(_, guest)| guest["answer"]["S"] == *answer);
    let taken: u64 = of_answer("going").map(|(_, guest)| 1 + number(&guest["plus"])).sum();
    if taken != number(&seats["taken"]) {
        violations.push(format!("{taken} seats are given to guests, and the seats are {seats}"));
    }
    let list: Vec<(&str, u64)> = seats["waiting"]["L"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|waiting| (waiting["M"]["guest"]["S"].as_str().unwrap_or_default(), 1 + number(&waiting["M"]["plus"])))
        .collect();
    let waiting: BTreeSet<&str> = of_answer("waiting").map(|(key, _)| *key).collect();
    if waiting != list.iter().map(|(key, _)| *key).collect() || waiting.len() != list.len() {
        violations.push(format!("the guests {waiting:?} wait, and the wait list is {list:?}"));
    }
    let free = number(&seats["capacity"]).saturating_sub(number(&seats["taken"]));
    if let Some((first, wanted)) = list.first().filter(|(_, wanted)| *wanted <= free) {
        violations.push(format!("{free} seats are free, and {first} waits for {wanted}"));
    }
    Ok(violations)
}

/// A state of the seats in which more are taken than there are.
fn oversold(seats: &Value) -> Option<String> {
    let (taken, capacity) = (number(&seats["taken"]), number(&seats["capacity"]));
    (taken > capacity).then(|| format!("{taken} of {capacity} seats were taken"))
}

/// A number as DynamoDB writes it; 0 without one.
fn number(value: &Value) -> u64 {
    value["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}
