//! The thin shell around [`LiveClient`]: gives it a wire, a timer and the page's events, and shows in signals what it knows.
//! Never decides when to connect, ping or wait.

use std::rc::Rc;

use domain::live::{Action, Connection, Event, LiveClient, Subscription};
use domain::person::PersonId;
use domain::time::Timestamp;
use domain::topic::Topic;
use domain::wire::frames::Change;
use domain::wire::settings::Settings;
use serde_json::Value;

use crate::browser::clock::{self, Timer};
use crate::browser::early::EarlyConnection;
use crate::browser::page::{self, PageEvent};
use crate::browser::socket::SocketEvent;
use crate::reactive::*;

use super::wire::{Access, Place, Wire};
use super::{Known, Link, measure};

/// After a change was shown, further ones within so many milliseconds are shown together: a burst of them must not keep
/// the page from anything else.
const SHOWN_TOGETHER: u64 = 50;

/// One live connection.
#[derive(Clone, Copy)]
pub(super) struct Line {
    shell: StoredValue<Shell>,
    connection: RwSignal<Connection>,
    heard: RwSignal<Timestamp>,
}

struct Shell {
    client: LiveClient,
    place: Place,
    wire: Option<Wire>,
    /// Rings when the client wants to be asked again.
    timer: Option<(u64, Timer)>,
    watchers: Vec<Watcher>,
    /// So many watchers there have been: each one's name.
    watched: u32,
    /// Who looks, if the connection is to be theirs.
    person: Option<PersonId>,
    /// Nothing is opened before it is known who looks.
    is_held: bool,
    /// Nothing is opened before somebody watches.
    is_lazy: bool,
    /// Counts openings, so that one that is late can be told from the present one.
    opening: u32,
    /// When changes were last shown.
    shown: u64,
    /// Topics whose changes are to be shown together.
    waiting: Vec<Topic>,
    /// Rings when they are.
    together: Option<Timer>,
}

/// Shows what is known of a topic.
type Show = Rc<dyn Fn(Option<&Subscription>)>;

/// Tells the client what has happened, at this moment of the clock that it goes by.
type Step<'a> = Box<dyn FnOnce(&mut LiveClient, u64) + 'a>;

/// Somebody who looks at a topic.
struct Watcher {
    name: u32,
    topic: Topic,
    show: Show,
}

impl Line {
    /// Takes over the connection that was opened early, or opens one. If it `is_held`, it waits until [`Line::identify`] says
    /// who looks; if it `is_lazy`, until something is watched on it.
    pub(super) fn start(settings: &Settings, place: Place, is_held: bool, is_lazy: bool) -> Self {
        let shell = Shell {
            client: LiveClient::new(settings),
            place,
            wire: None,
            timer: None,
            watchers: Vec::new(),
            watched: 0,
            person: None,
            is_held,
            is_lazy,
            opening: 0,
            shown: 0,
            waiting: Vec::new(),
            together: None,
        };
        let live = Self {
            shell: StoredValue::new(shell),
            connection: RwSignal::new(Connection::Connecting),
            heard: RwSignal::new(clock::now()),
        };
        let early = match live.shell.with_value(|shell| matches!(shell.place, Place::Gateway(..))) {
            true => EarlyConnection::take(),
            false => None,
        };
        match early {
            Some(early) => live.adopt(early),
            None if is_held || is_lazy => {}
            None => live.step(LiveClient::start),
        }
        live.handle_page(PageEvent::Visible(page::is_visible()));
        live.handle_page(PageEvent::Online(page::is_online()));
        page::listen(move |event| live.handle_page(event));
        live
    }

