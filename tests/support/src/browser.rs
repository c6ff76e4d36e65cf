//! A real Chromium, controlled through ChromeDriver. The page itself runs the waits: an observer responds when the page has changed, so
//! nothing polls and nothing sleeps.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::error::{WebDriverErrorInner, WebDriverResult};
use thirtyfour::{By, CapabilitiesHelper, ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::TIMEOUT;

/// A screen: its size in pixels and its colour scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Whether the user prefers the dark colour scheme.
    pub is_dark: bool,
}

impl Screen {
    /// A desktop screen.
    pub const DESK: Self = Self { width: 1280, height: 900, is_dark: false };
    /// A phone's screen.
    pub const PHONE: Self = Self { width: 390, height: 844, is_dark: false };
    /// The narrowest supported screen.
    pub const NARROW: Self = Self { width: 320, height: 640, is_dark: false };

    /// Whether it is a phone's screen, in portrait or landscape.
    const fn is_touched(self) -> bool {
        self.width < 600 || self.height < 600
    }

    /// The same with the dark colour scheme.
    #[must_use]
    pub const fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }
}

/// Replaces `fetch`. A request that only opens a live connection or signs in does not count as a write.
const WRITES: &str = "const real = window.fetch; window.held = HELD; window.writes = [];
    window.fetch = (input, init) => {
        const request = new Request(input, init);
        const path = new URL(request.url).pathname;
        if (request.method === 'GET' || /^\\/(oidc|v1\\/live)\\//.test(path)) return real(request);
        const gate = window.held && new Promise((go) => window.held.push(go));
        return request.clone().text().then((body) => {
            window.writes.push([request.method, path, body]);
            document.documentElement.dataset.writes = window.writes.length;
            return gate;
        }).then(() => real(request));
    };";

/// A browser with one page.
pub struct Browser {
    driver: WebDriver,
    _process: Child,
    _profile: TempDir,
}

fn program(variable: &str, usual: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| Path::new(usual).to_owned(), PathBuf::from)
}

/// The number of tries to start a driver and its Chromium.
const TRIES: u32 = 5;

/// A driver, its port and its log. `None` if it ended: it takes any free port, and ends if that port is not free for both IPv4 and
/// IPv6.
async fn driver(log: &Path) -> Option<(Child, u16)> {
    let mut process = Command::new(program("CHROMEDRIVER", "/usr/bin/chromedriver"))
        .args(["--port=0", "--enable-chrome-logs"])
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(log).expect("a file for the log"))
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts; `cargo xtask setup` brings it");
    let mut output = BufReader::new(process.stdout.take().expect("a piped output")).lines();
    let said = async {
        while let Some(line) = output.next_line().await.expect("its output is text") {
            let port = line.rsplit_once("started successfully on port ");
            if let Some(port) = port.and_then(|(_, port)| port.trim_end_matches('.').parse::<u16>().ok()) {
                return Some(port);
            }
        }
        None
    };
    let port = tokio::time::timeout(TIMEOUT, said).await.expect("chromedriver says its port, or ends")?;
    tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
    Some((process, port))
}

/// A session of a driver: a Chromium with this profile.
async fn session(port: u16, screen: Screen, profile: &Path) -> WebDriverResult<WebDriver> {
    let mut capabilities = DesiredCapabilities::chrome();
    let size = format!("--window-size={},{}", screen.width.max(500), screen.height);
    let profile_argument = format!("--user-data-dir={}", profile.display());
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--disable-dev-shm-usage",
        &size,
        &profile_argument,
    ];
    for argument in arguments {
        capabilities.add_arg(argument)?;
    }
    let chrome = program("CHROME", "/usr/bin/chromium");
    capabilities.set_binary(&chrome.display().to_string())?;
    capabilities.set("goog:loggingPrefs", json!({"browser": "ALL"}))?;
    WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await
}

