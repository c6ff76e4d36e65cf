//! An announcement of an event: hundreds of guests answer within seconds, and the time from each answer to its receipt on the host's board.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::server::Server;
use test_support::socket::Socket;
use tokio::time::{Instant, sleep_until, timeout};

/// The limit from an answer to its receipt on the board, in 99 of 100 cases.
pub const TARGET: Duration = Duration::from_secs(1);

/// Timeout for all answers to be on the board, after the last one was sent.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The rate limits of the server are multiplied by this: the guests have one address here.
const RATES: u32 = 100;

/// The size of the announcement.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// The number of guests.
    pub guests: usize,
    /// The time within which they answer, evenly distributed.
    pub within: Duration,
    /// The number of seats; `None` for no limit.
    pub seats: Option<usize>,
}

/// The result.
#[derive(Debug)]
pub struct Report {
    /// Guests who got a seat.
    pub going: usize,
    /// Guests on the wait list.
    pub waiting: usize,
    /// From the sending of an answer to its receipt on the board: the median, the 99th percentile and the longest time.
    pub to_board: [Duration; 3],
    /// From the sending of an answer to the response: the median, the 99th percentile and the longest time.
    pub to_response: [Duration; 3],
}

/// Publishes an event and lets the guests answer.
///
/// # Errors
/// The server does not answer as it should, or an answer does not reach the board.
pub async fn measure(load: Load) -> Result<Report> {
    let server = Server::start_for_crowds(RATES).await;
    let host = server.member("Ada").await;
    let form = json!({
        "title": "Summer party", "start": "2098-07-01T19:00", "zone": "Europe/Berlin", "visibility": "unlisted", "capacity": load.seats,
    });
    let created = host.api.call_with(Method::POST, "/v1/meetups", &form).await;
    ensure!(created.status == 201, "An event: {}", created.body);
    let id = created.data()["meetup"]["id"].as_str().context("An event has an id")?.to_owned();
    let published = host.api.call(Method::POST, &format!("/v1/meetups/{id}/publish")).await;
    ensure!(published.status == 200, "Publishing: {}", published.body);
    let mut board = host.socket().await;
    board.subscribe(&format!("meetup/{id}/guests")).await;

    let begun = Instant::now();
    let receipts = tokio::spawn(async move { receive(&mut board, load.guests).await });
    let answers = (0..load.guests).map(async |number| {
        sleep_until(begun + load.within.mul_f64(number as f64 / load.guests as f64)).await;
        // 43 characters of base64url, different for each guest.
        let api = server.visitor().with_visitor(&format!("{number:042}A"));
        let sent = Instant::now();
        let body = json!({"isComing": true, "name": name(number)});
        let response = api.call_with(Method::PUT, &format!("/v1/meetups/{id}/answer"), &body).await;
        ensure!(response.status == 200, "An answer: {}", response.body);
        Ok((name(number), sent, sent.elapsed()))
    });
    let answers = try_join_all(answers).await?;
    let receipts = timeout(TIMEOUT, receipts).await.context("Some answers do not reach the board")???;
    let mut to_board = Vec::new();
    for (guest, sent, _) in &answers {
        let (received, _) = receipts.get(guest).with_context(|| format!("{guest} is not on the board"))?;
        to_board.push(received.saturating_duration_since(*sent));
    }
    let count = |answer: &str| receipts.values().filter(|(_, state)| state["answer"] == *answer).count();
    Ok(Report {
        going: count("going"),
        waiting: count("waiting"),
        to_board: percentiles(to_board),
        to_response: percentiles(answers.into_iter().map(|(_, _, time)| time).collect()),
    })
}

fn name(number: usize) -> String {
    format!("Guest {number}")
}

/// The first change of each guest on the board, with its time.
async fn receive(board: &mut Socket, guests: usize) -> Result<BTreeMap<String, (Instant, Value)>> {
    let mut receipts = BTreeMap::new();
    while receipts.len() < guests {
        let frame = board.next().await;
        for change in frame["changes"].as_array().into_iter().flatten() {
            let guest = change["state"]["name"].as_str().context("A guest has a name")?;
            receipts.entry(guest.to_owned()).or_insert_with(|| (Instant::now(), change["state"].clone()));
        }
    }
    Ok(receipts)
}

fn percentiles(mut times: Vec<Duration>) -> [Duration; 3] {
    times.sort_unstable();
    [50, 99, 100].map(|hundredths| {
        times.get((times.len() * hundredths).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
    })
}
