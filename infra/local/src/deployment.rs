//! Rally's backend on this AWS: its functions and their triggers, as they are deployed. Apart from the demo, this is the only module
//! that knows the backend.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use backend::aws::gateway::Connections;
use backend::config::Config;
use backend::reactions::{stream, sweep};
use backend::realtime::websocket;
use backend::{App, Aws, http, ingest, notifications, reactions, router};
use emulator::clients::Clients;
use emulator::concurrency::Concurrency;
use emulator::error::StartError;
use emulator::function::{FunctionError, SharedFunction, function};
use emulator::gateway::event::milliseconds;
use emulator::kms;
use emulator::lambda::{Lambda, Program, http_event};
use emulator::messaging::{self, Messaging, Queue, Subscription};
use emulator::recursion::Recursion;
use emulator::stream::EventSource;
use emulator::stream::filter::Filters;
use emulator::stream::policy::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::demo;
use crate::local::{Deployment, Local};
use crate::settings::{Demo, Settings};

/// The topic of events.
const EVENTS: &str = "rally-events";

/// The queue of jobs.
const JOBS: &str = "rally-jobs";

/// The queue of the fan-out's shards.
const SHARDS: &str = "rally-shards";

/// The backend, re-exported for code that starts one by itself.
pub type Application = App;

/// The topic and the queue of messages that become items.
const ITEMS: &str = "rally-items";

/// The FIFO queue of messages that become items, in the order of their groups.
const ITEMS_IN_ORDER: &str = "rally-items.fifo";

/// The functions that messages invoke, as in the template. A push that is delayed is enqueued again by the function itself.
const NOTIFY: Recursion = Recursion { function: "notify", is_allowed: true };
const FANOUT: Recursion = Recursion { function: "fanout", is_allowed: false };
const INGEST: Recursion = Recursion { function: "ingest", is_allowed: false };

/// Starts an AWS with Rally on it, and the demo if it is enabled.
pub async fn start(settings: Settings) -> Result<Local, StartError> {
    let (demo_setting, visibility, directory) = (settings.demo, settings.visibility, settings.functions.clone());
    let (shard, concurrency) = (settings.shard, Concurrency::new(settings.concurrency));
    let mut deployed = None;
    let local = Local::start_with(settings, async |clients| {
        let (aws, logs) = (clients.aws.clone(), clients.logs.clone());
        let app = application(clients, shard).await?;
        let functions = match &directory {
            None => built_in(&app),
            Some(directory) => programs(directory, &app, &aws, &logs).await?,
        };
        let deployment = deployment(&app, functions.limited(&concurrency), visibility)?;
        // The demo acts as the local admin, even if the settings allow none: other programs cannot reach its router.
        deployed = Some((app.clone(), api(app.with_loopback_admin())));
        Ok(deployment)
    })
    .await?;
    if let Some((app, api)) = deployed {
        start_demo(&local, demo_setting, app, api).await;
    }
    Ok(local)
}

async fn start_demo(local: &Local, demo_setting: Demo, app: App, api: Router) {
    let seed = milliseconds(SystemTime::now());
    let is_first_start = local.is_new() && demo_setting != Demo::Off;
    if is_first_start {
        if let Err(error) = demo::register(&api).await {
            tracing::warn!(error, "the sample tables cannot be created");
        }
        local.run(|stop| demo::import_history(app, seed, stop));
    }
    if is_first_start || demo_setting == Demo::On {
        local.run(|stop| demo::animate(api, seed, stop));
    }
}

