//! Rally on the AWS of this simulation: the functions as they are deployed, several instances of each with clocks of their own, on the local
//! gateway, event source mapping, SNS and SQS, and a database in a file of its own. Knows nothing of the workload.

use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::Router;
use axum::extract::ConnectInfo;
use backend::App;
use backend::reactions::stream::FILTERS;
use bytes::Bytes;
use domain::time::Timestamp;
use dynoxide::Database;
use emulator::clients::{Connectors, Locations, Trust};
use emulator::connector::GatewayConnector;
use emulator::data::{DataDirectory, Storage};
use emulator::database::LocalDatabase;
use emulator::gateway::{Gateway, Limits};
use emulator::iot::IotConnector;
use emulator::kms::KmsConnector;
use emulator::messaging::{MessageBroker, MessagingConnector};
use emulator::stream::checkpoint::CheckpointFile;
use emulator::stream::filter::Filters;
use emulator::stream::policy::Policy;
use emulator::stream::{self, EventSource, MappingContext};
use emulator::{Clients, Faults, SharedFunction, schedule};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use local::deployment::{self, Functions};
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::chaos::{Chaos, Fault};
use crate::confidentiality::ConfidentialityOracle;
use crate::fault_switches::FaultSwitches;
use crate::functions::{CheckedFunction, Fleet, with_crashes};
use crate::identities::{self, Issuer};
use crate::services::{InProcess, Service};

/// The number of instances of each function.
const INSTANCES: u64 = 3;

/// The maximum error of their clocks in milliseconds.
const SKEW: u64 = 2_000;

/// The visibility timeout: a failed job is delivered again after it.
const VISIBILITY: Duration = Duration::from_secs(5);

/// All components behind the browsers.
pub(crate) struct Cloud {
    pub(crate) chaos: Arc<Chaos>,
    pub(crate) confidentiality_oracle: Arc<ConfidentialityOracle>,
    pub(crate) switches: FaultSwitches,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) database: Database,
    /// One of the instances, for the checks at the end.
    pub(crate) app: App,
    pub(crate) written: Arc<Notify>,
    apis: Vec<Router>,
    fanout: SharedFunction,
    stop: CancellationToken,
    // Dropped in this order: the database before the directory that holds it.
    _file: LocalDatabase,
    data: DataDirectory,
}

/// A response of the API.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    /// Its data; null if it is an error.
    pub(crate) data: Value,
    /// The whole body.
    pub(crate) body: Value,
}

impl Cloud {
    /// Starts all components. `way` wraps the connector of a service, which may then fail.
    pub(crate) async fn start(
        chaos: &Arc<Chaos>,
        confidentiality_oracle: &Arc<ConfidentialityOracle>,
        issuer: &Issuer,
        shard: usize,
        switches: FaultSwitches,
        way: impl Fn(Service, SharedHttpConnector) -> SharedHttpConnector,
    ) -> Result<Arc<Self>> {
        let (chaos, confidentiality_oracle) = (Arc::clone(chaos), Arc::clone(confidentiality_oracle));
        let data = DataDirectory::open(&Storage::Ephemeral, "rally").context("There is no directory")?;
        let file = LocalDatabase::open(&data.database()).context("There is no database")?;
        let database = file.handle();
        let gateway = Gateway::new(Limits {
            // AWS's limits are ten minutes and two hours, which is too long for a test.
            lifetime: chaos.milliseconds(40_000..400_000),
            ..Limits::default()
        });
        let broker = MessageBroker::open(data.path(), Faults::default()).context("There is no broker")?;
        let written = Arc::new(Notify::new());
        let inner = SharedHttpConnector::new(InProcess::new(database.clone(), Arc::clone(&written)));
        let posts = SharedHttpConnector::new(GatewayConnector::new(Arc::clone(&gateway), Faults::default()));
        let messages = SharedHttpConnector::new(MessagingConnector::new(Arc::clone(&broker)));
        let connectors = Connectors {
            database: SocketAddr::from(([127, 0, 0, 1], 1)),
            connector: way(Service::Database, inner),
            connections: way(Service::Posts, posts),
            messaging: way(Service::Messages, messages),
            iot: SharedHttpConnector::new(IotConnector::new(None)),
            kms: SharedHttpConnector::new(KmsConnector::open(data.path()).context("There is no key")?),
        };
        let trust = Trust {
            issuer: identities::ISSUER.to_owned(),
            client_id: identities::CLIENT.to_owned(),
            keys: Some(issuer.keys()?.to_string()),
            external_services: None,
            local_admin: true,
        };
        let locations = Locations {
            site: "http://127.0.0.1".to_owned(),
            aws: "http://127.0.0.1".to_owned(),
            broker: None,
            logs: data.path().to_owned(),
        };
        let clients = Clients::new(connectors, trust, locations);
        let mut apps = Vec::new();
        for _ in 0..INSTANCES {
            apps.push(instance(&chaos, &clients, shard, switches).await?);
        }
        let app = apps.first().context("There is no instance")?.clone();
        let stop = CancellationToken::new();
        let (deployment, apis) = deploy(&chaos, &app, &apps)?;
        let checked =
            CheckedFunction { inner: deployment.live, confidentiality_oracle: Arc::clone(&confidentiality_oracle) };
        gateway.serve_with(Arc::new(checked));
        broker.serve(deployment.messaging, &TaskTracker::new(), &stop);
        tokio::spawn(schedule::invoke_every(Duration::from_secs(60), deployment.sweep, stop.clone()));
        let fanout = deployment.stream.function;
        let cloud = Arc::new(Self {
            chaos,
            confidentiality_oracle,
            switches,
            gateway,
            database,
            app,
            written,
            apis,
            fanout,
            stop,
            _file: file,
            data,
        });
        tokio::spawn(Arc::clone(&cloud).read_stream());
        Ok(cloud)
    }

