//! The thin shell around [`LiveClient`]: gives it a socket, a timer and the page's events, and shows in signals what it
//! knows. Never decides when to connect, ping or wait.

use domain::live::{Action, Connection, Event, LiveClient, Subscription};
use domain::replica::Replica;
use domain::table::Table;
use domain::time::Timestamp;
use domain::topic::Topic;
use domain::wire::frames::FrameError;
use domain::wire::settings::Settings;

use crate::browser::clock::{self, Timer};
use crate::browser::early::EarlyConnection;
use crate::browser::page::{self, PageEvent};
use crate::browser::socket::{Socket, SocketEvent};
use crate::reactive::*;

/// What is known of the tables on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tables {
    /// Nothing yet.
    Loading,
    /// The server does not tell, and why.
    Refused(String),
    /// These, in the order of their ids.
    Known(Vec<Table>),
}

impl Tables {
    /// The tables, as far as they are known.
    pub(crate) fn list(&self) -> &[Table] {
        match self {
            Self::Known(tables) => tables,
            _ => &[],
        }
    }

    /// The tables, each with the name that tells it from the others.
    pub(crate) fn named(&self) -> Vec<(String, Table)> {
        self.list().iter().map(|table| (table.id.to_string(), table.clone())).collect()
    }

    fn of(subscription: Option<&Subscription>) -> Self {
        subscription.map_or(Self::Loading, |known| Self::read(&known.replica, known.refused.as_ref()))
    }

    fn read(replica: &Replica, refused: Option<&FrameError>) -> Self {
        if let Some(refusal) = refused {
            return Self::Refused(refusal.message.clone());
        }
        if !replica.is_complete() {
            return Self::Loading;
        }
        // What a newer server says and this version cannot read is left out, rather than nothing shown at all.
        let read = |state: &serde_json::Value| serde_json::from_value(state.clone()).ok();
        Self::Known(replica.entities().filter_map(|(_, _, state)| read(state)).collect())
    }
}

/// How the connection is, as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// What is shown is kept in step.
    Live,
    /// Being made for the first time.
    Connecting,
    /// Lost, and being made again.
    Reconnecting,
    /// Lost; the next try is in so many seconds.
    Waiting(u64),
    /// The device has no network.
    Offline,
}

impl Link {
    /// How it is after what it was `before`, at a moment of the clock that the client goes by.
    fn of(connection: Connection, before: Self, now: u64) -> Self {
        match connection {
            Connection::Live => Self::Live,
            Connection::Connecting if before == Self::Connecting => Self::Connecting,
            Connection::Connecting => Self::Reconnecting,
            Connection::Waiting { until } => Self::Waiting(until.saturating_sub(now).div_ceil(1_000)),
            Connection::Offline => Self::Offline,
        }
    }
}

/// The page's live connection.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    shell: StoredValue<Shell, LocalStorage>,
    connection: RwSignal<Connection>,
    heard: RwSignal<Timestamp>,
}

struct Shell {
    client: LiveClient,
    address: String,
    socket: Option<Socket>,
    /// Rings when the client wants to be asked again.
    timer: Option<(u64, Timer)>,
    watchers: Vec<(Topic, RwSignal<Tables>)>,
    /// Whether the first status has been shown.
    marked: bool,
}

impl Live {
    /// Takes over the connection that was opened early, or opens one to `address`.
    pub(crate) fn start(settings: &Settings, address: String) -> Self {
        let client = LiveClient::new(settings);
        let shell = Shell { client, address, socket: None, timer: None, watchers: Vec::new(), marked: false };
        let live = Self {
            shell: StoredValue::new_local(shell),
            connection: RwSignal::new(Connection::Connecting),
            heard: RwSignal::new(clock::now()),
        };
        match EarlyConnection::take() {
            Some(early) => live.adopt(early),
            None => live.step(LiveClient::start),
        }
        live.handle_page(PageEvent::Visible(page::is_visible()));
        live.handle_page(PageEvent::Online(page::is_online()));
        page::listen(move |event| live.handle_page(event));
        live
    }

    /// What is known of a topic, for as long as the part of the page that asks is there.
    pub(crate) fn watch(self, topic: Topic) -> ReadSignal<Tables> {
        let tables = RwSignal::new(Tables::Loading);
        self.shell.update_value(|shell| shell.watchers.push((topic.clone(), tables)));
        self.step(|client, now| client.watch(&topic, now));
        self.shell.with_value(|shell| tables.set(Tables::of(shell.client.subscription(&topic))));
        on_cleanup(move || {
            self.shell.update_value(|shell| shell.watchers.retain(|(_, watcher)| *watcher != tables));
            self.step(|client, _| client.unwatch(&topic));
        });
        tables.read_only()
    }

    /// How the connection is; `tick` changes each second, for the countdown.
    pub(crate) fn link(self, tick: ReadSignal<Timestamp>) -> ReadSignal<Link> {
        let link = RwSignal::new(Link::Connecting);
        follow(move || {
            let connection = self.connection.get();
            if matches!(connection, Connection::Waiting { .. }) {
                tick.track();
            }
            let before = link.get_untracked();
            let now = Link::of(connection, before, clock::monotonic());
            if now != before {
                link.set(now);
            }
        });
        link.read_only()
    }

    /// When the server was last heard of: what is shown is from then.
    pub(crate) fn heard(self) -> ReadSignal<Timestamp> {
        self.heard.read_only()
    }

    /// Connects now, without waiting any longer.
    pub(crate) fn try_now(self) {
        self.step(LiveClient::start);
    }