/// The backend over these clients, and its table; `shard` sets the maximum number of connections in a shard.
pub async fn application(clients: Clients, shard: Option<usize>) -> Result<App, String> {
    let trust = clients.trust;
    let environment = Config::from_environment();
    let external_services = trust.external_services;
    // A client on this machine is an admin of the tables without signing in, unless the settings say otherwise.
    let is_disabled = std::env::var("RALLY_LOOPBACK_ADMIN").is_ok_and(|value| value == "false");
    let config = Config {
        loopback_admin: trust.local_admin && !is_disabled,
        secrets_key: kms::KEY.to_owned(),
        push_services: external_services.clone().unwrap_or(environment.push_services.clone()),
        slack_hosts: external_services.unwrap_or(environment.slack_hosts.clone()),
        issuer: Some(trust.issuer),
        client_id: trust.client_id,
        jwks: trust.keys,
        events_topic: messaging::topic_arn(EVENTS),
        jobs_queue: messaging::queue_url(JOBS),
        shards_queue: messaging::queue_url(SHARDS),
        shard: shard.unwrap_or(environment.shard),
        iot_prefix: clients.broker_address.as_ref().map(|_| "rally".to_owned()).unwrap_or_default(),
        iot_endpoint: clients.broker_address.unwrap_or_default(),
        iot_role: "arn:aws:iam::000000000000:role/listener".to_owned(),
        site: std::env::var("RALLY_SITE_URL").unwrap_or(clients.site),
        ..environment
    };
    backend::db::schema::create_table(&clients.dynamodb, &config.table).await.map_err(|error| error.to_string())?;
    let aws = Aws {
        dynamodb: clients.dynamodb,
        gateway: connections(clients.connections),
        kms: clients.kms,
        sns: clients.sns,
        sqs: clients.sqs,
        iot: clients.iot,
        sts: clients.sts,
    };
    Ok(App::new(config, aws))
}

/// A gateway in this process requires no signature.
pub fn connections(connector: SharedHttpConnector) -> Connections {
    Connections::new("http://localhost", connector, None)
}

/// The functions.
pub struct Functions {
    /// Serves `/v1`.
    pub api: Router,
    /// Serves `$connect`, `$default` and `$disconnect`.
    pub live: SharedFunction,
    /// Receives the table's changes.
    pub fanout: SharedFunction,
    /// Receives events and jobs.
    pub notify: SharedFunction,
    /// Receives messages of other services.
    pub ingest: SharedFunction,
    /// Is invoked once a minute.
    pub sweep: SharedFunction,
}

impl Functions {
    /// The same functions, with this limit of concurrent invocations.
    #[must_use]
    pub fn limited(self, concurrency: &Concurrency) -> Self {
        let Self { api, live, fanout, notify, ingest, sweep } = self;
        Self {
            api: api.layer(middleware::from_fn_with_state(concurrency.clone(), Concurrency::layer)),
            live: concurrency.reject_above_limit(live),
            fanout: concurrency.wait_above_limit(fanout),
            notify: concurrency.wait_above_limit(notify),
            ingest: concurrency.wait_above_limit(ingest),
            sweep: concurrency.wait_above_limit(sweep),
        }
    }
}

/// The functions as parts of this program.
pub fn built_in(app: &App) -> Functions {
    Functions {
        api: api(app.clone()),
        live: lambda(app, |app, request| async move {
            websocket::handle(&app, request).await.map_err(|error| failure(&error))
        }),
        fanout: lambda(app, |app, call| async move { Ok(reactions::handler::handle(&app, call).await) }),
        notify: lambda(app, |app, call| async move {
            notifications::handler::handle(&app, call).await.map_err(|error| failure(&error))
        }),
        ingest: lambda(
            app,
            |app, event| async move { ingest::handle(&app, event).await.map_err(|error| failure(&error)) },
        ),
        sweep: lambda(app, |app, _: Value| async move { sweep::handle(&app).await.map_err(|error| failure(&error)) }),
    }
}

/// The functions as programs of their own.
async fn programs(directory: &Path, app: &App, aws: &str, logs: &Path) -> Result<Functions, String> {
    std::fs::create_dir_all(logs).map_err(|error| format!("{} cannot be created: {error}", logs.display()))?;
    let lambda = Lambda::start().await.map_err(|error| error.to_string())?;
    let function = |name: &str| {
        let path = program(directory, name).ok_or_else(|| {
            format!("{} has no program {name}; `cargo xtask package` builds them", directory.display())
        })?;
        Ok::<_, String>(lambda.function(Program {
            name: name.to_owned(),
            path,
            environment: environment(app.config(), aws),
            log: Some(logs.join(format!("{name}.log"))),
        }))
    };
    Ok(Functions {
        api: http_event::router(function("api")?),
        live: function("live")?,
        fanout: function("fanout")?,
        notify: function("notify")?,
        ingest: function("ingest")?,
        sweep: function("sweep")?,
    })
}

