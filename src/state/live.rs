//! What is shown and kept in step. Pages name topics; which way their changes come is decided here, as the deployment has it:
//! all by one connection to the gateway, or what everybody may see by a broker that bears crowds.

#[cfg(feature = "front")]
mod broker;
mod known;
mod line;
mod link;
mod measure;
mod wire;

use std::rc::Rc;

use domain::person::PersonId;
use domain::table::Table;
use domain::time::Timestamp;
use domain::topic::Topic;
use domain::wire::read::Read;
use domain::wire::settings::Settings;
use serde_json::Value;

use crate::browser::{clock, navigation, page};
use crate::reactive::*;
use crate::state::api;

pub(crate) use known::{Known, Tables};
pub(crate) use link::Link;

use line::Line;
use wire::Place;

/// The page's live connections.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    gateway: Line,
    /// For what everybody may see.
    broker: Option<Line>,
}

impl Live {
    /// Connects as the deployment has it. What is somebody's own waits, if it `is_held`, until [`Live::identify`] says who
    /// looks.
    pub(crate) fn start(settings: &Settings, is_held: bool) -> Self {
        let address = settings.live_address(&navigation::origin());
        let gateway = Place::Gateway(address, Rc::new(|| Box::pin(api::ticket())));
        Self {
            // Beside a broker it is opened for what is somebody's own alone.
            gateway: Line::start(settings, gateway, is_held, settings.broker && cfg!(feature = "front")),
            // Few people come to the other documents: their changes come by the gateway, and no code for more.
            #[cfg(feature = "front")]
            broker: settings.broker.then(|| Line::start(settings, Place::Broker, false, false)),
            #[cfg(not(feature = "front"))]
            broker: None,
        }
    }

    fn line_of(self, topic: &Topic) -> Line {
        self.broker.filter(|_| topic.is_public()).unwrap_or(self.gateway)
    }

    /// What is known of a topic, for as long as the part of the page that asks is there. `read` makes something of an
    /// entity's id and state; what it cannot read is left out, rather than nothing shown at all.
    pub(crate) fn watch<T: 'static>(self, topic: Topic, read: fn(&str, &Value) -> Option<T>) -> ReadSignal<Known<T>> {
        self.line_of(&topic).watch(topic, read)
    }

    /// What an answer has told of an entity: as good as a change that is told on the connection. Null is its removal.
    pub(crate) fn learn(self, topic: &Topic, id: &str, rev: u64, state: &Value) {
        self.line_of(topic).learn(topic, id, rev, state);
    }

    /// The tables on a topic, for as long as the part of the page that asks is there.
    pub(crate) fn watch_tables(self, topic: Topic) -> ReadSignal<Tables> {
        let tables = self.watch(topic, |_, state| Table::read(state));
        let mut marked = false;
        follow(move || {
            if !marked && tables.with(|tables| !tables.list().is_empty()) {
                marked = true;
                page::mark_after_paint("first-live-status");
            }
        });
        tables
    }

    /// From now on this person looks, or somebody without a name. Connects, and anew if it was somebody else before.
    pub(crate) fn identify(self, person: Option<PersonId>) {
        self.gateway.identify(person);
    }

    /// What the server's clock says, or else this device's.
    pub(crate) fn server_now(self) -> Timestamp {
        let told = self.gateway.server_time().or_else(|| self.broker?.server_time());
        told.unwrap_or_else(clock::now)
    }

    /// How the connection is that matters; `tick` changes each second, for the countdown.
    pub(crate) fn link(self, tick: ReadSignal<Timestamp>) -> ReadSignal<Link> {
        let gateway = self.gateway.link(tick);
        let Some(line) = self.broker else { return gateway };
        let (broker, link) = (line.link(tick), RwSignal::new(Link::Connecting));
        follow(move || {
            let (gateway, broker) = (gateway.get(), broker.get());
            // Whatever is not as it should be; one that nobody needs is as it should be.
            let needed = [(self.gateway.is_awaited(), gateway), (line.is_awaited(), broker)];
            let mut needed = needed.into_iter().filter(|(is_needed, _)| *is_needed).map(|(_, link)| link);
            let first = needed.next().unwrap_or(broker);
            let now = if first == Link::Live { needed.next().unwrap_or(first) } else { first };
            if now != link.get_untracked() {
                link.set(now);
            }
        });
        link.read_only()
    }

    /// When the server was last heard of: what is shown is from then.
    pub(crate) fn heard(self) -> ReadSignal<Timestamp> {
        self.broker.unwrap_or(self.gateway).heard()
    }

    /// Connects now, without waiting any longer.
    pub(crate) fn try_now(self) {
        for line in [Some(self.gateway), self.broker].into_iter().flatten().filter(|line| line.is_awaited()) {
            line.try_now();
        }
    }
}
