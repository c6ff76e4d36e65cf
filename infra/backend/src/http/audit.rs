//! Logs denied requests: a log entry at `warn`, and a metric. It has the actor, the address and the route, and never a token, a key, a
//! ticket, a code or a name.

use std::fmt;
use std::net::IpAddr;

use domain::actor::Actor;
use domain::person::{Person, PersonId};

use crate::App;
use crate::telemetry::Metric;

/// Why a request was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DenialKind {
    /// The caller is unknown, or not authorized: 401 and 403.
    Denied,
    /// The rate limit is exceeded: 429.
    Limited,
}

impl DenialKind {
    /// The kind of a status; `None` for the status of a request that was not denied.
    pub(crate) const fn of_status(status: u16) -> Option<Self> {
        match status {
            401 | 403 => Some(Self::Denied),
            429 => Some(Self::Limited),
            _ => None,
        }
    }
}

/// The caller, as far as it is known, in a form for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoggedCaller {
    /// A caller without a token or key, or whose token or key was rejected.
    Unknown,
    /// An admin, identified by the local address.
    Local,
    /// A member, a guest or a visitor, by id.
    Person(PersonId),
    /// A device, by the id of its key.
    Device(String),
}

impl LoggedCaller {
    /// The caller, from the actor.
    pub(crate) fn of_actor(actor: &Actor) -> Self {
        match actor {
            Actor::Admin => Self::Local,
            Actor::Device(device) => Self::Device(device.id.clone()),
            Actor::Member(member) => Self::Person(member.id.clone()),
            Actor::Guest(guest) => Self::Person(guest.id.clone()),
            Actor::Visitor | Actor::InvalidKey => Self::Unknown,
        }
    }

    /// The caller of a live connection.
    pub(crate) fn of_person(person: Option<&Person>) -> Self {
        person.map_or(Self::Unknown, |person| Self::Person(person.id().clone()))
    }
}

impl fmt::Display for LoggedCaller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("unknown"),
            Self::Local => formatter.write_str("local"),
            Self::Person(person) => person.fmt(formatter),
            Self::Device(id) => write!(formatter, "device:{id}"),
        }
    }
}

/// A denied request.
#[derive(Debug)]
pub(crate) struct DeniedRequest<'a> {
    /// The HTTP status, or the status that corresponds to a frame's code.
    pub(crate) status: u16,
    /// The caller.
    pub(crate) who: LoggedCaller,
    /// The caller's address, if known.
    pub(crate) from: Option<IpAddr>,
    /// The HTTP method, or the action of a live connection.
    pub(crate) method: &'a str,
    /// The template of the path, or the kind of the topic.
    pub(crate) route: &'a str,
    /// The request's id.
    pub(crate) request: &'a str,
    /// The live connection, if it is one.
    pub(crate) connection: Option<&'a str>,
}

/// Logs a denied request, and ignores other statuses.
pub(crate) fn log_denial(app: &App, denied: &DeniedRequest<'_>) {
    let DeniedRequest { status, who, from, method, route, request, connection } = denied;
    let Some(kind) = DenialKind::of_status(*status) else { return };
    let from = from.map_or_else(|| "unknown".to_owned(), |from| from.to_string());
    let (metric, message) = match kind {
        DenialKind::Denied => (Metric::count("Denied", 1), "denied"),
        DenialKind::Limited => (Metric::count("Limited", 1), "limited"),
    };
    tracing::warn!(status, %who, from, method, route, request, connection, "{message}");
    app.telemetry().record_metrics(app.now(), &[metric]);
}
