//! The settings and their command-line options.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use emulator::concurrency;
use emulator::data::Storage;
use emulator::faults::Faults;
use emulator::gateway::Limits;

use crate::issuer;

/// Whether sample tables are created and change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Demo {
    /// If the database is new.
    #[default]
    WhenNew,
    /// Created if the database is new, changed if they exist.
    On,
    /// Never.
    Off,
}

/// The issuer that signs people in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The issuer of this program, which accepts any name.
    Own {
        /// Whether clients on other machines may sign in, too.
        open: bool,
        /// The lifetime of an access token.
        lifetime: Duration,
    },
    /// Another issuer.
    Other {
        /// Its address.
        issuer: String,
        /// The site's client id.
        client_id: String,
    },
}

impl Default for SignIn {
    fn default() -> Self {
        Self::Own { open: false, lifetime: Duration::from_secs(3_600) }
    }
}

/// A queue's visibility timeout: a message whose handling failed is delivered again after it.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(60);

/// The settings of a local AWS.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address of the site, the API and the live connections.
    pub address: SocketAddr,
    /// The address of AWS for tools such as the AWS CLI. Loopback only.
    pub aws_address: SocketAddr,
    /// The directory of the data.
    pub storage: Storage,
    /// The directory with the built site.
    pub site: PathBuf,
    /// Limits of the connections.
    pub limits: Limits,
    /// The interval of the sweep.
    pub sweep_every: Duration,
    /// Sample tables.
    pub demo: Demo,
    /// The issuer that signs people in.
    pub sign_in: SignIn,
    /// Whether a client on this machine, behind no proxy, is an admin without signing in.
    pub local_admin: bool,
    /// A host on this machine that replaces push services and Slack, if any.
    pub external_services: Option<String>,
    /// The MQTT broker on this machine in place of AWS IoT Core that delivers public topics, if any: `ws://127.0.0.1:9001`.
    pub broker: Option<String>,
    /// The directory with the functions' programs; without one they are part of this program.
    pub functions: Option<PathBuf>,
    /// A queue's visibility timeout: a message whose handling failed is delivered again after it.
    pub visibility: Duration,
    /// The maximum number of a topic's subscribers in one shard; the backend's own default if it is `None`.
    pub shard: Option<usize>,
    /// The limit of concurrent invocations.
    pub concurrency: usize,
    /// Faults for tests.
    pub faults: Faults,
}

impl Settings {
    /// Settings for a test: free ports, no file remains, no demo.
    pub fn ephemeral() -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            address: free,
            aws_address: free,
            storage: Storage::Ephemeral,
            site: PathBuf::from("dist"),
            limits: Limits::default(),
            sweep_every: Duration::from_secs(60),
            demo: Demo::Off,
            sign_in: SignIn::default(),
            local_admin: true,
            external_services: None,
            broker: None,
            functions: None,
            visibility: VISIBILITY_TIMEOUT,
            shard: None,
            concurrency: concurrency::DEFAULT,
            faults: Faults::default(),
        }
    }
}

/// AWS on one machine: serves Rally's site, its API and its live connections from one program and one file.
#[derive(Debug, Parser)]
#[command(name = "rally-local", version)]
pub struct CommandLine {
    /// Address of the site, the API and the live connections.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// Address of DynamoDB and @connections for tools such as the AWS CLI. Loopback only.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8000")]
    aws_address: SocketAddr,
    /// The directory that keeps the data.
    #[arg(long, value_name = "DIR", default_value = ".rally")]
    data: PathBuf,
    /// Keep the data in memory and forget it at the end.
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// The directory with the built site.
    #[arg(long, value_name = "DIR", default_value = "dist")]
    site: PathBuf,
    /// Seconds without traffic after which a live connection is closed.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    idle_timeout: u64,
    /// Seconds after which a live connection is closed in any case.
    #[arg(long, value_name = "SECONDS", default_value_t = 7200)]
    connection_lifetime: u64,
    /// Seconds between two sweeps, which mark silent tables.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    sweep_every: u64,
    /// Sign people in with this OpenID Connect issuer instead of the built-in one, which accepts any name.
    #[arg(long, value_name = "URL", value_parser = issuer_address, conflicts_with = "open_issuer")]
    oidc_issuer: Option<String>,
    /// The site's client id at that issuer.
    #[arg(long, value_name = "ID", default_value = issuer::CLIENT_ID)]
    oidc_client_id: String,
    /// Let users of other machines sign in here under any name, without a password, but never as an admin.
    #[arg(long)]
    open_issuer: bool,
    /// Lifetime of the built-in issuer's access tokens, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    token_lifetime: u64,
    /// Give clients on this machine no admin rights and no sign-in here without --open-issuer: for a server behind a proxy or tunnel.
    #[arg(long)]
    no_local_admin: bool,
    /// Use this host on this machine in place of push services and Slack.
    #[arg(long = "outside", value_name = "HOST:PORT")]
    external_services: Option<SocketAddr>,
    /// Deliver public topics by the MQTT broker (WebSockets) at this address, such as mosquitto, in place of AWS IoT Core.
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<SocketAddr>,
    /// Run the functions as Lambda does: the programs api, live, fanout, notify, ingest and sweep in this directory, each as NAME
    /// or NAME/bootstrap. Their logs are in the directory logs beside the data.
    #[arg(long, value_name = "DIR")]
    functions: Option<PathBuf>,
    /// Limit of concurrent invocations, as of an AWS account (new accounts: 10). Above it, requests get 503.
    #[arg(long, value_name = "COUNT", default_value_t = concurrency::DEFAULT as u64, value_parser = clap::value_parser!(u64).range(1..))]
    concurrency: u64,
    /// Show sample tables, of which two change by themselves. On if the database is new.
    #[arg(long, overrides_with = "no_demo")]
    demo: bool,
    /// Show no sample tables.
    #[arg(long, overrides_with = "demo")]
    no_demo: bool,
}