    fn adopt(self, early: EarlyConnection) {
        let topics: Vec<Topic> = early.topics.iter().filter_map(|topic| topic.parse().ok()).collect();
        let (messages, open) = (early.messages.clone(), early.is_open());
        self.shell
            .update_value(|shell| shell.socket = Some(Socket::adopt(early, move |event| self.handle_socket(event))));
        self.step(|client, now| {
            client.expect_opening(now);
            if open {
                client.handle_adopted(now, &topics);
            }
            for message in &messages {
                client.handle_message(message, now);
            }
        });
    }

    fn handle_socket(self, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.step(LiveClient::handle_opened),
            SocketEvent::Message(text) => {
                self.heard.set(clock::now());
                self.step(|client, now| client.handle_message(&text, now));
            }
            SocketEvent::Closed => self.hang_up(),
        }
    }

    fn handle_page(self, event: PageEvent) {
        match event {
            PageEvent::Visible(visible) => self.step(|client, now| client.handle_visibility(visible, now)),
            PageEvent::Online(online) => self.step(|client, now| client.handle_network(online, now)),
            // So the server knows at once. Should the page come back, it is seen again, and that connects.
            PageEvent::Left => self.hang_up(),
        }
    }

    fn hang_up(self) {
        self.shell.update_value(|shell| shell.socket = None);
        self.step(|client, now| client.handle_closed(now, clock::chance()));
    }

    fn ring(self) {
        self.shell.update_value(|shell| shell.timer = None);
        self.step(|client, now| client.handle_timeout(now, clock::chance()));
    }

    fn step(self, step: impl FnOnce(&mut LiveClient, u64)) {
        let now = clock::monotonic();
        self.shell.update_value(|shell| step(&mut shell.client, now));
        self.settle(now);
    }

    /// Does what the client says, and shows what it names.
    fn settle(self, now: u64) {
        let open = |address: &str| Socket::open(address, move |event| self.handle_socket(event));
        let events = self.shell.try_update_value(|shell| {
            shell.act(open, now);
            shell.set_timer(now, move || self.ring());
            std::iter::from_fn(|| shell.client.poll_event()).collect::<Vec<Event>>()
        });
        for event in events.unwrap_or_default() {
            match event {
                Event::Connection => self.shell.with_value(|shell| self.connection.set(shell.client.connection())),
                Event::Topic(topic) => self.shell.update_value(|shell| shell.show(&topic)),
            }
        }
    }
}

impl Shell {
    fn act(&mut self, open: impl Fn(&str) -> Option<Socket>, now: u64) {
        while let Some(action) = self.client.poll_action() {
            match action {
                Action::Open => {
                    self.socket = open(&self.address);
                    if self.socket.is_none() {
                        self.client.handle_closed(now, clock::chance());
                    }
                }
                Action::Send(text) => {
                    if let Some(socket) = &self.socket {
                        socket.send(&text);
                    }
                }
                Action::Close => self.socket = None,
            }
        }
    }

    fn set_timer(&mut self, now: u64, ring: impl FnOnce() + 'static) {
        let due = self.client.next_timeout();
        if due != self.timer.as_ref().map(|(due, _)| *due) {
            self.timer = due.map(|due| (due, Timer::after(due.saturating_sub(now), ring)));
        }
    }

    fn show(&mut self, topic: &Topic) {
        let tables = Tables::of(self.client.subscription(topic));
        if !self.marked && !tables.list().is_empty() {
            self.marked = true;
            page::mark_after_paint("first-live-status");
        }
        for (_, watcher) in self.watchers.iter().filter(|(watched, _)| watched == topic) {
            watcher.set(tables.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::wire::frames::{Entity, FrameErrorCode};
    use serde_json::json;

    fn replica(states: Vec<serde_json::Value>) -> Replica {
        let mut replica = Replica::default();
        let entity = |(rev, state): (usize, serde_json::Value)| Entity { id: format!("table-{rev}"), rev: 1, state };
        replica.handle_snapshot(1, 1, states.into_iter().enumerate().map(entity).collect());
        replica
    }

    #[test]
    fn nothing_is_shown_before_the_snapshot() {
        assert_eq!(Tables::of(None), Tables::Loading);
        assert_eq!(Tables::read(&Replica::default(), None), Tables::Loading);
        assert_eq!(Tables::read(&replica(vec![]), None), Tables::Known(vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let time = "2026-11-20T12:00:00.000Z";
        let table = json!({"id": "lobby", "status": "busy", "since": time, "updatedAt": time, "rev": 1});
        let tables = Tables::read(&replica(vec![table, json!({"id": "lobby", "status": "on fire"})]), None);
        assert_eq!(tables.list().len(), 1);
    }

    #[test]
    fn a_refusal_is_told() {
        let refused = FrameError::new(FrameErrorCode::UnknownTopic, "There is no such topic.");
        let tables = Tables::read(&Replica::default(), Some(&refused));
        assert_eq!(tables, Tables::Refused("There is no such topic.".to_owned()));
    }

    #[test]
    fn a_lost_connection_counts_down_and_is_made_again() {
        let waiting = Connection::Waiting { until: 5_000 };
        assert_eq!(Link::of(waiting, Link::Live, 0), Link::Waiting(5));
        assert_eq!(Link::of(waiting, Link::Waiting(2), 4_001), Link::Waiting(1));
        assert_eq!(Link::of(waiting, Link::Waiting(1), 9_000), Link::Waiting(0));
        assert_eq!(Link::of(Connection::Connecting, Link::Waiting(0), 9_000), Link::Reconnecting);
        assert_eq!(Link::of(Connection::Connecting, Link::Reconnecting, 9_000), Link::Reconnecting);
        assert_eq!(Link::of(Connection::Connecting, Link::Connecting, 0), Link::Connecting);
    }
}