    /// What is known of a topic, for as long as the part of the page that asks is there. `read` makes something of an
    /// entity's id and state; what it cannot read is left out, rather than nothing shown at all.
    pub(super) fn watch<T: 'static>(self, topic: Topic, read: fn(&str, &Value) -> Option<T>) -> ReadSignal<Known<T>> {
        let known = RwSignal::new(Known::Loading);
        self.watch_boxed(topic, Rc::new(move |subscription| _ = known.try_set(Known::of(subscription, read))));
        known.read_only()
    }

    fn watch_boxed(self, topic: Topic, show: Show) {
        let watcher = self.shell.try_update_value(|shell| {
            shell.watched += 1;
            let watcher = Watcher { name: shell.watched, topic: topic.clone(), show: Rc::clone(&show) };
            shell.watchers.push(watcher);
            shell.watched
        });
        self.step(|client, now| client.watch(&topic, now));
        if self.is_awaited() {
            self.step(LiveClient::start);
        }
        self.shell.with_value(|shell| show(shell.client.subscription(&topic)));
        on_cleanup(move || {
            self.shell.update_value(|shell| shell.watchers.retain(|one| Some(one.name) != watcher));
            self.step(|client, _| client.unwatch(&topic));
        });
    }

    /// What an answer has told of an entity; null is its removal.
    pub(super) fn learn(self, topic: &Topic, id: &str, rev: u64, state: &Value) {
        let state = (!state.is_null()).then(|| state.clone());
        let change = Change { topic: topic.to_string(), id: id.to_owned(), rev, state };
        self.step(move |client, _| client.handle_change(change));
    }

    /// From now on this person looks, or somebody without a name. Connects, and anew if it was somebody else before.
    pub(super) fn identify(self, person: Option<PersonId>) {
        let before = self.shell.try_update_value(|shell| {
            shell.is_held = false;
            std::mem::replace(&mut shell.person, person.clone())
        });
        match before {
            _ if !self.is_awaited() => {}
            Some(before) if before == person => self.step(LiveClient::start),
            _ => self.step(move |client, now| client.reconnect(person.is_some(), now)),
        }
    }

    /// Whether there is somebody to open it for, and it is known who looks.
    pub(super) fn is_awaited(self) -> bool {
        self.shell.with_value(|shell| !(shell.is_held || shell.is_lazy && shell.watchers.is_empty()))
    }

    /// What the server's clock says, if it has said anything.
    pub(super) fn server_time(self) -> Option<Timestamp> {
        let now = clock::monotonic();
        self.shell.with_value(|shell| shell.client.server_time(now))
    }

    /// How the connection is; `tick` changes each second, for the countdown.
    pub(super) fn link(self, tick: ReadSignal<Timestamp>) -> ReadSignal<Link> {
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
    pub(super) fn heard(self) -> ReadSignal<Timestamp> {
        self.heard.read_only()
    }

    /// Connects now, without waiting any longer.
    pub(super) fn try_now(self) {
        self.step(LiveClient::start);
    }

    fn adopt(self, early: EarlyConnection) {
        let topics: Vec<Topic> = early.topics.iter().filter_map(|topic| topic.parse().ok()).collect();
        let (messages, open) = (early.messages.clone(), early.is_open());
        self.shell.update_value(|shell| {
            shell.wire = Some(Wire::adopt(early, move |event| self.handle_socket(event)));
        });
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
                let written = measure::is_due().then(|| measure::written_at(&text)).flatten();
                self.step(|client, now| client.handle_message(&text, now));
                if let Some(written) = written {
                    measure::report(written, move || self.server_time().unwrap_or(written));
                }
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
        self.shell.update_value(|shell| {
            shell.wire = None;
            shell.opening += 1;
        });
        self.step(|client, now| client.handle_closed(now, clock::chance()));
    }

    fn ring(self) {
        self.shell.update_value(|shell| shell.timer = None);
        self.step(|client, now| client.handle_timeout(now, clock::chance()));
    }

    fn step(self, step: impl FnOnce(&mut LiveClient, u64)) {
        self.step_boxed(Box::new(step));
    }

    /// Boxed, so that what follows each step is there once.
    fn step_boxed(self, step: Step<'_>) {
        let now = clock::monotonic();
        self.shell.update_value(|shell| step(&mut shell.client, now));
        self.settle(now);
    }

    /// Does what the client says, and shows what it names.
    fn settle(self, now: u64) {
        let settled = self.shell.try_update_value(|shell| {
            let opens = shell.act();
            shell.set_timer(now, move || self.ring());
            (opens, std::iter::from_fn(|| shell.client.poll_event()).collect::<Vec<Event>>())
        });
        let Some((opens, events)) = settled else { return };
        for event in events {
            match event {
                Event::Connection => self.shell.with_value(|shell| self.connection.set(shell.client.connection())),
                Event::Topic(topic) => self.show(topic, now),
            }
        }
        if opens {
            self.open();
        }
    }

    /// Opens a connection, with a ticket if somebody with a name looks.
    fn open(self) {
        let opening = self.shell.try_update_value(|shell| {
            shell.opening += 1;
            (shell.place.access(shell.person.is_some()), shell.opening)
        });
        let Some((access, opening)) = opening else { return };
        let Some(access) = access else { return self.connect(None) };
        crate::browser::run(async move {
            let access = access.await;
            // Closed meanwhile, or begun anew.
            if self.shell.with_value(|shell| shell.opening) != opening {
                return;
            }
            match access {
                Some(access) => self.connect(Some(access)),
                None => self.hang_up(),
            }
        });
    }

    fn connect(self, access: Option<Access>) {
        let tell = move |event| self.handle_socket(event);
        let opened = self.shell.try_update_value(|shell| {
            shell.wire = shell.place.open(access, tell);
            shell.wire.is_some()
        });
        if opened == Some(false) {
            self.hang_up();
        }
    }

    /// Shows a topic: at once if nothing was shown just now, and otherwise together with what else comes.
    fn show(self, topic: Topic, now: u64) {
        self.shell.update_value(|shell| {
            if shell.together.is_none() && now >= shell.shown + SHOWN_TOGETHER {
                shell.shown = now;
                shell.show(&topic);
                return;
            }
            if !shell.waiting.contains(&topic) {
                shell.waiting.push(topic);
            }
            if shell.together.is_none() {
                shell.together = Some(Timer::after(SHOWN_TOGETHER, move || self.show_waiting()));
            }
        });
    }

    fn show_waiting(self) {
        self.shell.update_value(|shell| {
            (shell.together, shell.shown) = (None, clock::monotonic());
            for topic in std::mem::take(&mut shell.waiting) {
                shell.show(&topic);
            }
        });
    }
}

impl Shell {
    /// Does what the client says; whether a connection is to be opened.
    fn act(&mut self) -> bool {
        let mut opens = false;
        while let Some(action) = self.client.poll_action() {
            match action {
                Action::Open => opens = true,
                Action::Send(text) => {
                    if let Some(wire) = &self.wire {
                        wire.send(&text);
                    }
                }
                Action::Close => {
                    self.wire = None;
                    self.opening += 1;
                }
            }
        }
        opens
    }

    fn set_timer(&mut self, now: u64, ring: impl FnOnce() + 'static) {
        let due = self.client.next_timeout();
        if due != self.timer.as_ref().map(|(due, _)| *due) {
            self.timer = due.map(|due| (due, Timer::after(due.saturating_sub(now), ring)));
        }
    }

    fn show(&self, topic: &Topic) {
        let subscription = self.client.subscription(topic);
        for watcher in self.watchers.iter().filter(|watcher| watcher.topic == *topic) {
            (watcher.show)(subscription);
        }
    }
}
