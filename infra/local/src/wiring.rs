//! Rally's backend on this AWS: its functions as they are deployed. With the demonstration, the one place that knows the
//! backend.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use backend::config::Config;
use backend::transport::http::Caller;
use backend::transport::{self, notify, stream, sweep, websocket};
use backend::{App, Aws};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clients::Clients;
use crate::demo;
use crate::error::StartError;
use crate::function::{FunctionError, SharedFunction, function};
use crate::gateway::event::milliseconds;
use crate::local::{Deployment, Local};
use crate::messaging::{self, Messaging, Queue, Subscription};
use crate::settings::{Demo, Settings};
use crate::stream::EventSource;
use crate::stream::filter::Filters;
use crate::stream::policy::Policy;

/// The topic of what happens.
const EVENTS: &str = "rally-events";

/// The queue of what is to be done later.
const JOBS: &str = "rally-jobs";

/// Starts an AWS with Rally on it, and the demonstration where it is wanted.
pub async fn start(settings: Settings) -> Result<Local, StartError> {
    let (wish, visibility) = (settings.demo, settings.visibility);
    let mut deployed = None;
    let local = Local::start_with(settings, async |clients| {
        let app = application(clients).await?;
        let deployment = deployment(app.clone(), visibility)?;
        deployed = Some((app, deployment.api.clone()));
        Ok(deployment)
    })
    .await?;
    if let Some((app, api)) = deployed {
        demonstrate(&local, wish, app, api).await;
    }
    Ok(local)
}

async fn demonstrate(local: &Local, wish: Demo, app: App, api: Router) {
    let seed = milliseconds(SystemTime::now());
    let registers = local.is_new() && wish != Demo::Off;
    if registers {
        if let Err(error) = demo::register(&api).await {
            tracing::warn!(error, "the sample tables cannot be made");
        }
        local.run(|stop| demo::remember(app, seed, stop));
    }
    if registers || wish == Demo::On {
        local.run(|stop| demo::animate(api, seed, stop));
    }
}

/// The backend over these clients, and its table.
async fn application(clients: Clients) -> Result<App, String> {
    // Whoever sits at this machine may do everything with tables, without signing in.
    let trust = clients.trust;
    let environment = Config::from_environment();
    let outside = trust.outside;
    let config = Config {
        loopback_admin: true,
        push_services: outside.clone().unwrap_or(environment.push_services.clone()),
        slack_hosts: outside.unwrap_or(environment.slack_hosts.clone()),
        issuer: Some(trust.issuer),
        client_id: trust.client_id,
        jwks: trust.keys,
        events_topic: messaging::topic_arn(EVENTS),
        jobs_queue: messaging::queue_url(JOBS),
        site: std::env::var("RALLY_SITE_URL").unwrap_or(clients.site),
        ..environment
    };
    backend::storage::schema::create_table(&clients.dynamodb, &config.table)
        .await
        .map_err(|error| error.to_string())?;
    let aws = Aws { dynamodb: clients.dynamodb, gateway: clients.gateway, sns: clients.sns, sqs: clients.sqs };
    Ok(App::new(config, aws))
}

/// The functions, as the template deploys them. After `visibility` a job comes again that failed.
pub fn deployment(app: App, visibility: Duration) -> Result<Deployment, String> {
    let live =
        lambda(
            &app,
            |app, request| async move { websocket::handle(&app, request).await.map_err(|error| failure(&error)) },
        );
    let sweep = lambda(&app, |app, _: Value| async move { sweep::handle(&app).await.map_err(|error| failure(&error)) });
    let source = EventSource {
        table: app.config().table.clone(),
        filters: Filters::parse(stream::FILTERS).map_err(|error| error.to_string())?,
        policy: Policy::default(),
        function: lambda(&app, |app, event| async move { Ok(stream::handle(&app, event).await) }),
    };
    let told =
        lambda(&app, |app, call| async move { notify::handle(&app, call).await.map_err(|error| failure(&error)) });
    let messaging = Messaging {
        subscriptions: vec![Subscription {
            topic: EVENTS.to_owned(),
            filter: Filters::parse([notify::FILTER]).map_err(|error| error.to_string())?,
            function: Arc::clone(&told),
            // AWS waits for one minute and for two; at a desk nobody does.
            retries: [Duration::from_secs(1), Duration::from_secs(5)],
            // What could not be told in three tries is not lost: it is a job.
            dead_letters: Some(JOBS.to_owned()),
        }],
        queues: vec![Queue {
            name: JOBS.to_owned(),
            batch_size: 10,
            at_once: 4,
            visibility,
            receives: 5,
            function: told,
        }],
    };
    Ok(Deployment { api: api(app), live, stream: source, sweep, messaging })
}

/// The HTTP API, told who calls.
fn api(app: App) -> Router {
    let tell = async |ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next| {
        request.extensions_mut().insert(Caller { address: peer.ip() });
        next.run(request).await
    };
    transport::http::router(app).layer(middleware::from_fn(tell))
}

/// A typed handler as a function: what the Lambda runtime does between JSON and types.
fn lambda<Event, Answer, Handler, Future>(app: &App, handler: Handler) -> SharedFunction
where
    Event: DeserializeOwned,
    Answer: Serialize,
    Handler: Fn(App, Event) -> Future + Copy + Send + Sync + 'static,
    Future: std::future::Future<Output = Result<Answer, FunctionError>> + Send,
    Event: Send + 'static,
{
    let app = app.clone();
    function(move |event| {
        let app = app.clone();
        async move {
            let event = serde_json::from_value(event).map_err(|error| failure(&error))?;
            let answer = handler(app, event).await?;
            serde_json::to_value(answer).map_err(|error| failure(&error))
        }
    })
}

fn failure(error: &dyn std::error::Error) -> FunctionError {
    FunctionError::new(error.to_string())
}
