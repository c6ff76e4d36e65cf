//! Lighthouse's results for every page: its scores and the total blocking time, on Lighthouse's slow phone (processor four times
//! slower, 1.6 Mbit/s, 150 ms). A member who has signed in before visits the members' pages. Each result has the machine's speed at
//! that moment by Lighthouse's own benchmark index: the phone is emulated as slower than the machine, so it is only as fast as the
//! machine allows.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::first_load::browser::Browser;
use crate::rooms::people::{ask, sign_in};
use crate::server::{Server, TIMEOUT, report, send};

/// What `bench lighthouse` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Visits of each page, of which the median performance counts
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Only pages whose path contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Slow the processor and the network during the load, instead of estimating a slow phone's times afterwards
    #[arg(long)]
    applied: bool,
}

/// The categories, in the order in which they are printed.
const CATEGORIES: [&str; 4] = ["performance", "accessibility", "best-practices", "seo"];

/// Items and factories on their pages.
const ITEMS: u32 = 30;

/// The name of the member.
const HOST: &str = "Ada";

/// Visits every page, and prints a line for each.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let named = |variable: &str| {
        let path = env::var_os(variable).map(PathBuf::from);
        path.with_context(|| format!("{variable} is not set: start this with `cargo xtask bench lighthouse`"))
    };
    let (site, lighthouse) = (named("RALLY_SITE")?, named("LIGHTHOUSE")?);
    let server = Server::start(Some(&site))?;
    let room = fill(&server)?;
    let mut browser = Browser::start()?;
    let port = browser.port()?;
    sign_in_on_page(&mut browser, &server)?;
    println!("| page | performance | accessibility | best practices | SEO | blocking time | machine |");
    println!("|---|---|---|---|---|---|---|");
    let mut is_below = false;
    for path in pages(&room).into_iter().filter(|path| path.contains(&arguments.only)) {
        let address = format!("http://{}{path}", server.address());
        let mut visits = Vec::new();
        for _ in 0..arguments.runs.max(1) {
            visits.push(visit(&lighthouse, port, &address, arguments.applied)?);
        }
        visits.sort_by(|a, b| a.scores[0].total_cmp(&b.scores[0]));
        let median = &visits[visits.len() / 2];
        let scores: Vec<String> = median.scores.iter().map(|score| format!("{:.0}", score * 100.0)).collect();
        println!("| `{path}` | {} | {:.0} ms | {:.0} |", scores.join(" | "), median.blocking, median.machine);
        for fault in &median.faults {
            println!("  {fault}");
        }
        is_below |=
            median.scores[0] < 0.95 || median.scores[1..].iter().any(|score| *score < 1.0) || median.blocking > 200.0;
    }
    if is_below {
        println!("Targets missed: performance 95, the others 100, blocking time 200 ms");
    }
    Ok(())
}

/// Every page, with data on it.
fn pages(room: &str) -> Vec<String> {
    let fixed = [
        "/",
        "/tables/lobby",
        "/rooms",
        "/questions",
        "/items",
        "/items/vehicle:1",
        "/factories",
        "/admin",
        "/settings",
    ];
    let of_room = ["", "/control", "/screen"].map(|page| format!("/rooms/{room}{page}"));
    fixed.into_iter().map(str::to_owned).chain(of_room).collect()
}

/// Creates data for every page; returns the room's id.
fn fill(server: &Server) -> Result<String> {
    let address = server.address();
    for table in ["lobby", "library", "second-floor", "terrace"] {
        server.register(table)?;
        for change in 0..20 {
            report(address, table, change % 2 == 0)?;
        }
    }
    let items: Vec<Value> = (0..ITEMS)
        .map(|number| json!({"key": format!("vehicle:{number}"), "value": {"speed": number, "driver": "Bo"}}))
        .collect();
    send(minreq::post(format!("http://{address}/v1/items/batch")), &json!({ "items": items }))?;
    let token = sign_in(address, HOST)?;
    for number in 0..5 {
        let factory = json!({"name": format!("Factory {number}"), "lower": 1, "upper": 100, "count": 5});
        ask(address, "POST", "/v1/factories", Some(&token), &factory)?;
    }
    let options: Vec<Value> = (5..9).map(|count| json!({"text": count.to_string(), "correct": count == 7})).collect();
    let question = json!({"text": "How many continents are there?", "options": options});
    let question = ask(address, "POST", "/v1/questions", Some(&token), &question)?;
    let room = ask(address, "POST", "/v1/rooms", Some(&token), &json!({"name": "Geography", "guestsAllowed": true}))?;
    let id = room["id"].as_str().context("a room's id")?.to_owned();
    ask(address, "POST", &format!("/v1/rooms/{id}/picks"), Some(&token), &json!({"question": question["id"]}))?;
    Ok(id)
}

