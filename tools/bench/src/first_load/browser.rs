//! A fresh Chromium, driven over its DevTools protocol. Each has a profile of its own, so its cache is cold.

use std::env;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

use crate::server::resident;

/// Timeout for the start of a browser on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Options that stop a browser's background work during a measurement.
const SWITCHES: [&str; 8] = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
];

/// A running browser with one page; dropping the handle ends it.
pub(crate) struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    /// The page's target id in the protocol.
    session: String,
    calls: u64,
    /// Removed when the browser is gone.
    profile: TempDir,
}

impl Browser {
    pub(crate) fn start() -> Result<Self> {
        let program = env::var_os("CHROME").unwrap_or_else(|| "chromium".into());
        let profile = tempfile::tempdir().context("No folder for the browser's profile")?;
        let mut command = Command::new(program);
        command.args(SWITCHES).arg(format!("--user-data-dir={}", profile.path().display()));
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        let mut child = command
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("Chromium cannot be started")?;
        let socket = match connect(profile.path()) {
            Ok(socket) => socket,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        let mut browser = Self { child, socket, session: String::new(), calls: 0, profile };
        let page = browser.call("Target.createTarget", json!({"url": "about:blank"}))?;
        let target = page["targetId"].as_str().context("The browser opened no page")?;
        let attached = browser.call("Target.attachToTarget", json!({"targetId": target, "flatten": true}))?;
        browser.session = attached["sessionId"].as_str().context("The page cannot be driven")?.to_owned();
        browser.call("Page.enable", json!({}))?;
        Ok(browser)
    }

    /// The port at which other programs can drive the same browser.
    pub(crate) fn port(&self) -> Result<u16> {
        let text = fs::read_to_string(self.profile.path().join("DevToolsActivePort"))
            .context("The browser does not listen")?;
        text.lines().next().and_then(|port| port.parse().ok()).context("The browser names no port")
    }

    /// Slows the page's processor by this factor.
    pub(crate) fn slow_down(&mut self, times: u32) -> Result<()> {
        self.call("Emulation.setCPUThrottlingRate", json!({"rate": times})).map(drop)
    }

    /// Runs a script before all other scripts on every page from now on.
    pub(crate) fn before_each_page(&mut self, source: &str) -> Result<()> {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).map(drop)
    }

    pub(crate) fn navigate(&mut self, address: &str) -> Result<()> {
        let response = self.call("Page.navigate", json!({"url": address}))?;
        match response["errorText"].as_str() {
            Some(error) => bail!("{address} cannot be opened: {error}"),
            None => Ok(()),
        }
    }

    /// The value of an expression in the page, as a string.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<String> {
        let response = self.call("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}))?;
        Ok(response["result"]["value"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits until an expression in the page is true.
    pub(crate) fn wait_for(&mut self, expression: &str, limit: Duration) -> Result<()> {
        let begun = Instant::now();
        // A page during navigation throws: then the expression is evaluated again.
        let safe =
            format!("(() => {{ try {{ return String(Boolean({expression})); }} catch {{ return 'false'; }} }})()");
        while begun.elapsed() < limit {
            if self.evaluate(&safe).is_ok_and(|value| value == "true") {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        let text = self.evaluate("document.body.innerText").unwrap_or_default();
        bail!("The page never came to {expression}; it shows: {text}")
    }

    /// The heap of the page's scripts in bytes, after garbage collection.
    pub(crate) fn heap(&mut self) -> Result<u64> {
        self.call("HeapProfiler.collectGarbage", json!({}))?;
        let usage = self.call("Runtime.getHeapUsage", json!({}))?;
        usage["usedSize"].as_f64().map(|bytes| bytes as u64).context("The browser does not tell its heap")
    }

    /// Resident memory of the process that renders the page, in bytes, including WebAssembly's memory.
    pub(crate) fn renderer_memory(&mut self) -> Result<u64> {
        // Only the target of the whole browser lists its processes.
        let page = std::mem::take(&mut self.session);
        let known = self.call("SystemInfo.getProcessInfo", json!({}));
        self.session = page;
        let known = known?;
        let processes = known["processInfo"].as_array().into_iter().flatten();
        let renderers = processes.filter(|one| one["type"] == "renderer").filter_map(|one| one["id"].as_u64());
        let memory = renderers.filter_map(|id| resident(&fs::read_to_string(format!("/proc/{id}/status")).ok()?));
        // The browser's first, empty page has a process too.
        memory.max().context("The browser has no renderer")
    }

    /// Calls a method of the protocol and waits for its response; events in between are ignored.
    fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.calls += 1;
        let id = self.calls;
        let mut request = json!({"id": id, "method": method, "params": parameters});
        if !self.session.is_empty() {
            request["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(request.to_string())).context("The browser is gone")?;
        loop {
            let message = self.socket.read().with_context(|| format!("The browser does not answer {method}"))?;
            let Message::Text(text) = message else { continue };
            let mut response: Value =
                serde_json::from_str(&text).context("The browser answered something else than JSON")?;
            if response["id"] == json!(id) {
                if let Some(error) = response["error"]["message"].as_str() {
                    bail!("The browser refuses {method}: {error}");
                }
                return Ok(response["result"].take());
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // After a close request it ends its own children; if killed, it would leave them, and its profile could not be removed.
        if self.call("Browser.close", json!({})).is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The browser writes the address at which it listens into its profile.
fn connect(profile: &Path) -> Result<WebSocket<TcpStream>> {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n').filter(|(_, path)| !path.is_empty()) {
            let stream = TcpStream::connect(format!("127.0.0.1:{port}")).context("The browser does not listen")?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            let address = format!("ws://127.0.0.1:{port}{}", path.trim());
            let (socket, _) = tungstenite::client(address, stream).context("The browser refuses to be driven")?;
            return Ok(socket);
        }
        if started.elapsed() > TIMEOUT {
            bail!("Chromium did not start");
        }
        thread::sleep(Duration::from_millis(20));
    }
}
