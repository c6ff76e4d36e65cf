//! The thin shell around [`LiveClient`]: gives it a transport, a timer and the page's events, and hands its updates to topic stores.
//! The client decides when to connect, ping and wait.

use std::rc::Rc;

use domain::person::PersonId;
use domain::time::Timestamp;
use domain::topic::Topic;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_client::{Action, Event, LiveClient, Subscription, Update};
use protocol::frames::Change;
use protocol::settings::Settings;
use serde_json::Value;

use super::endpoint::{Credentials, Endpoint};
use super::transport::Transport;
use super::{ConnectionStatus, measure};
use crate::api;
use crate::platform::clock;
use crate::platform::page::{self, PageEvent};
use crate::platform::socket::SocketEvent;

/// Updates that arrive within this number of milliseconds of the last ones are applied together, so that a burst leaves time for all else.
const BATCH_INTERVAL: u64 = 50;

/// One live connection.
#[derive(Clone, Copy)]
pub(super) struct Connection {
    shell: StoredValue<Shell, LocalStorage>,
    state: RwSignal<live_client::ConnectionState>,
    last_seen_at: RwSignal<Timestamp>,
}

struct Shell {
    client: LiveClient,
    endpoint: Endpoint,
    transport: Option<Box<dyn Transport>>,
    /// When the client wants to be called next.
    timer: Option<(u64, Timeout)>,
    subscribers: Vec<Subscriber>,
    /// Counts subscribers: the next one's id.
    next_id: u32,
    /// The intended owner of the connection.
    person: Option<PersonId>,
    /// Nothing is opened before the user is known.
    is_paused: bool,
    /// Nothing is opened before there is a subscriber.
    connects_on_demand: bool,
    /// Counts openings, so that a late one can be distinguished from the current one.
    opening: u32,
    /// When updates were last applied.
    applied_at: u64,
    /// Updates that wait to be applied together.
    batch: Vec<(Topic, Update)>,
    batch_timer: Option<Timeout>,
}

/// Applies an update of a topic to a store.
pub(super) type Apply = Rc<dyn Fn(Option<&Subscription>, &Update)>;

struct Subscriber {
    id: u32,
    topic: Topic,
    apply: Apply,
}

impl Connection {
    /// Opens the connection. If `is_paused`, it waits for [`Connection::set_identity`]; if `connects_on_demand`, for a subscriber.
    pub(super) fn start(settings: &Settings, endpoint: Endpoint, is_paused: bool, connects_on_demand: bool) -> Self {
        let shell = Shell {
            client: LiveClient::new(settings),
            endpoint,
            transport: None,
            timer: None,
            subscribers: Vec::new(),
            next_id: 0,
            person: None,
            is_paused,
            connects_on_demand,
            opening: 0,
            applied_at: 0,
            batch: Vec::new(),
            batch_timer: None,
        };
        let connection = Self {
            shell: StoredValue::new_local(shell),
            state: RwSignal::new(live_client::ConnectionState::Connecting),
            last_seen_at: RwSignal::new(clock::now()),
        };
        if !is_paused && !connects_on_demand {
            connection.with_client(LiveClient::start);
        }
        connection.handle_page(PageEvent::Visible(page::is_visible()));
        connection.handle_page(PageEvent::Online(page::is_online()));
        page::listen(move |event| connection.handle_page(event));
        connection
    }

    /// Calls `apply` with what is known of a topic, now and at each update, until the current owner is cleaned up.
    pub(super) fn subscribe(self, topic: Topic, apply: Apply) {
        let id = self.shell.try_update_value(|shell| {
            shell.next_id += 1;
            let subscriber = Subscriber { id: shell.next_id, topic: topic.clone(), apply: Rc::clone(&apply) };
            shell.subscribers.push(subscriber);
            shell.next_id
        });
        self.with_client(|client, now| client.subscribe(&topic, now));
        if self.is_needed() {
            self.with_client(LiveClient::start);
        }
        self.shell.with_value(|shell| apply(shell.client.subscription(&topic), &Update::Reset));
        on_cleanup(move || {
            self.shell.update_value(|shell| shell.subscribers.retain(|one| Some(one.id) != id));
            self.with_client(|client, _| client.unsubscribe(&topic));
        });
    }

    /// Applies what a response of the API says of an entity; no state is its deletion. The stores have it when this returns, so that a page may
    /// then forget what it showed before the response.
    pub(super) fn apply_local(self, topic: &Topic, id: &str, rev: u64, state: Option<Value>) {
        let change = Change { topic: topic.to_string(), id: id.to_owned(), rev, state };
        self.with_client(move |client, _| client.apply_change(change));
        self.apply_batch();
    }

    /// Shows a snapshot of a topic that was read elsewhere, until the connection gives its own.
    pub(super) fn show_early(self, topic: &Topic, frames: &[String]) {
        self.with_client(|client, now| client.show_early(topic, frames, now));
    }

