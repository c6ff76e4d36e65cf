//! A local server under measurement: started on free ports, ended when its handle is dropped.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, copy, sink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// The server's output once it is ready.
const READY: &str = "Rally is at http://";

/// Timeout for the server's start.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// A running server that deletes its data at the end.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one with an empty database, and with the site if one is given.
    pub(crate) fn start(site: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(program()?);
        command.args(["--ephemeral", "--no-demo", "--address", "127.0.0.1:0", "--aws-address", "127.0.0.1:0"]);
        if let Some(site) = site {
            command.arg("--site").arg(site);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("The local server cannot be started")?;
        let output = child.stdout.take().context("The server's output cannot be read")?;
        // From here on dropping the handle ends the child, whatever fails.
        let mut server = Self { child, address: String::new() };
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while server.address.is_empty() {
            line.clear();
            if output.read_line(&mut line).context("The server's output cannot be read")? == 0 {
                bail!("The local server ended before it answered");
            }
            if let Some(address) = line.trim().strip_prefix(READY) {
                server.address = address.trim_end_matches('/').to_owned();
            }
        }
        // A full pipe that is not read would stop the server.
        thread::spawn(move || copy(&mut output, &mut sink()));
        Ok(server)
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Registers a table and returns its revision.
    pub(crate) fn register(&self, id: &str) -> Result<u64> {
        let body = json!({"id": id, "description": "Under measurement"});
        revision(minreq::post(format!("http://{}/v1/tables", self.address)), &body)
    }

    /// Its current memory in bytes, if the system reports it.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        resident(&status)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already: the error is ignored.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reports a status and returns the new revision.
pub(crate) fn report(address: &str, id: &str, is_free: bool) -> Result<u64> {
    revision(minreq::put(format!("http://{address}/v1/tables/{id}")), &json!({"isFree": is_free}))
}

/// Sends a change and returns the new revision.
pub(crate) fn revision(request: minreq::Request, body: &Value) -> Result<u64> {
    let data = send(request, body)?;
    data["rev"].as_u64().with_context(|| format!("The server answered without a revision: {data}"))
}

/// Sends a body and returns the response.
pub(crate) fn send(request: minreq::Request, body: &Value) -> Result<Value> {
    let response = request
        .with_header("content-type", "application/json")
        .with_body(body.to_string())
        .with_timeout(TIMEOUT.as_secs())
        .send()
        .context("The server does not answer")?;
    let text = response.as_str().unwrap_or_default();
    let mut answer: Value = serde_json::from_str(text).unwrap_or_default();
    if !(200..300).contains(&response.status_code) {
        bail!("The server answered {}: {text}", response.status_code);
    }
    Ok(answer["data"].take())
}

/// The program that `cargo xtask bench` built, or the one in this program's directory.
fn program() -> Result<PathBuf> {
    if let Some(path) = env::var_os("RALLY_LOCAL_BIN") {
        return Ok(path.into());
    }
    let path = env::current_exe().context("This program does not know where it is")?.with_file_name("rally-local");
    if !path.is_file() {
        bail!("There is no rally-local beside this program: start it with `cargo xtask bench`");
    }
    Ok(path)
}

/// `VmRSS` of a process's status, in bytes.
pub(crate) fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_from_the_status() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t   2048 kB\nVmSwap:\t0 kB\n"), Some(2_097_152));
        assert_eq!(resident("Name:\tx\n"), None);
    }
}
