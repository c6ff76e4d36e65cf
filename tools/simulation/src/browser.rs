//! An open page: the product's own live client, on a clock and a connection of its own, and a check that reports when the shown state
//! goes back. Never helps the client.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use domain::topic::Topic;
use emulator::gateway::connection::Origin;
use emulator::gateway::handshake;
use emulator::gateway::id::ConnectionId;
use http::{HeaderMap, Request, Uri};
use live_client::{Action, Event, LiveClient};
use protocol::frames::{Change, ServerFrame};
use protocol::settings::Settings;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::cloud::Cloud;
use crate::durability::WRITTEN_DIRECTLY;
use crate::identities::Person;
use crate::network::{Closed, Socket};

/// A command to a page.
#[derive(Debug)]
pub(crate) enum PageCommand {
    /// The page subscribes to this topic.
    Subscribe(Topic),
    /// The page no longer needs this topic.
    Unsubscribe(Topic),
    /// The page becomes visible or hidden.
    Show(bool),
    /// The network is available or not.
    Network(bool),
    /// Nothing of the page runs for this long.
    Sleep(Duration),
    /// The connection breaks.
    Cut,
    /// The connection carries nothing any more, without an error.
    Stall,
    /// Requests the current content of the page.
    Report(oneshot::Sender<PageState>),
}

/// The content of a topic: revision and state by id.
pub(crate) type Content = BTreeMap<String, (u64, Value)>;

/// What a page shows of each topic, and the violations so far.
#[derive(Debug)]
pub(crate) struct PageState {
    /// For each subscribed topic that is not denied: whether it was ever complete, and its content.
    pub(crate) topics: BTreeMap<Topic, (bool, Content)>,
    /// The topics that the server denies.
    pub(crate) denied: Vec<(Topic, String)>,
    /// The violations that the check has found.
    pub(crate) violations: Vec<String>,
    /// The number of received messages.
    pub(crate) received: u64,
    /// How long it has been connected; zero if it is not.
    pub(crate) connected_for: Duration,
}

/// The connection to the gateway.
enum Connection {
    None,
    Opening(JoinHandle<Option<Box<Socket>>>),
    Open(Box<Socket>),
}

pub(crate) struct Browser {
    name: String,
    cloud: Arc<Cloud>,
    person: Person,
    live: LiveClient,
    connection: Connection,
    delay: Duration,
    begun: Instant,
    /// The initial value of its clock in milliseconds, and its drift in millionths.
    offset: u64,
    drift: u64,
    subscribed: BTreeSet<Topic>,
    /// The newest revision that was shown for an entity, or that removed it.
    newest: BTreeMap<(Topic, String), u64>,
    violations: Vec<String>,
    received: u64,
    /// When its connection was opened last.
    opened_at: Instant,
}

impl Browser {
    /// Opens a page; returns the channel for its commands.
    pub(crate) fn open(
        cloud: &Arc<Cloud>,
        name: &str,
        person: Person,
        settings: &Settings,
    ) -> mpsc::UnboundedSender<PageCommand> {
        let (commands, receiver) = mpsc::unbounded_channel();
        let chaos = &cloud.chaos;
        let browser = Self {
            name: name.to_owned(),
            cloud: Arc::clone(cloud),
            person,
            live: LiveClient::with_policy(settings, cloud.switches.replica),
            connection: Connection::None,
            delay: chaos.milliseconds(1..150),
            begun: Instant::now(),
            offset: chaos.number(0..1_000_000_000),
            drift: chaos.number(0..2_000),
            subscribed: BTreeSet::new(),
            newest: BTreeMap::new(),
            violations: Vec::new(),
            received: 0,
            opened_at: Instant::now(),
        };
        tokio::spawn(browser.run(receiver));
        commands
    }