    /// From now on the connection is this person's, or a visitor's. Reconnects if it was another's.
    pub(super) fn set_identity(self, person: Option<PersonId>) {
        let before = self.shell.try_update_value(|shell| {
            shell.is_paused = false;
            std::mem::replace(&mut shell.person, person.clone())
        });
        match before {
            _ if !self.is_needed() => {}
            Some(before) if before == person => self.with_client(LiveClient::start),
            _ => self.with_client(move |client, now| client.reconnect(person.is_some(), now)),
        }
    }

    /// Whether the owner of the connection is known, and a topic needs it.
    pub(super) fn is_needed(self) -> bool {
        self.shell.with_value(|shell| !(shell.is_paused || shell.connects_on_demand && shell.subscribers.is_empty()))
    }

    /// The server's time, if the server has said it.
    pub(super) fn server_time(self) -> Option<Timestamp> {
        let now = clock::monotonic();
        self.shell.with_value(|shell| shell.client.server_time(now))
    }

    /// How the connection is; `now` changes each second, for the countdown.
    pub(super) fn status(self, now: Signal<Timestamp>) -> Memo<ConnectionStatus> {
        Memo::new(move |before: Option<&ConnectionStatus>| {
            let state = self.state.get();
            if matches!(state, live_client::ConnectionState::Waiting { .. }) {
                now.track();
            }
            let before = before.copied().unwrap_or(ConnectionStatus::Connecting);
            ConnectionStatus::of(state, before, clock::monotonic())
        })
    }

    /// When the last message of the server came.
    pub(super) fn last_seen_at(self) -> ReadSignal<Timestamp> {
        self.last_seen_at.read_only()
    }

    /// Connects now instead of waiting for the next try.
    pub(super) fn try_now(self) {
        self.with_client(LiveClient::start);
    }

    fn handle_socket(self, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.with_client(LiveClient::handle_opened),
            SocketEvent::Message(text) => {
                self.last_seen_at.set(clock::now());
                let written = measure::is_due().then(|| measure::written_at(&text)).flatten();
                self.with_client(|client, now| client.handle_message(&text, now));
                if let Some(written) = written {
                    measure::report(written, move || self.server_time().unwrap_or(written));
                }
            }
            SocketEvent::Closed => self.on_close(),
        }
    }

    fn handle_page(self, event: PageEvent) {
        match event {
            PageEvent::Visible(visible) => self.with_client(|client, now| client.handle_visibility(visible, now)),
            PageEvent::Online(online) => self.with_client(|client, now| client.handle_network(online, now)),
            // So that the server knows at once. If the page comes back, it becomes visible, and that connects.
            PageEvent::Left => self.on_close(),
        }
    }

    fn on_close(self) {
        self.shell.update_value(|shell| {
            shell.transport = None;
            shell.opening += 1;
        });
        self.with_client(|client, now| client.handle_closed(now, clock::random_fraction()));
    }

    fn on_timer(self) {
        self.shell.update_value(|shell| shell.timer = None);
        self.with_client(|client, now| client.handle_timeout(now, clock::random_fraction()));
    }

    fn with_client(self, step: impl FnOnce(&mut LiveClient, u64)) {
        let now = clock::monotonic();
        self.shell.update_value(|shell| step(&mut shell.client, now));
        self.drain(now);
    }

    /// Does the client's actions, and applies its updates.
    fn drain(self, now: u64) {
        let drained = self.shell.try_update_value(|shell| {
            let opens = shell.run_actions();
            shell.set_timer(now, move || self.on_timer());
            (opens, std::iter::from_fn(|| shell.client.poll_event()).collect::<Vec<Event>>())
        });
        let Some((opens, events)) = drained else { return };
        for event in events {
            match event {
                Event::Connection => self.state.set(self.shell.with_value(|shell| shell.client.connection())),
                Event::Topic { topic, update } => self.apply(topic, update, now),
                Event::NewerServer { version } => api::version::note(version),
            }
        }
        if opens {
            self.open();
        }
    }

    /// Opens a transport, with a ticket if the connection is a person's.
    fn open(self) {
        let opening = self.shell.try_update_value(|shell| {
            shell.opening += 1;
            let is_personal = shell.person.is_some();
            let needed = shell.endpoint.needs_credentials(is_personal);
            (needed.then(|| shell.endpoint.credentials(is_personal)), shell.opening)
        });
        let Some((credentials, opening)) = opening else { return };
        let Some(credentials) = credentials else { return self.connect(Credentials::None) };
        spawn_local(async move {
            let credentials = credentials.await;
            // Closed meanwhile, or started again.
            if self.shell.with_value(|shell| shell.opening) != opening {
                return;
            }
            match credentials {
                Ok(credentials) => self.connect(credentials),
                Err(_) => self.on_close(),
            }
        });
    }

    fn connect(self, credentials: Credentials) {
        let opened = self.shell.try_update_value(|shell| {
            shell.transport = shell.endpoint.open(credentials, Box::new(move |event| self.handle_socket(event)));
            shell.transport.is_some()
        });
        if opened == Some(false) {
            self.on_close();
        }
    }

    /// Applies an update at once if the last one is some time ago, else together with what else arrives.
    fn apply(self, topic: Topic, update: Update, now: u64) {
        let due = self.shell.try_update_value(|shell| {
            if shell.batch_timer.is_none() && now >= shell.applied_at + BATCH_INTERVAL {
                shell.applied_at = now;
                return Some(shell.notification(&topic, update));
            }
            add_to_batch(&mut shell.batch, topic, update);
            if shell.batch_timer.is_none() {
                shell.batch_timer = Some(Timeout::new(BATCH_INTERVAL as u32, move || self.apply_batch()));
            }
            None
        });
        due.flatten().into_iter().for_each(|notification| self.notify(&notification));
    }

    fn apply_batch(self) {
        let due = self.shell.try_update_value(|shell| {
            (shell.batch_timer, shell.applied_at) = (None, clock::monotonic());
            let batch = std::mem::take(&mut shell.batch);
            batch.into_iter().map(|(topic, update)| shell.notification(&topic, update)).collect::<Vec<_>>()
        });
        due.into_iter().flatten().for_each(|notification| self.notify(&notification));
    }

    /// Runs the subscribers without holding the shell for change: an effect may subscribe to another topic.
    fn notify(self, notification: &Notification) {
        let Notification { topic, update, subscribers } = notification;
        for apply in subscribers {
            self.shell.with_value(|shell| apply(shell.client.subscription(topic), update));
        }
    }
}

