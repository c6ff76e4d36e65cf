//! Live data: pages name topics and get stores that follow them. Which connection a topic comes by is decided here: one WebSocket to the
//! gateway for all, or, for public topics of a deployment with a broker, MQTT.
//!
//! The connection is hand-written over the sans-I/O client of `live-client`, which the simulation proves: no library keeps its promise
//! (snapshot, changes, digest, and healing after loss).

mod broker;
mod connection;
mod endpoint;
mod measure;
mod status;
mod topic;
mod transport;

use std::rc::Rc;

use domain::person::PersonId;
use domain::time::Timestamp;
use domain::topic::Topic;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::settings::Settings;

use crate::api;
use crate::platform::{clock, url};

pub(crate) use status::ConnectionStatus;
pub(crate) use topic::{Denial, TopicState, TopicStore, use_topic, use_topic_with};

use connection::Connection;
use endpoint::Endpoint;

/// The page's live connections, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    gateway: Connection,
    /// For public topics, where the deployment has a broker.
    broker: Option<Connection>,
    status: Memo<ConnectionStatus>,
}

impl Live {
    /// Connects. If `is_paused`, the gateway waits until [`Live::set_identity`] sets the owner of the connection.
    pub(crate) fn start(settings: &Settings, is_paused: bool, now: Signal<Timestamp>) -> Self {
        let address = settings.live_address(&url::origin());
        let gateway = Endpoint::Gateway(address, Rc::new(|| Box::pin(api::live::ticket())));
        // Beside a broker the gateway is needed only for what is the user's own.
        let gateway = Connection::start(settings, gateway, is_paused, settings.broker);
        let broker = settings.broker.then(|| Connection::start(settings, Endpoint::Broker, false, false));
        let (gateway_status, broker_status) = (gateway.status(now), broker.map(|broker| broker.status(now)));
        let status = Memo::new(move |_| {
            let gateway_status = gateway_status.get();
            let Some((broker, broker_status)) = broker.zip(broker_status) else { return gateway_status };
            let needed = [(gateway.is_needed(), gateway_status), (broker.is_needed(), broker_status.get())];
            ConnectionStatus::worst(needed.into_iter().filter(|(is_needed, _)| *is_needed).map(|(_, status)| status))
        });
        Self { gateway, broker, status }
    }

    /// The connection that carries a topic.
    fn connection_of(self, topic: &Topic) -> Connection {
        self.broker.filter(|_| topic.is_public()).unwrap_or(self.gateway)
    }

    /// Applies what a response of the API says of an entity, as if it had come on the connection. No state is its deletion.
    pub(crate) fn apply_local(self, topic: &Topic, id: &str, rev: u64, state: Option<serde_json::Value>) {
        self.connection_of(topic).apply_local(topic, id, rev, state);
    }

    /// Reads a public topic over HTTP, so that the first page can show it while the connection opens. If it cannot be read, the
    /// connection is the one to say so.
    pub(crate) fn read_early(self, topic: Topic) {
        spawn_local(async move {
            if let Ok(frames) = api::live::frames(&protocol::broker::snapshot(&topic.to_string())).await {
                self.connection_of(&topic).show_early(&topic, &frames);
            }
        });
    }

    /// From now on the connection is this person's, or a visitor's. Reconnects if it was another's.
    pub(crate) fn set_identity(self, person: Option<PersonId>) {
        self.gateway.set_identity(person);
    }

    /// The server's time, as far as it is known; else this device's.
    pub(crate) fn server_now(self) -> Timestamp {
        let told = self.gateway.server_time().or_else(|| self.broker?.server_time());
        told.unwrap_or_else(clock::now)
    }

    /// How the connection is.
    pub(crate) fn status(self) -> Memo<ConnectionStatus> {
        self.status
    }

    /// When the last message of the server came: what the page shows is as of then.
    pub(crate) fn last_seen_at(self) -> ReadSignal<Timestamp> {
        self.broker.unwrap_or(self.gateway).last_seen_at()
    }

    /// Connects now instead of waiting for the next try.
    pub(crate) fn try_now(self) {
        for connection in [Some(self.gateway), self.broker].into_iter().flatten().filter(|one| one.is_needed()) {
            connection.try_now();
        }
    }
}