/// The path of a function's program, as cargo or as cargo-lambda writes it.
fn program(directory: &Path, name: &str) -> Option<PathBuf> {
    [directory.join(name).join("bootstrap"), directory.join(name)].into_iter().find(|path| path.is_file())
}

/// The environment variables of a function.
pub fn environment(config: &Config, aws: &str) -> Vec<(String, String)> {
    // A function has no clients on its own machine.
    let config = Config { loopback_admin: false, ..config.clone() };
    let emulator_variables = [("AWS_ENDPOINT_URL", aws), ("RALLY_CALLBACK_URL", aws)];
    let level = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".to_owned());
    let mut all = config.variables();
    all.extend(emulator_variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    all.push(("RUST_LOG".to_owned(), level));
    all
}

/// The functions, as the template deploys them. A failed job is delivered again after `visibility`.
pub fn deployment(app: &App, functions: Functions, visibility: Duration) -> Result<Deployment, String> {
    let Functions { api, live, fanout, notify, ingest, sweep } = functions;
    let source = EventSource {
        table: app.config().table.clone(),
        filters: Filters::parse(stream::FILTERS).map_err(|error| error.to_string())?,
        policy: Policy::default(),
        function: Arc::clone(&fanout),
    };
    let messaging = Messaging {
        subscriptions: vec![
            Subscription {
                topic: EVENTS.to_owned(),
                filter: Filters::parse([notifications::handler::FILTER]).map_err(|error| error.to_string())?,
                function: Arc::clone(&notify),
                // AWS waits one minute, then two; on one machine that is too long.
                retries: [Duration::from_secs(1), Duration::from_secs(5)],
                // An event whose notification has failed three times is not lost: it becomes a job.
                dead_letters: Some(JOBS.to_owned()),
                recursion: NOTIFY,
            },
            Subscription {
                topic: ITEMS.to_owned(),
                filter: Filters::default(),
                function: Arc::clone(&ingest),
                retries: [Duration::from_secs(1), Duration::from_secs(5)],
                dead_letters: None,
                recursion: INGEST,
            },
        ],
        queues: vec![
            Queue {
                name: JOBS.to_owned(),
                batch_size: 10,
                max_concurrency: 4,
                visibility,
                max_receives: 5,
                function: notify,
                recursion: NOTIFY,
            },
            Queue {
                name: SHARDS.to_owned(),
                batch_size: 1,
                // Lambda begins with five concurrent invocations and adds five each second ("Using Lambda with Amazon SQS").
                max_concurrency: 16,
                visibility,
                max_receives: 5,
                function: fanout,
                recursion: FANOUT,
            },
            Queue {
                name: ITEMS.to_owned(),
                batch_size: 10,
                max_concurrency: 4,
                visibility,
                max_receives: 5,
                function: Arc::clone(&ingest),
                recursion: INGEST,
            },
            Queue {
                name: ITEMS_IN_ORDER.to_owned(),
                batch_size: 10,
                max_concurrency: 4,
                visibility,
                max_receives: 5,
                function: ingest,
                recursion: INGEST,
            },
        ],
    };
    Ok(Deployment { api, live, stream: source, sweep, messaging })
}

/// The HTTP API, which gets the client's address.
fn api(app: App) -> Router {
    let insert_caller = async |ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next| {
        request.extensions_mut().insert(http::Caller { address: peer.ip() });
        next.run(request).await
    };
    router::router(app).layer(middleware::from_fn(http_event::imitate)).layer(middleware::from_fn(insert_caller))
}

/// A typed handler as a function: what the Lambda runtime does between JSON and types.
fn lambda<Event, Output, Handler, Future>(app: &App, handler: Handler) -> SharedFunction
where
    Event: DeserializeOwned,
    Output: Serialize,
    Handler: Fn(App, Event) -> Future + Copy + Send + Sync + 'static,
    Future: std::future::Future<Output = Result<Output, FunctionError>> + Send,
    Event: Send + 'static,
{
    let app = app.clone();
    function(move |event| {
        let app = app.clone();
        async move {
            let event = serde_json::from_value(event).map_err(|error| failure(&error))?;
            let output = handler(app, event).await?;
            serde_json::to_value(output).map_err(|error| failure(&error))
        }
    })
}

fn failure(error: &dyn std::error::Error) -> FunctionError {
    FunctionError::new(error.to_string())
}