/// Signs in as a person does, so that the browser stores the sign-in.
fn sign_in_on_page(browser: &mut Browser, server: &Server) -> Result<()> {
    browser.navigate(&format!("http://{}/questions", server.address()))?;
    let button =
        "[...document.querySelectorAll('main button')].find((button) => button.textContent.includes('Sign in'))";
    browser.wait_for(button, TIMEOUT)?;
    browser.evaluate(&format!("{button}.click(); 'clicked'"))?;
    browser.wait_for("document.querySelector('#name')", TIMEOUT)?;
    let typed = format!(
        "document.querySelector('#name').value = '{HOST}'; document.querySelector('#name').form.requestSubmit(); 'sent'"
    );
    browser.evaluate(&typed)?;
    browser.wait_for("document.querySelector('.account-name')", TIMEOUT)
}

/// The result of one visit.
struct Visit {
    /// From 0 to 1, in the order of [`CATEGORIES`].
    scores: [f64; 4],
    /// Total blocking time in milliseconds.
    blocking: f64,
    /// How fast the machine was, by Lighthouse's benchmark index: the larger, the faster.
    machine: f64,
    /// The audits with lost points, except those of performance.
    faults: Vec<String>,
}

fn visit(lighthouse: &PathBuf, port: u16, address: &str, is_applied: bool) -> Result<Visit> {
    let mut command = Command::new(lighthouse);
    command.arg(address).args(["--quiet", "--output=json", "--disable-storage-reset"]);
    if is_applied {
        command.arg("--throttling-method=devtools");
    }
    command.arg(format!("--port={port}")).arg(format!("--only-categories={}", CATEGORIES.join(",")));
    let output = command.output().context("Lighthouse cannot be started")?;
    if !output.status.success() {
        bail!("Lighthouse failed on {address}: {}", String::from_utf8_lossy(&output.stderr));
    }
    read(&serde_json::from_slice(&output.stdout).context("Lighthouse printed something else than JSON")?)
}

fn read(result: &Value) -> Result<Visit> {
    let mut scores = [0.0; 4];
    for (score, category) in scores.iter_mut().zip(CATEGORIES) {
        let value = result["categories"][category]["score"].as_f64();
        *score =
            value.with_context(|| format!("Lighthouse gave no score for {category}: {}", result["runtimeError"]))?;
    }
    let blocking = result["audits"]["total-blocking-time"]["numericValue"].as_f64().context("no blocking time")?;
    let machine = result["environment"]["benchmarkIndex"].as_f64().context("no benchmark index")?;
    let references = CATEGORIES[1..].iter().flat_map(|category| result["categories"][category]["auditRefs"].as_array());
    let lost = references.flatten().filter(|reference| reference["weight"].as_f64().is_some_and(|weight| weight > 0.0));
    let lost = lost.filter_map(|reference| {
        let audit = &result["audits"][reference["id"].as_str()?];
        let fails = audit["score"].as_f64().is_some_and(|score| score < 1.0);
        fails.then(|| audit["title"].as_str().unwrap_or_default().to_owned())
    });
    Ok(Visit { scores, blocking, machine, faults: lost.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_and_faults_are_read() {
        let category = |score: f64| json!({"score": score, "auditRefs": [{"id": "label", "weight": 7}]});
        let visit = read(&json!({
            "categories": {"performance": category(0.97), "accessibility": category(0.9), "best-practices": category(1.0), "seo": category(1.0)},
            "environment": {"benchmarkIndex": 1_500.0},
            "audits": {"total-blocking-time": {"numericValue": 41.5}, "label": {"score": 0.0, "title": "No label"}},
        }))
        .unwrap();
        assert_eq!((visit.scores, visit.blocking, visit.machine), ([0.97, 0.9, 1.0, 1.0], 41.5, 1_500.0));
        assert_eq!(visit.faults[0], "No label");
        assert!(read(&json!({"runtimeError": {"code": "NO_FCP"}})).is_err());
    }
}
