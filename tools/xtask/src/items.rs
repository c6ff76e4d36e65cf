//! `cargo xtask items import`: items from a file of lines, each a JSON object (NDJSON), written in batches. The whole file is checked
//! before the first write; if a server refuses a batch, the output says what was written.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::device_key::refusal;
use crate::progress::{elapsed, thousands};

/// The maximum number of items in a batch: `BATCH_LIMIT` of the domain, which this program does not compile.
const BATCH: usize = 100;

/// Maximum bytes of a batch: less than the limit of a request.
const BATCH_BYTES: usize = 3 * 1024 * 1024;

/// The time that one batch may take.
const BATCH_TIMEOUT: Duration = Duration::from_secs(60);

/// The arguments of `cargo xtask items`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Write items from a file: a JSON object on each line, with "key" and "value"
    Import(Import),
}

#[derive(clap::Args)]
struct Import {
    /// The file
    file: PathBuf,
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// File with the key of a device that may write these items, or RALLY_KEY; not needed for a server on this machine
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// Reads the file and writes its items.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let What::Import(import) = &arguments.what;
    let server = import.server.trim_end_matches('/');
    if !server.starts_with("http://") {
        bail!(
            "--server takes an address that starts with http://; for another, send the lines to POST /v1/items/batch"
        );
    }
    let text = fs::read_to_string(&import.file).with_context(|| format!("{} cannot be read", import.file.display()))?;
    let lines = read(&text)?;
    // Not as an argument: every user of a machine can read those.
    let key = match &import.key_file {
        Some(file) => Some(fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?),
        None => std::env::var("RALLY_KEY").ok(),
    };
    let mut bar = Bar::start(lines.len());
    for batch in batches(&lines) {
        // Unchanged from the file: its numbers may have more digits than are parsed here; the server checks them.
        let members: Vec<&str> = batch.iter().map(|line| line.text.as_str()).collect();
        let mut request = minreq::post(format!("{server}/v1/items/batch"))
            .with_header("content-type", "application/json")
            .with_timeout(BATCH_TIMEOUT.as_secs());
        if let Some(key) = &key {
            request = request.with_header("x-api-key", key.trim());
        }
        let so_far = bar.done;
        let response = request.with_body(format!("{{\"items\":[{}]}}", members.join(","))).send();
        let response =
            response.map_err(|error| anyhow!("No server answers at {server}: {error}. {}", written(so_far)))?;
        let answer: Value = response.as_str().ok().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        if response.status_code != 200 {
            bar.end();
            let place = place(&answer).and_then(|place| batch.get(place));
            let line = place.map(|line| format!("Line {}: ", line.number)).unwrap_or_default();
            bail!("{line}{} {}", refusal(&answer, response.status_code), written(so_far));
        }
        bar.advance(batch.len());
    }
    bar.end();
    println!("{} items are written.", thousands(lines.len() as u64));
    Ok(())
}

/// The message after a refused batch.
fn written(count: usize) -> String {
    match count {
        0 => "Nothing is written.".to_owned(),
        count => format!(
            "The first {} items are written; mend the file and import it again: they are then written again.",
            thousands(count as u64)
        ),
    }
}

/// One line of the file.
#[derive(Debug)]
struct Line {
    /// Its number in an editor.
    number: usize,
    key: String,
    text: String,
}

/// All lines except empty ones; or the number of an invalid line.
fn read(text: &str) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = place + 1;
        let item: Value = serde_json::from_str(line)
            .map_err(|fault| anyhow!("Line {number} is not JSON: {fault}. Nothing is written."))?;
        let (Some(key), Some(_)) = (item["key"].as_str(), item.get("value")) else {
            bail!("Line {number} has no “key” that is a text, or no “value”. Nothing is written.");
        };
        lines.push(Line { number, key: key.to_owned(), text: line.to_owned() });
    }
    if lines.is_empty() {
        bail!("The file has no lines with items.");
    }
    Ok(lines)
}

