//! Working on the site, as the README describes it: `cargo xtask local`, and `trunk serve` beside it. It needs trunk, so only `cargo
//! xtask test --dev` runs it.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use test_support::api::Api;
use test_support::browser::{Browser, Screen};
use test_support::pages::tables::TablesPage;
use test_support::pages::wait_for_connection;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

/// Both programs compile before they respond. `cargo xtask test --dev` has compiled the same before, so that it takes seconds.
const BUILD_TIMEOUT: Duration = Duration::from_secs(900);

/// The backend's address in Trunk.toml.
const USUAL_BACKEND: &str = "127.0.0.1:8080";

/// A program with all its children, which ends when this is dropped.
struct Group {
    id: u32,
    _child: Child,
}

impl Group {
    /// Starts it, and waits for the first line of its output with the marker: returns the text after the marker.
    async fn start(command: &mut Command, marker: &str) -> (Self, String) {
        // One pipe for both outputs: programs log to either of them.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = command
            .stdin(Stdio::null())
            .stdout(writer.try_clone().expect("a second end of the pipe"))
            .stderr(writer)
            .process_group(0)
            .spawn()
            .expect("the program starts");
        let id = child.id().expect("a running program has an id");
        // The command holds ends of the pipe, too.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let group = Self { id, _child: child };
        let output = Receiver::from_owned_fd(reader.into()).expect("a pipe to read from");
        let mut lines = BufReader::new(output).lines();
        let mut said = Vec::new();
        let awaited = async {
            while let Some(line) = lines.next_line().await.expect("its output is text") {
                if let Some((_, rest)) = line.split_once(marker) {
                    return Some(rest.trim().to_owned());
                }
                said.push(line);
            }
            None
        };
        let found = tokio::time::timeout(BUILD_TIMEOUT, awaited).await.ok().flatten();
        let found = found.unwrap_or_else(|| panic!("the program did not say “{marker}”, but:\n{}", said.join("\n")));
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        (group, found)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Not killed: xtask ends its own children when it gets the signal.
        let _ = std::process::Command::new("kill").args(["-TERM", "--", &format!("-{}", self.id)]).status();
    }
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests lie in the checkout").to_owned()
}

/// The checkout for Trunk, with another backend in Trunk.toml: a folder of links.
fn checkout_with_backend(address: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(root()).expect("the checkout can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_owned();
        if name != "Trunk.toml" && name != "target" && name != "dist" {
            symlink(&path, folder.path().join(name)).expect("a link");
        }
    }
    let settings = fs::read_to_string(root().join("Trunk.toml")).expect("Trunk.toml can be read");
    assert!(settings.contains(USUAL_BACKEND), "Trunk.toml names no backend");
    fs::write(folder.path().join("Trunk.toml"), settings.replace(USUAL_BACKEND, address)).expect("it can be written");
    folder
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trunk_serve_shows_live_tables_beside_the_local_server() {
    let port = free_port().to_string();
    let mut local = Command::new("cargo");
    local.current_dir(root()).args(["xtask", "local", "--", "--ephemeral", "--no-demo"]);
    // Trunk has another port here than in Trunk.toml; `cargo xtask local` passes it to the server.
    local.env("RALLY_SITE_URL", format!("http://127.0.0.1:{port}"));
    local.args(["--address", "127.0.0.1:0", "--aws-address", "127.0.0.1:0"]);
    let (_local, backend) = Group::start(&mut local, "Rally is at ").await;
    let backend = backend.trim_end_matches('/');
    let api = Api::new(backend);
    api.register("lobby", "Lobby").await;

    let checkout = checkout_with_backend(backend.trim_start_matches("http://"));
    let mut trunk = Command::new("trunk");
    trunk.current_dir(checkout.path()).args(["serve", "--no-autoreload", "true", "--port", &port]);
    // Trunk accepts only `true` and `false`, and fails at the usual `1`.
    trunk.env_remove("NO_COLOR");
    let (_trunk, _) = Group::start(&mut trunk, "server listening at").await;

    let browser = Browser::start(Screen::DESK).await;
    browser.open(&format!("http://127.0.0.1:{port}/")).await;
    let page = TablesPage::on(&browser);
    page.wait_for("lobby", "free").await;
    wait_for_connection(&browser, "live").await;
    api.report("lobby", false).await;
    page.wait_for("lobby", "busy").await;
    browser.quit().await;
}
