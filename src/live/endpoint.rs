//! The endpoint of a live connection, and the credentials for it.

use std::rc::Rc;

use protocol::broker::BrokerAccess;
use protocol::rooms::TICKET_PARAMETER;

use super::broker;
use super::transport::{OnEvent, Transport};
use crate::api::{self, ApiError, LocalFuture};
use crate::platform::socket::Socket;

/// Gives a ticket for a connection of the user's.
pub(super) type Tickets = Rc<dyn Fn() -> LocalFuture<Result<String, ApiError>>>;

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
    /// The gateway at this address, with tickets for connections that are a person's.
    Gateway(String, Tickets),
    /// The broker, at an address that the server gives.
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

/// The gateway's address for a connection that is a person's. A ticket is base64url, so it needs no encoding.
fn with_ticket(address: &str, ticket: &str) -> String {
    [address, "?", TICKET_PARAMETER, "=", ticket].concat()
}

fn socket(address: &str, on_event: OnEvent) -> Option<Box<dyn Transport>> {
    Socket::open(address, on_event).map(|socket| Box::new(socket) as Box<dyn Transport>)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use std::cell::Cell;

    use super::*;

    fn gateway(asked: &Rc<Cell<u32>>, answer: Result<&str, ApiError>) -> Endpoint {
        let (asked, answer) = (Rc::clone(asked), answer.map(str::to_owned));
        let tickets: Tickets = Rc::new(move || {
            asked.set(asked.get() + 1);
            let answer = answer.clone();
            Box::pin(async move { answer })
        });
        Endpoint::Gateway("wss://rally.example/live".to_owned(), tickets)
    }

    #[test]
    fn the_connection_of_a_visitor_needs_no_ticket() {
        let asked = Rc::new(Cell::new(0));
        let endpoint = gateway(&asked, Ok("t"));
        assert!(!endpoint.needs_credentials(false));
        let credentials = endpoint.credentials(false).now_or_never();
        assert!(matches!(credentials, Some(Ok(Credentials::None))));
        assert_eq!(asked.get(), 0);
    }

    #[test]
    fn each_personal_connection_gets_a_ticket_of_its_own() {
        let asked = Rc::new(Cell::new(0));
        let endpoint = gateway(&asked, Ok("t"));
        assert!(endpoint.needs_credentials(true));
        for number in [1, 2] {
            let credentials = endpoint.credentials(true).now_or_never();
            assert!(matches!(credentials, Some(Ok(Credentials::Ticket(ticket))) if ticket == "t"));
            assert_eq!(asked.get(), number, "a ticket opens one connection");
        }
    }

    #[test]
    fn without_a_ticket_there_is_no_personal_connection() {
        let endpoint = gateway(&Rc::default(), Err(ApiError::Unreachable));
        assert!(matches!(endpoint.credentials(true).now_or_never(), Some(Err(ApiError::Unreachable))));
    }

    #[test]
    fn the_broker_is_opened_by_its_signed_address_only() {
        assert!(Endpoint::Broker.needs_credentials(false) && Endpoint::Broker.needs_credentials(true));
        for credentials in [Credentials::None, Credentials::Ticket("t".to_owned())] {
            assert!(Endpoint::Broker.open(credentials, Box::new(|_| {})).is_none());
        }
    }

    #[test]
    fn a_ticket_is_part_of_the_address() {
        let address = with_ticket("wss://rally.example/live", "a-b_c");
        assert_eq!(address, format!("wss://rally.example/live?{TICKET_PARAMETER}=a-b_c"));
    }
}