/// Batches within the limits of a request. No key is twice in a batch, since the later line must win.
fn batches(lines: &[Line]) -> Vec<&[Line]> {
    let mut batches = Vec::new();
    let mut begin = 0;
    let (mut bytes, mut keys) = (0, std::collections::HashSet::new());
    for (place, line) in lines.iter().enumerate() {
        let is_full = place - begin == BATCH || bytes + line.text.len() > BATCH_BYTES;
        if place > begin && (is_full || keys.contains(&line.key)) {
            batches.push(&lines[begin..place]);
            (begin, bytes) = (place, 0);
            keys.clear();
        }
        bytes += line.text.len();
        keys.insert(&line.key);
    }
    batches.push(&lines[begin..]);
    batches
}

/// The index of the batch's member in an error: `items[7].value`.
fn place(answer: &Value) -> Option<usize> {
    let property = answer["errors"][0]["validationErrors"][0]["property"].as_str()?;
    property.strip_prefix("items[")?.split(']').next()?.parse().ok()
}

/// The progress: on a terminal, after each batch.
struct Bar {
    total: usize,
    done: usize,
    begun: Instant,
    terminal: bool,
}

impl Bar {
    fn start(total: usize) -> Self {
        Self { total, done: 0, begun: Instant::now(), terminal: io::stderr().is_terminal() }
    }

    fn advance(&mut self, count: usize) {
        self.done += count;
        if self.terminal {
            let filled = 30 * self.done / self.total.max(1);
            let (done, total) = (thousands(self.done as u64), thousands(self.total as u64));
            eprint!(
                "\r[{}{}] {done} of {total}, {}\x1b[K",
                "#".repeat(filled),
                "-".repeat(30 - filled),
                elapsed(self.begun.elapsed())
            );
            // An error of the output is no reason to stop.
            let _ = io::stderr().flush();
        }
    }

    fn end(&self) {
        if self.terminal {
            eprintln!();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_broken_line_is_named_and_nothing_goes_on() {
        let good = r#"{"key": "a", "value": 1}"#;
        for (bad, word) in
            [("{", "not JSON"), (r#"{"value": 1}"#, "“key”"), (r#"{"key": "a"}"#, "“value”"), ("7", "“key”")]
        {
            let error = read(&format!("{good}\n\n{bad}\n{good}")).unwrap_err().to_string();
            assert!(error.starts_with("Line 3 ") && error.contains(word), "{error}");
            assert!(error.ends_with("Nothing is written."), "{error}");
        }
        assert!(read("\n \n").is_err());
        assert_eq!(read(good).unwrap().len(), 1);
        let exact = r#"{"key": "a", "value": 18446744073709551616}"#;
        assert_eq!(read(exact).unwrap()[0].text, exact, "no digit is lost before the server sees it");
    }

    #[test]
    fn a_batch_is_bounded_and_has_each_key_once() {
        let lines = |keys: &[&str]| {
            let text: Vec<String> = keys.iter().map(|key| json!({"key": key, "value": 1}).to_string()).collect();
            read(&text.join("\n")).unwrap()
        };
        let sizes = |lines: &[Line]| batches(lines).iter().map(|batch| batch.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&lines(&["a", "b", "a", "c"])), [2, 2]);
        let many: Vec<String> = (0..250).map(|number| number.to_string()).collect();
        assert_eq!(sizes(&lines(&many.iter().map(String::as_str).collect::<Vec<_>>())), [100, 100, 50]);
        let large = json!({"key": "x", "value": "x".repeat(2 * 1024 * 1024)}).to_string();
        let two = read(&format!("{large}\n{}", large.replace("\"x\",", "\"y\","))).unwrap();
        assert_eq!(sizes(&two), [1, 1]);
    }

    #[test]
    fn a_refusal_names_its_line() {
        let answer = json!({"errors": [{"validationErrors": [{"property": "items[7].value"}]}]});
        assert_eq!(place(&answer), Some(7));
        assert_eq!(place(&json!({"errors": [{"validationErrors": []}]})), None);
    }
}
