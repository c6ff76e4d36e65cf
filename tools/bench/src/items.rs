//! One open page with many items that change all the time: whether it stays responsive, and whether its memory stays constant.

use std::env;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::first_load::browser::Browser;
use crate::server::{Server, TIMEOUT, send};

/// What `bench items` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Items on the page
    #[arg(long, default_value_t = 1_000)]
    items: u32,
    /// Changes per second, of all items together
    #[arg(long, default_value_t = 10)]
    rate: u32,
    /// Duration in seconds
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// How many times slower the processor is
    #[arg(long, default_value_t = 1)]
    slower: u32,
}

/// The maximum of one batch.
const BATCH: u32 = 100;

/// The interval of memory samples.
const LOOK: Duration = Duration::from_secs(10);

/// Browsers report tasks that take at least 50 ms ("Long Tasks API", W3C): the number of them, and the longest.
const WATCH: &str = "window.tasks = []; new PerformanceObserver((list) => list.getEntries().forEach((task) =>
    window.tasks.push(task.duration))).observe({type: 'longtask', buffered: true}); 'watching'";

/// Makes WebAssembly's memory accessible: the main module exports it, and the chunks import it.
const MEMORY: &str = "{ const real = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...all) => {
        const made = await real.apply(WebAssembly, all);
        window.wasm = made.instance.exports.memory ?? window.wasm; return made; }; }";

const TASKS: &str = "(() => { const tasks = window.tasks; window.tasks = []; return JSON.stringify(tasks); })()";

/// Opens the page, changes its items, and prints the results.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let site = env::var_os("RALLY_SITE").map(PathBuf::from);
    let site = site.context("RALLY_SITE names no site: start this with `cargo xtask bench items`")?;
    let server = Server::start(Some(&site))?;
    for first in (0..arguments.items).step_by(BATCH as usize) {
        let all = (first..arguments.items.min(first + BATCH))
            .map(|number| json!({"key": key(number), "value": value(number, 0)}));
        let body = json!({ "items": all.collect::<Vec<Value>>() });
        send(minreq::post(format!("http://{}/v1/items/batch", server.address())), &body)?;
    }
    let mut browser = Browser::start()?;
    browser.slow_down(arguments.slower)?;
    browser.before_each_page(MEMORY)?;
    browser.navigate(&format!("http://{}/items", server.address()))?;
    let all_there = format!("document.querySelectorAll('[data-item]').length === {}", arguments.items.min(1_000));
    browser.wait_for(&all_there, TIMEOUT)?;
    browser.evaluate(WATCH)?;
    thread::sleep(LOOK);
    let loading = tasks(&mut browser)?;

    let (begun, pause) = (Instant::now(), Duration::from_secs(1) / arguments.rate.max(1));
    let (mut memory, mut changes) = (vec![look(&mut browser)?], 0);
    while begun.elapsed() < Duration::from_secs(arguments.seconds) {
        let due = pause * changes;
        thread::sleep(due.saturating_sub(begun.elapsed()));
        changes += 1;
        let number = changes * 7 % arguments.items;
        let address = format!("http://{}/v1/items/{}", server.address(), key(number));
        send(minreq::put(address), &json!({"value": value(number, changes)}))?;
        if begun.elapsed() >= LOOK * u32::try_from(memory.len()).unwrap_or(u32::MAX) {
            memory.push(look(&mut browser)?);
        }
    }
    let last = changes * 7 % arguments.items;
    let shown = format!(
        "document.querySelector('[data-item=\"{}\"] .item-fields').textContent.includes('change {changes} ')",
        key(last)
    );
    browser.wait_for(&shown, TIMEOUT)?;
    let changing = tasks(&mut browser)?;
    println!(
        "{} items on one page, {} changes in {} s, processor {} times slower:",
        arguments.items, changes, arguments.seconds, arguments.slower
    );
    println!("while it came:     {}", said(&loading));
    println!("while it changed:  {}", said(&changing));
    let minute = usize::try_from(60 / LOOK.as_secs()).unwrap_or(1).min(memory.len());
    for (name, of) in [("heap", 0), ("WebAssembly", 1), ("renderer", 2)] {
        let mean = |looks: &[[u64; 3]]| looks.iter().map(|look| look[of]).sum::<u64>() / looks.len().max(1) as u64;
        let most = memory.iter().map(|look| look[of]).max().unwrap_or_default();
        let (first, end) = (mean(&memory[..minute]), mean(&memory[memory.len() - minute..]));
        println!("{name:<18} {} in the first minute, {} in the last, {} at most", mega(first), mega(end), mega(most));
    }
    Ok(())
}

fn key(number: u32) -> String {
    format!("vehicle:{number:04}")
}

fn value(number: u32, change: u32) -> Value {
    json!({
        "change": change, "driver": {"name": format!("Driver {number}"), "shift": "day"},
        "position": {"lat": 41.38 + f64::from(number) / 1e4, "lon": 2.17 + f64::from(change % 1_000) / 1e4},
        "speed": change % 120, "tags": ["van", "north"],
    })
}

/// The heap after garbage collection, WebAssembly's memory, and the renderer's resident memory.
fn look(browser: &mut Browser) -> Result<[u64; 3]> {
    let wasm = browser.evaluate("String(window.wasm.buffer.byteLength)")?;
    Ok([browser.heap()?, wasm.parse().context("The page has no WebAssembly")?, browser.renderer_memory()?])
}

fn tasks(browser: &mut Browser) -> Result<Vec<f64>> {
    serde_json::from_str(&browser.evaluate(TASKS)?).context("The page told no tasks")
}

fn said(tasks: &[f64]) -> String {
    let longest = tasks.iter().copied().fold(0.0, f64::max);
    match tasks.len() {
        0 => "no task of 50 ms or more".to_owned(),
        count => format!("{count} tasks of 50 ms or more, the longest {longest:.0} ms"),
    }
}

fn mega(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
