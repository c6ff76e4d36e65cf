//! The local server as a process of its own, on free ports, so that it can be killed; or an existing deployment.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::TIMEOUT;
use crate::api::Api;
use crate::deployment::Deployment;
use crate::dynamodb::{self, Database};
use crate::socket::Socket;

/// A running server.
pub struct Server {
    host: Host,
    address: String,
    aws_address: String,
    /// An admin, if clients on the same machine are none.
    admin: Option<String>,
}

enum Host {
    Process(Box<Process>),
    Deployment(Deployment),
}

/// The settings of this server that differ from the defaults, also for a restart.
struct Options {
    arguments: Vec<String>,
    rates: u32,
    site: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self { arguments: Vec::new(), rates: 1, site: site() }
    }
}

struct Process {
    child: Child,
    /// Kept open: a process stops if its output pipe is full and is not read.
    _output: Lines<BufReader<ChildStdout>>,
    options: Options,
    data: TempDir,
}

/// The path of a build output: from the environment, or where cargo puts it.
pub fn built(variable: &str, beside_tests: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    // …/target/debug/deps/journeys-0123456789abcdef
    let tests = std::env::current_exe().expect("a test has a path");
    let target = tests.ancestors().nth(3).expect("tests are built into target/debug/deps");
    target.join(beside_tests)
}

/// The built site.
pub fn site() -> PathBuf {
    built("RALLY_SITE", "../dist")
}

/// The functions' programs: `RALLY_FUNCTIONS`, or as cargo builds them beside the tests.
pub fn programs() -> PathBuf {
    built("RALLY_FUNCTIONS", "debug")
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?
        } else {
            _ = std::fs::copy(entry.path(), to)?
        }
    }
    Ok(())
}

impl Server {
    /// A server over an empty database, without the demo.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with further arguments.
    pub async fn start_with(options: &[&str]) -> Self {
        if let Some(deployment) = Deployment::find().await {
            assert!(options.is_empty(), "a deployment takes no arguments: this test is for a server of its own");
            return Self::deployed(deployment).await;
        }
        let data = tempfile::tempdir().expect("a directory for the data");
        let mut arguments: Vec<String> = options.iter().map(|argument| (*argument).to_owned()).collect();
        if let Some(programs) = std::env::var_os("RALLY_FUNCTIONS") {
            arguments.extend(["--functions".to_owned(), programs.to_string_lossy().into_owned()]);
        }
        Self::run(data, "127.0.0.1:0", "127.0.0.1:0", Options { arguments, ..Options::default() }).await
    }

    /// A server with all rate limits multiplied by this factor.
    pub async fn start_for_crowds(rates: u32) -> Self {
        let data = tempfile::tempdir().expect("a directory for the data");
        Self::run(data, "127.0.0.1:0", "127.0.0.1:0", Options { rates, ..Options::default() }).await
    }

    /// A server with a copy of the site that the test may change, as a deployment does.
    pub async fn start_with_own_site() -> (Self, TempDir) {
        let copy = tempfile::tempdir().expect("a directory for the site");
        copy_folder(&site(), copy.path()).expect("the site can be copied; `cargo xtask build` makes it");
        let data = tempfile::tempdir().expect("a directory for the data");
        let options = Options { site: copy.path().to_owned(), ..Options::default() };
        (Self::run(data, "127.0.0.1:0", "127.0.0.1:0", options).await, copy)
    }

    /// A server whose functions are programs of their own.
    pub async fn start_with_programs(options: &[&str]) -> Self {
        let programs = programs().to_string_lossy().into_owned();
        let data = tempfile::tempdir().expect("a directory for the data");
        let arguments =
            ["--functions", &programs].iter().chain(options).map(|argument| (*argument).to_owned()).collect();
        Self::run(data, "127.0.0.1:0", "127.0.0.1:0", Options { arguments, ..Options::default() }).await
    }

    /// A server with these services outside AWS: push services and Slack are at `host`.
    pub async fn start_beside(host: &str) -> Self {
        Self::start_with(&["--outside", host]).await
    }

    async fn deployed(deployment: Deployment) -> Self {
        let address = deployment.address().to_owned();
        let aws_address = deployment.endpoint().to_owned();
        let mut server = Self { host: Host::Deployment(deployment), address, aws_address, admin: None };
        server.admin = Some(server.admin("Root").await.token);
        server.database().clear().await;
        // The stream is in order: when this change is published, the effects of the deletion are done.
        let mut socket = server.socket().await;
        socket.subscribe("tables").await;
        server.api().register("cleared", "").await;
        while socket.change_of("cleared").await.is_null() {}
        server.api().remove("cleared").await;
        while !socket.change_of("cleared").await.is_null() {}
        // Also the tombstones of the earlier entities: their ids start again.
        server.database().clear().await;
        server
    }