    /// Sends a request to the API from this machine, or with this token. A lost request returns nothing.
    pub(crate) async fn ask(&self, request: Request<Value>, token: Option<&str>) -> Option<Response> {
        let api = self.chaos.choose(&self.apis).clone();
        let (mut parts, body) = request.into_parts();
        // A name of this machine and its address make an admin; a token makes another person.
        parts.headers.insert("host", http::HeaderValue::from_static("127.0.0.1"));
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        if let Some(token) = token.and_then(|token| format!("Bearer {token}").parse().ok()) {
            parts.headers.insert("authorization", token);
        }
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        if !body.is_null() {
            parts.headers.insert("content-type", http::HeaderValue::from_static("application/json"));
        }
        let work = async move {
            let response = api.oneshot(Request::from_parts(parts, axum::body::Body::from(bytes))).await.ok()?;
            let status = response.status();
            let body = response.into_body().collect().await.ok()?.to_bytes();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            Some(Response { status, data: body["data"].clone(), body })
        };
        with_crashes(&self.chaos, work).await.flatten()
    }

    /// The mapping from the table's stream to the fan-out, which sometimes dies and restarts at its checkpoint.
    async fn read_stream(self: Arc<Self>) {
        loop {
            let Ok(filters) = Filters::parse(FILTERS) else { return };
            let source = EventSource {
                table: self.app.config().table.clone(),
                filters,
                policy: Policy::default(),
                function: Arc::clone(&self.fanout),
            };
            let context = MappingContext {
                database: self.database.clone(),
                directory: self.data.path().to_owned(),
                written: Arc::clone(&self.written),
                faults: Faults::default(),
                stop: self.stop.clone(),
            };
            let checkpoint = watch::Sender::new(CheckpointFile::in_directory(self.data.path()).read());
            let reader = tokio::spawn(stream::run(source, context, checkpoint));
            loop {
                self.chaos.pause(3_000..6_000).await;
                if self.chaos.occurs(Fault::ReaderDies) {
                    reader.abort();
                    break;
                }
                if reader.is_finished() {
                    return;
                }
            }
        }
    }
}

/// One instance: its caches and its clock are its own.
async fn instance(chaos: &Chaos, clients: &Clients, shard: usize, switches: FaultSwitches) -> Result<App> {
    let skew = chaos.number(0..2 * SKEW).cast_signed() - SKEW.cast_signed();
    let clock = move || {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_milliseconds(now.saturating_add(skew))
    };
    // The table is created by the first try that succeeds.
    loop {
        match deployment::application(clients.clone(), Some(shard)).await {
            Ok(app) => {
                let app = if switches.without_retries { app.without_retries() } else { app };
                let app = if switches.without_counting { app.without_counting() } else { app };
                return Ok(app.with_clock(Arc::new(clock)).with_processors(NonZero::<usize>::MIN.saturating_add(1)));
            }
            Err(error) if chaos.has_all_faults() => tracing::debug!(error, "an instance could not start"),
            Err(error) => return Err(anyhow!(error)),
        }
    }
}

/// Every function with all of its instances.
fn deploy(chaos: &Arc<Chaos>, app: &App, apps: &[App]) -> Result<(local::Deployment, Vec<Router>)> {
    let mut all: Vec<Functions> = apps.iter().map(deployment::built_in).collect();
    let apis = all.iter().map(|functions| functions.api.clone()).collect();
    let fleet = |of: fn(&Functions) -> &SharedFunction| -> SharedFunction {
        let instances = all.iter().map(of).map(Arc::clone).collect();
        Arc::new(Fleet { instances, chaos: Arc::clone(chaos) })
    };
    let (live, fanout) = (fleet(|one| &one.live), fleet(|one| &one.fanout));
    let (notify, ingest, sweep) = (fleet(|one| &one.notify), fleet(|one| &one.ingest), fleet(|one| &one.sweep));
    let api = all.pop().context("There is no instance")?.api;
    let functions = Functions { api, live, fanout, notify, ingest, sweep };
    let deployment = deployment::deployment(app, functions, VISIBILITY).map_err(|error| anyhow!(error))?;
    Ok((deployment, apis))
}