    fn now(&self) -> u64 {
        let elapsed = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.offset + elapsed + elapsed * self.drift / 1_000_000
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<PageCommand>) {
        let has_name = self.person.token.is_some();
        self.live.reconnect(has_name, self.now());
        loop {
            self.run_actions();
            let until = self.live.next_timeout().map(|due| due.saturating_sub(self.now()) + 1);
            let due = sleep(until.map_or(Duration::from_secs(3_600), Duration::from_millis));
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.execute(command).await,
                    None => return,
                },
                event = self.connection.next_event() => self.handle(event),
                () = due => {
                    let chance = self.chance();
                    self.live.handle_timeout(self.now(), chance);
                }
            }
        }
    }

    fn chance(&self) -> f64 {
        self.cloud.chaos.number(0..1_000) as f64 / 1_000.0
    }

    async fn execute(&mut self, command: PageCommand) {
        let now = self.now();
        match command {
            PageCommand::Subscribe(topic) => {
                if self.subscribed.insert(topic.clone()) {
                    self.live.subscribe(&topic, now);
                }
            }
            PageCommand::Unsubscribe(topic) => {
                self.live.unsubscribe(&topic);
                self.subscribed.remove(&topic);
                // A new subscription begins with a snapshot.
                self.newest.retain(|(known, _), _| *known != topic);
            }
            PageCommand::Show(visible) => self.live.handle_visibility(visible, now),
            PageCommand::Network(online) => {
                if let (false, Connection::Open(socket)) = (online, &self.connection) {
                    socket.stall();
                }
                self.live.handle_network(online, now);
            }
            PageCommand::Sleep(time) => {
                sleep(time).await;
                self.live.handle_visibility(true, self.now());
            }
            PageCommand::Cut => {
                if let Connection::Open(socket) = &self.connection {
                    socket.cut();
                }
            }
            PageCommand::Stall => {
                if let Connection::Open(socket) = &self.connection {
                    socket.stall();
                }
            }
            PageCommand::Report(reply) => {
                let _ = reply.send(self.state());
            }
        }
    }

    fn handle(&mut self, event: ConnectionEvent) {
        let now = self.now();
        match event {
            ConnectionEvent::Opened(Some(socket)) => {
                self.connection = Connection::Open(socket);
                self.opened_at = Instant::now();
                self.live.handle_opened(now);
            }
            ConnectionEvent::Opened(None) | ConnectionEvent::Closed => {
                self.connection = Connection::None;
                let chance = self.chance();
                self.live.handle_closed(now, chance);
            }
            ConnectionEvent::Message(text) => {
                self.received += 1;
                tracing::trace!(browser = self.name, text, "received");
                self.note_removals(&text);
                self.live.handle_message(&text, now);
            }
        }
    }

    /// A removed entity must not return with an older revision.
    fn note_removals(&mut self, text: &str) {
        let Some(ServerFrame::Changes { changes }) = ServerFrame::parse(text) else { return };
        for Change { topic, id, rev, state } in changes {
            let Ok(topic) = topic.parse::<Topic>() else { continue };
            if state.is_none() && self.live.subscription(&topic).is_some() {
                let newest = self.newest.entry((topic, id)).or_default();
                *newest = rev.max(*newest);
            }
        }
    }

    /// Runs the actions of the client, and checks what it shows.
    fn run_actions(&mut self) {
        while let Some(action) = self.live.poll_action() {
            match action {
                Action::Open => {
                    let (cloud, person, delay) = (Arc::clone(&self.cloud), self.person.clone(), self.delay);
                    self.connection = Connection::Opening(tokio::spawn(connect(cloud, person, delay)));
                }
                Action::Send(text) => {
                    if let Connection::Open(socket) = &mut self.connection {
                        socket.send(text);
                    }
                }
                Action::Close => self.connection = Connection::None,
            }
        }
        while let Some(event) = self.live.poll_event() {
            if let Event::Topic { topic, .. } = event {
                self.check_revisions(&topic);
            }
        }
    }

    fn check_revisions(&mut self, topic: &Topic) {
        let Some(subscription) = self.live.subscription(topic) else { return };
        for (id, rev, _) in subscription.replica.entities() {
            let newest = self.newest.entry((topic.clone(), id.to_owned())).or_default();
            if rev < *newest && !WRITTEN_DIRECTLY.iter().any(|(_, name)| id == *name) {
                self.violations.push(format!("{}: {topic} {id} went back from revision {newest} to {rev}", self.name));
            }
            *newest = rev.max(*newest);
        }
    }

    fn state(&self) -> PageState {
        let mut state = PageState {
            topics: BTreeMap::new(),
            denied: Vec::new(),
            violations: self.violations.clone(),
            received: self.received,
            connected_for: if matches!(self.connection, Connection::Open(_)) {
                self.opened_at.elapsed()
            } else {
                Duration::ZERO
            },
        };
        for topic in &self.subscribed {
            let Some(subscription) = self.live.subscription(topic) else { continue };
            match &subscription.denied {
                Some(error) => state.denied.push((topic.clone(), error.message.clone())),
                None => {
                    let replica = &subscription.replica;
                    let entities = replica.entities().map(|(id, rev, state)| (id.to_owned(), (rev, state.clone())));
                    state.topics.insert(topic.clone(), (replica.is_complete(), entities.collect()));
                }
            }
        }
        state
    }
}

/// The events of the connection.
enum ConnectionEvent {
    Opened(Option<Box<Socket>>),
    Message(String),
    Closed,
}

impl Connection {
    async fn next_event(&mut self) -> ConnectionEvent {
        match self {
            Self::None => std::future::pending().await,
            Self::Opening(opening) => ConnectionEvent::Opened(opening.await.ok().flatten()),
            Self::Open(socket) => match socket.receive().await {
                Ok(text) => ConnectionEvent::Message(text),
                Err(Closed) => ConnectionEvent::Closed,
            },
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Self::Opening(opening) = self {
            opening.abort();
        }
    }
}

/// A ticket, if the page has an identity, and then the handshake.
async fn connect(cloud: Arc<Cloud>, person: Person, delay: Duration) -> Option<Box<Socket>> {
    let mut address = "/live".to_owned();
    if let Some(token) = &person.token {
        let request = Request::post("/v1/live/tickets").body(Value::Null).ok()?;
        let response = timeout(Duration::from_secs(30), cloud.ask(request, Some(token))).await.ok()??;
        address = format!("/live?ticket={}", response.data["ticket"].as_str()?);
    }
    sleep(delay).await;
    let uri: Uri = address.parse().ok()?;
    let origin = Origin::new(ConnectionId::random().ok()?, [127, 0, 0, 1].into(), &HeaderMap::new(), SystemTime::now());
    cloud.confidentiality_oracle.register_connection(origin.id.as_str(), &person.identity);
    handshake::invoke_connect(&cloud.gateway, &origin, &HeaderMap::new(), &uri).await.ok()?;
    sleep(delay).await;
    Some(Box::new(Socket::open(&cloud.gateway, origin, delay)))
}