impl From<CommandLine> for Settings {
    fn from(line: CommandLine) -> Self {
        let demo = match (line.demo, line.no_demo) {
            (true, _) => Demo::On,
            (_, true) => Demo::Off,
            _ => Demo::WhenNew,
        };
        Self {
            address: line.address,
            aws_address: line.aws_address,
            storage: if line.ephemeral { Storage::Ephemeral } else { Storage::Directory(line.data) },
            site: line.site,
            limits: Limits {
                idle: Duration::from_secs(line.idle_timeout),
                lifetime: Duration::from_secs(line.connection_lifetime),
                ..Limits::default()
            },
            sweep_every: Duration::from_secs(line.sweep_every),
            demo,
            sign_in: match line.oidc_issuer {
                Some(issuer) => SignIn::Other { issuer, client_id: line.oidc_client_id },
                None => SignIn::Own { open: line.open_issuer, lifetime: Duration::from_secs(line.token_lifetime) },
            },
            local_admin: !line.no_local_admin,
            external_services: line.external_services.map(|address| address.to_string()),
            broker: line.broker.map(|address| format!("ws://{address}")),
            functions: line.functions,
            visibility: VISIBILITY_TIMEOUT,
            shard: None,
            concurrency: usize::try_from(line.concurrency).unwrap_or(concurrency::DEFAULT),
            faults: Faults::default(),
        }
    }
}

/// An issuer's address as typed. Not trimmed: tokens name it including the last slash.
fn issuer_address(typed: &str) -> Result<String, String> {
    let address: http::Uri = typed.parse().map_err(|_| "This is no address.".to_owned())?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let has_valid_host = address.authority().is_some_and(|host| host.as_str().bytes().all(is_plain));
    if !matches!(address.scheme_str(), Some("https" | "http")) || !has_valid_host || address.query().is_some() {
        return Err("An issuer's address begins with https:// or http:// and a host, and has no query.".to_owned());
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Settings {
        let line = ["rally-local"].iter().chain(arguments);
        CommandLine::try_parse_from(line).unwrap().into()
    }

    #[test]
    fn the_last_demo_option_counts() {
        assert_eq!(parse(&[]).demo, Demo::WhenNew);
        assert_eq!(parse(&["--demo"]).demo, Demo::On);
        assert_eq!(parse(&["--demo", "--no-demo"]).demo, Demo::Off);
    }

    #[test]
    fn ephemeral_data_has_no_directory() {
        assert_eq!(parse(&["--ephemeral"]).storage, Storage::Ephemeral);
        assert_eq!(parse(&[]).storage, Storage::Directory(".rally".into()));
        assert!(CommandLine::try_parse_from(["rally-local", "--ephemeral", "--data", "x"]).is_err());
    }

    #[test]
    fn the_address_of_another_issuer_is_used_unchanged() {
        for address in ["https://login.example.org/", "https://login.example.org/realm", "http://127.0.0.1:4766/pool"] {
            let expected = SignIn::Other { issuer: address.to_owned(), client_id: "site".to_owned() };
            assert_eq!(parse(&["--oidc-issuer", address, "--oidc-client-id", "site"]).sign_in, expected);
        }
        for wrong in ["login.example.org", "ftp://a.example", "https://", "https://a.example/?b", "https://a;b/", ""] {
            assert!(CommandLine::try_parse_from(["rally-local", "--oidc-issuer", wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_built_in_issuer_is_closed_by_default() {
        assert_eq!(parse(&[]).sign_in, SignIn::default());
        let open = SignIn::Own { open: true, lifetime: Duration::from_secs(2) };
        assert_eq!(parse(&["--open-issuer", "--token-lifetime", "2"]).sign_in, open);
        assert!(CommandLine::try_parse_from(["rally-local", "--token-lifetime", "0"]).is_err());
        let both = ["rally-local", "--open-issuer", "--oidc-issuer", "https://login.example.org"];
        assert!(CommandLine::try_parse_from(both).is_err());
    }

    #[test]
    fn the_concurrency_limit_is_an_accounts_by_default() {
        assert_eq!(parse(&[]).concurrency, 1_000);
        assert_eq!(parse(&["--concurrency", "10"]).concurrency, 10);
        assert!(CommandLine::try_parse_from(["rally-local", "--concurrency", "0"]).is_err());
    }

    #[test]
    fn a_client_on_this_machine_is_an_admin_by_default() {
        assert!(parse(&[]).local_admin && !parse(&["--no-local-admin"]).local_admin);
    }

    #[test]
    fn the_limits_of_connections_can_be_set() {
        let settings = parse(&["--idle-timeout", "2", "--connection-lifetime", "3"]);
        assert_eq!((settings.limits.idle, settings.limits.lifetime), (Duration::from_secs(2), Duration::from_secs(3)));
    }
}
