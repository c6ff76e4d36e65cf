//! Where a live connection leads, and what carries its messages.

use std::rc::Rc;

use protocol::broker::BrokerAccess;
use protocol::rooms::TICKET_PARAMETER;

use super::broker;
use crate::api::{self, ApiError, LocalFuture};
use crate::platform::socket::{Socket, SocketEvent};

/// Gives a ticket for a connection of the user's.
pub(super) type Tickets = Rc<dyn Fn() -> LocalFuture<Result<String, ApiError>>>;

/// Gets what happens on a transport.
pub(super) type OnEvent = Box<dyn Fn(SocketEvent)>;

/// Carries frames as text; closed when it is dropped.
pub(super) trait Transport {
    /// Sends a frame.
    fn send(&self, text: &str);
}

impl Transport for Socket {
    fn send(&self, text: &str) {
        Self::send(self, text);
    }
}

/// What admits a client to an endpoint.
pub(super) enum Credentials {
    /// Nothing is needed.
    None,
    /// A ticket for the gateway.
    Ticket(String),
    /// A signed address of the broker.
    Broker(BrokerAccess),
}

/// Where a connection leads.
pub(super) enum Endpoint {
    /// The gateway at this address, with tickets for connections that are somebody's.
    Gateway(String, Tickets),
    /// The broker, whose address the server gives.
    Broker,
}

impl Endpoint {
    /// Gets the credentials for a connection, and the code that it needs.
    pub(super) fn credentials(&self, is_personal: bool) -> LocalFuture<Result<Credentials, ApiError>> {
        match self {
            Self::Gateway(_, tickets) if is_personal => {
                let ticket = tickets();
                Box::pin(async move { ticket.await.map(Credentials::Ticket) })
            }
            Self::Gateway(..) => Box::pin(async { Ok(Credentials::None) }),
            Self::Broker => Box::pin(async {
                broker::preload().await.map_err(|_| ApiError::Unreachable)?;
                api::live::broker_access().await.map(Credentials::Broker)
            }),
        }
    }

    /// Whether a connection needs credentials.
    pub(super) const fn needs_credentials(&self, is_personal: bool) -> bool {
        is_personal || matches!(self, Self::Broker)
    }

    /// Opens a connection; `None` if the address is not valid.
    pub(super) fn open(&self, credentials: Credentials, on_event: OnEvent) -> Option<Box<dyn Transport>> {
        match (self, credentials) {
            (_, Credentials::Broker(access)) => broker::open(access, on_event),
            (Self::Gateway(address, _), Credentials::Ticket(ticket)) => {
                socket(&with_ticket(address, &ticket), on_event)
            }
            (Self::Gateway(address, _), Credentials::None) => socket(address, on_event),
            (Self::Broker, _) => None,
        }
    }
}

/// The gateway's address for a connection that is somebody's. A ticket is base64url, so it needs no encoding.
fn with_ticket(address: &str, ticket: &str) -> String {
    [address, "?", TICKET_PARAMETER, "=", ticket].concat()
}

fn socket(address: &str, on_event: OnEvent) -> Option<Box<dyn Transport>> {
    Socket::open(address, on_event).map(|socket| Box::new(socket) as Box<dyn Transport>)
}
