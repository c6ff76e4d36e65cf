//! Starts and stops the emulated AWS, the deployment on it, and the site.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::Router;
use emulator::aws::{self, Endpoint};
use emulator::clients::{Clients, Connectors, Locations, Trust};
use emulator::connector::{DatabaseConnector, GatewayConnector};
use emulator::data::DataDirectory;
use emulator::database::LocalDatabase;
use emulator::error::StartError;
use emulator::function::SharedFunction;
use emulator::gateway::Gateway;
use emulator::iot::IotConnector;
use emulator::kms::KmsConnector;
use emulator::messaging::{MessageBroker, Messaging, MessagingConnector};
use emulator::stream::checkpoint::CheckpointFile;
use emulator::stream::{self, EventSource, MappingContext};
use emulator::{listener, schedule};
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::http_server;
use crate::issuer::{self, Issuer};
use crate::settings::{Settings, SignIn};
use crate::site::SiteFiles;

/// The application's name in files and directories.
const NAME: &str = "rally";

/// Timeout for the shutdown of all parts.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(800);

/// The application on this AWS.
pub struct Deployment {
    /// Serves `/v1`. A request's extensions have `ConnectInfo<SocketAddr>`.
    pub api: Router,
    /// Serves `$connect`, `$default` and `$disconnect`.
    pub live: SharedFunction,
    /// Receives the changes of a table.
    pub stream: EventSource,
    /// Is invoked on a schedule.
    pub sweep: SharedFunction,
    /// Topics, queues and their functions.
    pub messaging: Messaging,
}

/// A running AWS.
pub struct Local {
    address: SocketAddr,
    aws_address: SocketAddr,
    clients: Clients,
    gateway: Arc<Gateway>,
    broker: Arc<MessageBroker>,
    stop: CancellationToken,
    /// Stops the tasks if [`Local::shutdown`] is not called.
    _guard: DropGuard,
    tasks: TaskTracker,
    is_new: bool,
    // Dropped in this order: the database before the directory that holds it.
    database: Arc<LocalDatabase>,
    data: DataDirectory,
}

impl Local {
    /// Starts an AWS with the application that `deploy` returns; `deploy` gets the clients for this AWS.
    pub async fn start_with<Deploy, DeployFuture>(settings: Settings, deploy: Deploy) -> Result<Self, StartError>
    where
        Deploy: FnOnce(Clients) -> DeployFuture,
        DeployFuture: Future<Output = Result<Deployment, String>>,
    {
        if !settings.aws_address.ip().is_loopback() {
            return Err(StartError::AwsAddressIsOpen(settings.aws_address));
        }
        listener::raise_open_files();
        let main = listener::bind(settings.address, "--address")?;
        let tools = listener::bind(settings.aws_address, "--aws-address")?;
        let data = DataDirectory::open(&settings.storage, NAME)?;
        let database = Arc::new(LocalDatabase::open(&data.database())?);

        let gateway = Gateway::new(settings.limits);
        let (issuer, trust) = issuer_of(&settings.sign_in, settings.local_admin, main.local_addr()?, data.path());
        let trust = Trust { external_services: settings.external_services, local_admin: settings.local_admin, ..trust };
        let written = Arc::new(Notify::new());
        let connector = SharedHttpConnector::new(DatabaseConnector::new(Arc::clone(&written), settings.faults.clone()));
        let broker = MessageBroker::open(data.path(), settings.faults.clone())?;
        let messaging = SharedHttpConnector::new(MessagingConnector::new(Arc::clone(&broker)));
        let iot = SharedHttpConnector::new(IotConnector::new(settings.broker.clone()));
        let kms = SharedHttpConnector::new(KmsConnector::open(data.path())?);
        let connections = GatewayConnector::new(Arc::clone(&gateway), settings.faults.clone());
        let connectors = Connectors {
            database: database.address(),
            connector: connector.clone(),
            connections: SharedHttpConnector::new(connections),
            messaging: messaging.clone(),
            iot: iot.clone(),
            kms: kms.clone(),
        };
        let locations = Locations {
            site: format!("http://{}", main.local_addr()?),
            aws: format!("http://{}", tools.local_addr()?),
            broker: settings.broker.clone(),
            logs: data.path().join("logs"),
        };
        let clients = Clients::new(connectors, trust, locations);
        let deployment = deploy(clients.clone()).await.map_err(StartError::Deployment)?;
        gateway.serve_with(deployment.live);

        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let (address, aws_address) = (main.local_addr()?, tools.local_addr()?);
        let checkpoint = watch::Sender::new(CheckpointFile::in_directory(data.path()).read());
        let table = deployment.stream.table.clone();
        tasks.spawn(schedule::trim(Arc::clone(&database), table, checkpoint.subscribe(), stop.clone()));
        tasks.spawn(schedule::expire(Arc::clone(&database), Arc::clone(&written), stop.clone()));
        tasks.spawn(schedule::invoke_every(settings.sweep_every, deployment.sweep, stop.clone()));
        broker.serve(deployment.messaging, &tasks, &stop);
        let context = MappingContext {
            database: database.handle(),
            directory: data.path().to_owned(),
            written,
            faults: settings.faults.clone(),
            stop: stop.clone(),
        };
        tasks.spawn(stream::run(deployment.stream, context, checkpoint));
        let endpoint = Endpoint {
            gateway: Arc::clone(&gateway),
            faults: settings.faults,
            connector,
            database: database.address(),
            iot,
            messaging,
            kms,
        };
        tasks.spawn(listener::serve(tools, aws::router(endpoint), stop.clone(), tasks.clone()));
        let site = SiteFiles::new(settings.site, &settings.sign_in, settings.broker);
        let router = http_server::router(deployment.api, Arc::clone(&gateway), site, issuer);
        tasks.spawn(listener::serve(main, router, stop.clone(), tasks.clone()));

        Ok(Self {
            address,
            aws_address,
            clients,
            gateway,
            broker,
            _guard: stop.clone().drop_guard(),
            stop,
            tasks,
            is_new: data.is_new(),
            database,
            data,
        })
    }