/// An update on its way to the subscribers of its topic.
struct Notification {
    topic: Topic,
    update: Update,
    subscribers: Vec<Apply>,
}

impl Shell {
    /// Does the client's actions; returns whether a transport is to be opened.
    fn run_actions(&mut self) -> bool {
        let mut opens = false;
        while let Some(action) = self.client.poll_action() {
            match action {
                Action::Open => opens = true,
                Action::Send(text) => {
                    if let Some(transport) = &self.transport {
                        transport.send(&text);
                    }
                }
                Action::Close => {
                    self.transport = None;
                    self.opening += 1;
                }
            }
        }
        opens
    }

    fn set_timer(&mut self, now: u64, on_timer: impl FnOnce() + 'static) {
        let due = self.client.next_timeout();
        if due != self.timer.as_ref().map(|(due, _)| *due) {
            self.timer = due.map(|due| (due, Timeout::new(milliseconds_until(due, now), on_timer)));
        }
    }

    fn notification(&self, topic: &Topic, update: Update) -> Notification {
        let subscribers = self.subscribers.iter().filter(|subscriber| subscriber.topic == *topic);
        let subscribers = subscribers.map(|subscriber| Rc::clone(&subscriber.apply)).collect();
        Notification { topic: topic.clone(), update, subscribers }
    }
}

/// Adds an update to those that wait, as one with an earlier update of its topic.
fn add_to_batch(batch: &mut Vec<(Topic, Update)>, topic: Topic, update: Update) {
    match batch.iter_mut().find(|(one, _)| *one == topic) {
        Some((_, earlier)) => *earlier = std::mem::replace(earlier, Update::Reset).merge(update),
        None => batch.push((topic, update)),
    }
}

/// How long a timer waits that is due at a moment of the client's clock, in milliseconds. Browsers take 31 bits: 24 days.
fn milliseconds_until(due: u64, now: u64) -> u32 {
    u32::try_from(due.saturating_sub(now)).unwrap_or(u32::MAX).min(i32::MAX as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> Topic {
        name.parse().unwrap()
    }

    fn entities(ids: &[&str]) -> Update {
        Update::Entities(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn updates_of_one_topic_are_applied_as_one() {
        let mut batch = Vec::new();
        add_to_batch(&mut batch, topic("tables"), entities(&["b"]));
        add_to_batch(&mut batch, topic("rooms"), entities(&["x"]));
        add_to_batch(&mut batch, topic("tables"), entities(&["a", "b"]));
        let expected = [(topic("tables"), entities(&["a", "b"])), (topic("rooms"), entities(&["x"]))];
        assert_eq!(batch, expected, "topics keep the order in which they came");
    }

    #[test]
    fn a_change_after_a_reset_is_part_of_it() {
        let mut batch = Vec::new();
        add_to_batch(&mut batch, topic("tables"), entities(&["a"]));
        add_to_batch(&mut batch, topic("tables"), Update::Reset);
        add_to_batch(&mut batch, topic("tables"), entities(&["b"]));
        assert_eq!(batch, [(topic("tables"), Update::Reset)]);
    }

    #[test]
    fn a_timer_waits_until_it_is_due_and_no_longer_than_browsers_take() {
        assert_eq!((milliseconds_until(1_500, 1_000), milliseconds_until(1_000, 1_500)), (500, 0));
        for due in [u64::from(u32::MAX), u64::MAX] {
            assert_eq!(milliseconds_until(due, 0), i32::MAX as u32, "a longer one would fire at once");
        }
    }
}
