//! `cargo xtask device-key`: requests a device key from a running server, and shows it once.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

/// Timeout: a server on this machine responds fast or not at all.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The arguments of `cargo xtask device-key`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A table that the device may report; may be given several times
    #[arg(long = "table", value_name = "ID", required_unless_present_any = ["any_table", "items"])]
    tables: Vec<String>,
    /// Allow all tables
    #[arg(long, conflicts_with = "tables")]
    any_table: bool,
    /// Allow items whose keys begin with this, or any with `*`; may be given several times
    #[arg(long = "items", value_name = "PREFIX")]
    items: Vec<String>,
    /// Allow registering and deleting tables too
    #[arg(long)]
    manage: bool,
    /// Name of the key in lists
    #[arg(long, default_value = "device")]
    name: String,
    /// Address of the server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
}

/// Creates the key and prints it with a command that uses it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let server = arguments.server.trim_end_matches('/');
    if !server.starts_with("http://") {
        bail!("--server takes an address that starts with http://: keys are made here for a server on this machine");
    }
    let tables = if arguments.any_table { vec!["*".to_owned()] } else { arguments.tables.clone() };
    let body =
        json!({"name": arguments.name, "tables": tables, "items": arguments.items, "canManage": arguments.manage});
    let response = minreq::post(format!("{server}/v1/device-keys"))
        .with_header("content-type", "application/json")
        .with_body(body.to_string())
        .with_timeout(REQUEST_TIMEOUT.as_secs())
        .send()
        .map_err(|_| anyhow!("No server answers at {server}: start one with `cargo xtask serve`"))?;
    let answer = response.as_str().ok().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    if !(200..300).contains(&response.status_code) {
        bail!("The server refuses: {}", refusal(&answer, response.status_code));
    }
    let key = answer["data"]["key"].as_str().context("The server's answer holds no key")?;
    println!("{key}");
    println!();
    println!("This is the only time that it is shown. The device sends it with each request:");
    println!();
    println!(
        "{}",
        match (tables.first(), arguments.items.first()) {
            (None, Some(prefix)) => item_example(server, key, prefix),
            (table, _) => example(server, key, table.map_or("*", String::as_str)),
        }
    );
    Ok(())
}

/// The server's error message, or else the status.
pub(crate) fn refusal(answer: &Value, status: i32) -> String {
    let error = &answer["errors"][0];
    let mut words: Vec<&str> = error["message"].as_str().into_iter().filter(|message| !message.is_empty()).collect();
    let violations = error["validationErrors"].as_array().into_iter().flatten();
    words.extend(
        violations
            .filter_map(|violation| violation["constraints"].as_object())
            .flat_map(|constraints| constraints.values().filter_map(Value::as_str)),
    );
    words.dedup();
    if words.is_empty() { format!("status {status}") } else { words.join("; ") }
}

fn example(server: &str, key: &str, table: &str) -> String {
    let table = if table == "*" { "TABLE" } else { table };
    format!(
        "  curl -X PUT {server}/v1/tables/{table} -H 'x-api-key: {key}' \\\n    \
         -H 'content-type: application/json' -d '{{\"isFree\": false}}'"
    )
}

fn item_example(server: &str, key: &str, prefix: &str) -> String {
    let name = if prefix == "*" { "KEY".to_owned() } else { format!("{prefix}1") };
    format!(
        "  curl -X PUT {server}/v1/items/{name} -H 'x-api-key: {key}' \\\n    \
         -H 'content-type: application/json' -d '{{\"value\": 42}}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_the_message_of_the_server() {
        let answer = json!({"data": [], "errors": [{"code": "VALIDATION_ERROR", "message": "The name is too long.",
            "validationErrors": [{"property": "tables", "value": "x", "constraints": {"length": "An id has 3 letters."}}]}]});
        assert_eq!(refusal(&answer, 422), "The name is too long.; An id has 3 letters.");
        assert_eq!(refusal(&Value::Null, 502), "status 502");
    }

    #[test]
    fn the_example_names_an_item_that_the_key_may_write() {
        assert!(
            item_example("http://127.0.0.1:8080", "k", "vehicle:").contains("/v1/items/vehicle:1 -H 'x-api-key: k'")
        );
    }

    #[test]
    fn the_example_names_a_table_that_the_key_may_report() {
        assert!(example("http://127.0.0.1:8080", "k", "lobby").contains("/v1/tables/lobby -H 'x-api-key: k'"));
        assert!(example("http://127.0.0.1:8080", "k", "*").contains("/v1/tables/TABLE "));
    }
}
