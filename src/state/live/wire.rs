//! Where a live connection leads, and what goes by it. Never decides what is said.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

#[cfg(feature = "front")]
use domain::wire::broker::BrokerAccess;
use domain::wire::rooms::TICKET_PARAMETER;

#[cfg(feature = "front")]
use super::broker::Broker;
use crate::browser::early::EarlyConnection;
use crate::browser::socket::{Socket, SocketEvent};
#[cfg(feature = "front")]
use crate::state::api;

/// Gives a ticket for a connection of who looks; none if there was none to be had.
pub(super) type Tickets = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<String>>>>>;

/// What lets somebody in.
pub(super) enum Access {
    Ticket(String),
    #[cfg(feature = "front")]
    Broker(BrokerAccess),
}

/// Where a line leads.
pub(super) enum Place {
    /// To the gateway at this address, with tickets for people with a name.
    Gateway(String, Tickets),
    /// To the broker, whose address the server tells.
    #[cfg(feature = "front")]
    Broker,
}

impl Place {
    /// What lets somebody in, where anything is needed: a ticket for people with a name, a signed address for the broker.
    pub(super) fn access(&self, has_name: bool) -> Option<Pin<Box<dyn Future<Output = Option<Access>>>>> {
        match self {
            Self::Gateway(_, tickets) if has_name => {
                let ticket = tickets();
                Some(Box::pin(async move { ticket.await.map(Access::Ticket) }))
            }
            Self::Gateway(..) => None,
            #[cfg(feature = "front")]
            Self::Broker => Some(Box::pin(async { api::broker().await.map(Access::Broker) })),
        }
    }

    /// Opens it.
    pub(super) fn open(&self, access: Option<Access>, tell: impl Fn(SocketEvent) + 'static) -> Option<Wire> {
        match (self, access) {
            (Self::Gateway(address, _), None) => Socket::open(address, tell).map(Wire::Socket),
            (Self::Gateway(address, _), Some(Access::Ticket(ticket))) => {
                Socket::open(&[address, "?", TICKET_PARAMETER, "=", &ticket].concat(), tell).map(Wire::Socket)
            }
            #[cfg(feature = "front")]
            (_, Some(Access::Broker(access))) => Broker::open(access, tell).map(Wire::Broker),
            #[cfg(feature = "front")]
            (Self::Broker, _) => None,
        }
    }
}

/// What messages go by.
pub(super) enum Wire {
    Socket(Socket),
    #[cfg(feature = "front")]
    Broker(Broker),
}

impl Wire {
    pub(super) fn send(&self, text: &str) {
        match self {
            Self::Socket(socket) => socket.send(text),
            #[cfg(feature = "front")]
            Self::Broker(broker) => broker.send(text),
        }
    }

    /// Takes over a connection that was opened early.
    pub(super) fn adopt(early: EarlyConnection, tell: impl Fn(SocketEvent) + 'static) -> Self {
        Self::Socket(Socket::adopt(early, tell))
    }
}