    async fn run(data: TempDir, address: &str, aws_address: &str, options: Options) -> Self {
        let mut child = Command::new(built("RALLY_LOCAL_BIN", "debug/rally-local"))
            .arg("--data")
            .arg(data.path())
            .arg("--site")
            .arg(&options.site)
            .args(["--no-demo", "--address", address, "--aws-address", aws_address])
            .args(&options.arguments)
            .env("RALLY_RATES", options.rates.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("rally-local starts; `cargo xtask test` builds it");
        let mut output = BufReader::new(child.stdout.take().expect("a piped output")).lines();
        let (mut address, mut aws_address) = (None, None);
        while address.is_none() {
            let line = tokio::time::timeout(TIMEOUT, output.next_line()).await;
            let line = line.expect("rally-local says where it is").expect("its output is text");
            let line = line.expect("rally-local goes on running");
            let after =
                |prefix: &str| line.strip_prefix(prefix).map(|rest| rest.trim().trim_end_matches('/').to_owned());
            aws_address = aws_address.or_else(|| after("AWS endpoint: "));
            address = after("Rally is at ");
        }
        let address = address.expect("just seen");
        let aws_address = aws_address.expect("the AWS endpoint is named first");
        let by_programs = options.arguments.iter().any(|argument| argument == "--functions");
        let host = Host::Process(Box::new(Process { child, _output: output, options, data }));
        let mut server = Self { host, address, aws_address, admin: None };
        if by_programs {
            server.admin = Some(server.admin("Root").await.token);
        }
        server
    }

    /// The deployment, if the server is one.
    pub const fn deployment(&self) -> Option<&Deployment> {
        match &self.host {
            Host::Deployment(deployment) => Some(deployment),
            Host::Process(_) => None,
        }
    }

    fn process(&mut self) -> &mut Process {
        match &mut self.host {
            Host::Process(process) => process,
            Host::Deployment(_) => panic!("a deployment is not ours to end: this test is for a server of its own"),
        }
    }

    /// Its address: `http://127.0.0.1:12345`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// An HTTP client with an admin's rights.
    pub fn api(&self) -> Api {
        let api = Api::new(&self.address);
        match &self.admin {
            Some(token) => api.with_bearer(token),
            None => api,
        }
    }

    /// An anonymous HTTP client, as if from another machine.
    pub fn visitor(&self) -> Api {
        Api::new(&self.address).from_elsewhere()
    }

    /// The database, without the server.
    pub fn database(&self) -> Database {
        let table = self.deployment().map_or(dynamodb::TABLE, Deployment::table);
        Database::new(&self.aws_address, table)
    }

    /// The AWS endpoint, for posts to connections.
    pub fn aws_address(&self) -> &str {
        &self.aws_address
    }

    /// A live connection.
    pub async fn socket(&self) -> Socket {
        self.socket_at("").await
    }

    /// A live connection with this query in its address.
    pub async fn socket_at(&self, query: &str) -> Socket {
        Socket::open(&self.live_address(query)).await.expect("the handshake is accepted")
    }

    /// The address of the live connection.
    pub fn live_address(&self, query: &str) -> String {
        format!("{}/live{query}", self.address.replacen("http", "ws", 1))
    }

    /// Its process, if this process started it.
    pub fn id(&self) -> Option<u32> {
        match &self.host {
            Host::Process(process) => process.child.id(),
            Host::Deployment(_) => None,
        }
    }

    /// Stops it (SIGSTOP) until [`Server::resume`]: its connections stay open and silent, as if the network on the way is gone.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Continues it.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let id = self.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.expect("a server of one's own that runs"), signal).expect("it takes the signal");
    }

    /// Kills it as `kill -9` does.
    pub async fn kill(&mut self) {
        self.process().child.kill().await.expect("it can be killed");
    }

    /// Starts it again at the same address, over the same data.
    pub async fn start_again(mut self) -> Self {
        self.kill().await;
        let port = |address: &str| address.trim_start_matches("http://").to_owned();
        let (address, aws_address) = (port(&self.address), port(&self.aws_address));
        let Host::Process(process) = self.host else { panic!("a deployment is not ours to start") };
        Self::run(process.data, &address, &aws_address, process.options).await
    }
}