    /// The address of the site, the API and the live connections.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of AWS for tools.
    pub fn aws_address(&self) -> SocketAddr {
        self.aws_address
    }

    /// The backend's clients for this AWS.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The live connections.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// The messages of topics and queues.
    pub fn broker(&self) -> &Arc<MessageBroker> {
        &self.broker
    }

    /// The database.
    pub fn database(&self) -> Arc<LocalDatabase> {
        Arc::clone(&self.database)
    }

    /// Whether the database was new at the start.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The directory with the data.
    pub fn data_directory(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Runs a task in addition to this AWS's own; it must end when the token is cancelled.
    pub fn run<Task>(&self, task: impl FnOnce(CancellationToken) -> Task)
    where
        Task: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task(self.stop.clone()));
    }

    /// Closes the connections with 1001, finishes current work and stops, within a second.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        tokio::join!(self.gateway.close(SHUTDOWN_TIMEOUT), async {
            let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, self.tasks.wait()).await;
        });
        let Self { database, data, .. } = self;
        // Closing the database blocks.
        let _ = tokio::task::spawn_blocking(move || {
            drop(database);
            drop(data);
        })
        .await;
    }
}

/// The issuer of this program, if it is used; and the issuer that the backend trusts.
fn issuer_of(
    sign_in: &SignIn,
    trusts_machine: bool,
    address: SocketAddr,
    directory: &std::path::Path,
) -> (Option<Issuer>, Trust) {
    match sign_in {
        SignIn::Own { open, lifetime } => {
            let issuer = Issuer::new(address, directory, *open, trusts_machine, *lifetime);
            let jwks = Some(Issuer::keys_address(address));
            let trust = Trust {
                issuer: issuer.name().to_owned(),
                client_id: issuer::CLIENT_ID.to_owned(),
                keys: jwks,
                external_services: None,
                local_admin: true,
            };
            (Some(issuer), trust)
        }
        SignIn::Other { issuer, client_id } => {
            let (issuer, client_id) = (issuer.clone(), client_id.clone());
            (None, Trust { issuer, client_id, keys: None, external_services: None, local_admin: true })
        }
    }
}