impl Browser {
    /// A browser with this screen on an empty page.
    ///
    /// About one Chromium of 300 ends before it has opened a page. No test has begun then, so another one is started, and the output of
    /// the first one is printed.
    pub async fn start(screen: Screen) -> Self {
        for _ in 0..TRIES {
            let profile = tempfile::tempdir().expect("a directory for the profile");
            let log = profile.path().join("chromedriver.log");
            let fault = match driver(&log).await {
                None => "chromedriver has ended".to_owned(),
                Some((process, port)) => match session(port, screen, &profile.path().join("profile")).await {
                    Ok(driver) => {
                        driver.set_script_timeout(TIMEOUT).await.expect("a limit for scripts");
                        let browser = Self { driver, _process: process, _profile: profile };
                        browser.show_on(screen).await;
                        return browser;
                    }
                    Err(fault) if matches!(*fault, WebDriverErrorInner::SessionNotCreated(_)) => fault.to_string(),
                    Err(fault) => panic!("a session: {fault}"),
                },
            };
            let said = std::fs::read_to_string(&log).unwrap_or_else(|fault| fault.to_string());
            eprintln!("Chromium has ended before it opened a page: {fault}\n{said}");
        }
        panic!("none of {TRIES} browsers has started");
    }

    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(command, parameters).await.unwrap_or_else(|fault| panic!("{command}: {fault}"))
    }

    /// Sets the page's size and colour scheme.
    pub async fn show_on(&self, screen: Screen) {
        let metrics = json!({
            "width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": screen.is_touched(),
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        // Touch input: the page shows larger controls for it.
        let touch = json!({"enabled": screen.is_touched(), "maxTouchPoints": 1});
        self.devtools("Emulation.setTouchEmulationEnabled", touch).await;
        let scheme = if screen.is_dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Cuts the page off from every network, or reconnects it.
    pub async fn set_network(&self, is_there: bool) {
        self.devtools("Network.enable", json!({})).await;
        let conditions = json!({"offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Delays every request by this time, and nothing else.
    pub async fn set_latency(&self, milliseconds: u32) {
        self.devtools("Network.enable", json!({})).await;
        let line = json!({"offline": false, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1});
        self.devtools("Network.emulateNetworkConditions", line).await;
    }

    /// Sets the browser's time zone: `Asia/Tokyo`.
    pub async fn set_time_zone(&self, zone: &str) {
        self.devtools("Emulation.setTimezoneOverride", json!({ "timezoneId": zone })).await;
    }

    /// From the next page on, records every request that changes something in `window.writes`: method, path, body.
    pub async fn record_writes(&self) {
        self.before_each_page(&WRITES.replace("HELD", "null")).await;
    }

    /// The same, and holds each of them until [`Browser::let_writes_go`].
    pub async fn hold_writes(&self) {
        self.before_each_page(&WRITES.replace("HELD", "[]")).await;
    }

    /// Waits until this number of writes has been started on this page.
    pub async fn wait_for_writes(&self, number: usize) {
        let expression = format!("document.documentElement.dataset.writes === '{number}'");
        self.wait_for(&format!("{number} writes"), &expression).await;
    }

    /// Sends the held writes; later ones are held again.
    pub async fn let_writes_go(&self) {
        self.driver.execute("window.held.splice(0).forEach((go) => go());", Vec::new()).await.expect("a script");
    }

    /// From now on records what this page announces to screen readers.
    pub async fn remember_announcements(&self) {
        let script = "window.announced = []; const region = document.querySelector('[data-region=announcer]');
            new MutationObserver(() => window.announced.push(region.textContent))
                .observe(region, { subtree: true, childList: true, characterData: true });";
        self.driver.execute(script, Vec::new()).await.expect("a script");
    }

    /// The recorded announcements.
    pub async fn announcements(&self) -> Vec<String> {
        serde_json::from_value(self.value("window.announced").await).expect("a list of texts")
    }

    /// Whether an element has the focus, and not the body, after the changes are rendered.
    pub async fn assert_focus_kept(&self, when: &str) {
        let focused = self.focused_after_paint("document.activeElement?.tagName ?? 'nothing'").await;
        assert!(focused != "BODY" && focused != "nothing", "the focus is lost when {when}");
    }

    /// From now on checks in each animation frame of this page whether an element has the focus.
    pub async fn watch_focus(&self) {
        let script = "window.lostFocus = []; let wasLost = false;
            const look = () => {
                // The site moves the focus in the frame after a change: then it may be lost for one frame.
                const isLost = [null, document.body].includes(document.activeElement);
                if (isLost && wasLost) window.lostFocus.push(location.pathname);
                wasLost = isLost;
                requestAnimationFrame(look);
            };
            look();";
        self.driver.execute(script, Vec::new()).await.expect("a script");
    }

    /// Whether an element has had the focus all the time since [`Browser::watch_focus`].
    pub async fn assert_focus_was_kept(&self) {
        assert_eq!(
            self.value("window.lostFocus").await,
            json!([]),
            "at these addresses the focus was lost, once for each frame"
        );
    }

    /// Whether the focus is on an element that matches a selector, after the changes are rendered.
    pub async fn assert_focus_on(&self, selector: &str, when: &str) {
        let tag = "document.activeElement.outerHTML.slice(0, 200)";
        let fits = format!("document.activeElement.matches({}) ? 'fits' : {tag}", json!(selector));
        assert_eq!(self.focused_after_paint(&fits).await, "fits", "{when} the focus is on {selector}");
    }

    /// The value of an expression about the focus after two animation frames: the site moves the focus in the first one.
    async fn focused_after_paint(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
            requestAnimationFrame(() => requestAnimationFrame(() => done({expression})));"
        );
        let response = self.driver.execute_async(script, Vec::new()).await;
        response.unwrap_or_else(|fault| panic!("{expression}: {fault}")).json().clone()
    }

    /// Blocks every request whose address matches one of these patterns, in which a star stands for any text.
    pub async fn block(&self, patterns: &[&str]) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setBlockedURLs", json!({"urls": patterns})).await;
    }

    /// Opens an address.
    pub async fn open(&self, address: &str) {
        self.driver.goto(address).await.expect("the page opens");
    }

    /// The driver, for clicks and keys.
    pub const fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// The value of an expression in the page.
    pub async fn value(&self, expression: &str) -> Value {
        let response = self.driver.execute(format!("return ({expression});"), Vec::new()).await;
        response.unwrap_or_else(|fault| panic!("{expression}: {fault}")).json().clone()
    }

    /// Waits until an expression in the page is true, and evaluates it again whenever the page changes.
    pub async fn wait_for(&self, what: &str, expression: &str) {
        self.wait_for_change(TIMEOUT, what, expression).await;
    }

    /// The same with a promised time: fails if it becomes true later than that.
    pub async fn within(&self, limit: Duration, what: &str, expression: &str) {
        let begun = Instant::now();
        self.wait_for_change(limit, what, expression).await;
        let taken = begun.elapsed();
        assert!(taken <= limit, "{what} took {taken:?}, and {limit:?} are promised");
    }

    async fn wait_for_change(&self, limit: Duration, what: &str, expression: &str) {
        // The observer sees only the page's attributes and texts; a typed value is not among them, but no test waits for that.
        let script = format!(
            r"
            const done = arguments[arguments.length - 1];
            const holds = () => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }};
            if (holds()) {{ done(true); return; }}
            const observer = new MutationObserver(() => {{ if (holds()) {{ observer.disconnect(); done(true); }} }});
            const all = {{ subtree: true, childList: true, attributes: true, characterData: true }};
            observer.observe(document, all);
            "
        );
        self.wait_until(limit, what, expression, &script).await;
    }

    /// Runs a script that ends when the awaited state is reached. If the page is left during the wait, the script ends too: then the
    /// next page is queried, until the timeout.
    pub(crate) async fn wait_with(&self, what: &str, expression: &str, script: &str) {
        self.wait_until(TIMEOUT, what, expression, script).await;
    }

    async fn wait_until(&self, limit: Duration, what: &str, expression: &str, script: &str) {
        let begun = Instant::now();
        while let Err(fault) = self.driver.execute_async(script, Vec::new()).await {
            if begun.elapsed() >= limit {
                let picture = self.keep_screenshot("failed").await;
                let text = self.value("document.body.innerText").await;
                let seen = self.value("window.lastSeen ?? null").await;
                panic!(
                    "{what} ({expression}) did not come: {fault}\nlast seen: {seen}\nthe page: {}\nits text: {text}",
                    picture.display()
                );
            }
        }
    }

    /// Clicks the first element that matches a selector.
    pub async fn click(&self, selector: &str) {
        self.wait_for(&format!("{selector} to click on"), &format!("document.querySelector({})", json!(selector)))
            .await;
        let element = self.driver.find(By::Css(selector.to_owned())).await.expect("it is there");
        element.scroll_into_view().await.expect("it can be scrolled to");
        element.click().await.unwrap_or_else(|fault| panic!("{selector} can be clicked: {fault}"));
    }

    /// Whether an element that matches a selector takes up space on the screen.
    pub async fn is_shown(&self, selector: &str) -> bool {
        let shown =
            format!("[...document.querySelectorAll({})].some((one) => one.getClientRects().length)", json!(selector));
        self.value(&shown).await == json!(true)
    }

    /// Clicks the first element that matches a selector and takes up space on the screen.
    pub async fn click_shown(&self, selector: &str) {
        let found =
            format!("[...document.querySelectorAll({})].find((one) => one.getClientRects().length)", json!(selector));
        self.wait_for_soon(&format!("{selector} to click on"), &found).await;
        let element = self.driver.execute(format!("return {found};"), Vec::new()).await.expect("a script");
        element.element().expect("an element").click().await.expect("it can be clicked");
    }

    /// Clicks the first element that matches a selector and whose text contains these words.
    pub async fn click_text(&self, selector: &str, words: &str) {
        let found = format!(
            "[...document.querySelectorAll({})].find((element) => element.innerText.includes({}))",
            json!(selector),
            json!(words)
        );
        self.wait_for(&format!("“{words}” to click on"), &found).await;
        let element = self.driver.execute(format!("return {found};"), Vec::new()).await.expect("a script");
        element.element().expect("an element").click().await.expect("it can be clicked");
    }

    /// Types into the first element that matches a selector, and replaces its value.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.wait_for(&format!("{selector} to fill"), &format!("document.querySelector({})", json!(selector))).await;
        let element = self.driver.find(By::Css(selector.to_owned())).await.expect("it is there");
        element.clear().await.expect("it can be cleared");
        element.send_keys(text).await.expect("it can be typed into");
    }

    /// Presses keys on the drag handle of the row at this index of a list.
    pub async fn press_on_handle(&self, index: usize, keys: &str) {
        self.value(&format!("document.querySelectorAll('.drag-handle')[{index}].focus()")).await;
        self.press(keys).await;
    }

    /// Drags the row at this index of a list onto another one.
    pub async fn drag_row(&self, from: usize, to: usize) {
        let handles = self.driver().find_all(By::Css(".drag-handle")).await.expect("handles");
        let (from, to) = (&handles[from], &handles[to]);
        from.scroll_into_view().await.expect("it can be scrolled to");
        self.driver()
            .action_chain()
            .move_to_element_center(from)
            .click_and_hold()
            .move_to_element_with_offset(to, 0, 12)
            .release()
            .perform()
            .await
            .expect("it can be dragged");
    }

    /// Presses keys on the focused element.
    pub async fn press(&self, keys: impl Into<thirtyfour::TypingData>) {
        self.driver.active_element().await.expect("something has the focus").send_keys(keys).await.expect("keys");
    }

    /// Presses a key on the page itself, while no element has the focus.
    pub async fn press_on_page(&self, keys: &str) {
        self.driver.execute("document.activeElement?.blur();", Vec::new()).await.expect("a script");
        self.driver.find(By::Tag("body")).await.expect("a page").send_keys(keys).await.expect("keys");
    }

    /// Records the connections of every page from now on, so that they can be cut.
    pub async fn remember_connections(&self) {
        let source = "window.cut = []; window.rallyConnections = []; window.WebSocket = class extends WebSocket {
            constructor(...address) { super(...address); window.rallyConnections.push(this);
                window.cut.push(() => this.close()); } };";
        self.before_each_page(source).await;
    }

    /// From now on no connection of the pages gets a response.
    pub async fn hold_connections(&self) {
        let source = "window.WebSocket = class extends EventTarget { readyState = 0; binaryType = 'blob'; send() {} close() {} };";
        self.before_each_page(source).await;
    }

    /// Runs a script before all other scripts on every page from now on.
    pub async fn before_each_page(&self, source: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    }

    /// Cuts every connection, as if the network went away: the driver's network emulation does not affect an open WebSocket.
    pub async fn cut_connections(&self) {
        self.driver.execute("window.cut.forEach((cut) => cut());", Vec::new()).await.expect("a script");
    }

    /// Waits for a state that no attribute or text shows, such as a ticked box: checks each frame.
    pub async fn wait_for_soon(&self, what: &str, expression: &str) {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const look = () => {{ let holds = false; try {{ holds = Boolean({expression}); }} catch {{}}
                 holds ? done(true) : requestAnimationFrame(look); }};
             look();"
        );
        self.wait_with(what, expression, &script).await;
    }

    /// Waits until this number of milliseconds has passed in the page, for states that end by time.
    pub async fn wait_until_later(&self, milliseconds: u32) {
        let script = format!("setTimeout(arguments[arguments.length - 1], {milliseconds});");
        self.driver.execute_async(script, Vec::new()).await.expect("time passes");
    }

    /// Opens an address in another tab, and switches to it.
    pub async fn open_tab(&self, address: &str) {
        let tab = self.driver.new_tab().await.expect("another tab");
        self.driver.switch_to_window(tab).await.expect("it is there");
        self.open(address).await;
    }

    /// Minimizes the window: the page runs on, but is not visible.
    pub async fn hide(&self) {
        self.driver.minimize_window().await.expect("it can be minimized");
        assert_eq!(self.value("document.visibilityState").await, json!("hidden"));
    }

    /// Switches to a tab, counted from 0.
    pub async fn switch_to_tab(&self, index: usize) {
        let tabs = self.driver.windows().await.expect("the tabs");
        self.driver.switch_to_window(tabs[index].clone()).await.expect("it is there");
    }

    /// The page's errors: messages of its console at the level of errors, including violations of the policy.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.get_log("browser").await.expect("the console's messages");
        log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// The accessibility violations that axe-core finds: each rule with the elements that break it.
    pub async fn violations(&self) -> Vec<String> {
        let path = program("RALLY_AXE", "axe.min.js");
        let axe =
            std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("axe-core at {}: {fault}", path.display()));
        self.driver.execute(axe, Vec::new()).await.expect("axe-core runs");
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document).then((result) => done(result.violations.map((violation) =>
                violation.id + ': ' + violation.nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | '))));";
        let found = self.driver.execute_async(script, Vec::new()).await.expect("axe-core ends");
        serde_json::from_value(found.json().clone()).expect("a list of texts")
    }

    /// Saves a screenshot of the page in `test-results/`.
    pub async fn keep_screenshot(&self, name: &str) -> PathBuf {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-results");
        std::fs::create_dir_all(&directory).expect("a directory for pictures");
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let path = directory.join(format!("{test}-{name}.png"));
        self.driver.screenshot(&path).await.expect("a picture");
        path
    }

    /// Saves a screenshot of the whole page, including what one must scroll to.
    pub async fn keep_picture(&self, path: &Path) {
        let parameters = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.devtools("Page.captureScreenshot", parameters).await;
        let bytes = STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("it is in base64");
        std::fs::write(path, bytes).expect("the picture can be written");
    }

    /// Closes the browser.
    pub async fn quit(self) {
        self.driver.quit().await.expect("the browser ends");
    }
}
