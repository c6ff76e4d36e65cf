//! Tickets for live connections: a browser cannot send a header with a WebSocket, and a token does not belong in an address.

use std::time::Duration;

use domain::actor::Actor;
use protocol::rooms::Ticket;

use crate::App;
use crate::command::CommandError;
use crate::db::StorageError;
use crate::identity::Identified;
use crate::realtime::ticket_store::{Holder, TicketRecord};
use crate::secrets;

/// A ticket is valid this long.
const TICKET_VALIDITY: Duration = Duration::from_secs(30);

/// The longest accepted ticket, in bytes; the tickets made here have 43.
const TICKET_LIMIT: usize = 100;

/// Makes a ticket of 256 random bits, which is shown only once. A connection that is opened with it ends when the token of `identified`
/// expires.
///
/// # Errors
/// The actor is no person, or the database fails.
pub async fn issue(app: &App, actor: &Actor, identified: Option<&Identified>) -> Result<Ticket, CommandError> {
    let holder = Holder {
        person: actor.person()?,
        since: identified.and_then(|identified| identified.since),
        token_expires: identified.map(|identified| identified.expires),
    };
    let ticket = secrets::random::<32>()?;
    app.storage().save_ticket(&secrets::hash(&ticket), &holder, app.now().plus(TICKET_VALIDITY)).await?;
    Ok(Ticket { ticket, expires_in_seconds: u32::try_from(TICKET_VALIDITY.as_secs()).unwrap_or_default() })
}

/// Redeems a ticket, which is then used up, and returns its holder. `None` if the ticket is unknown, used or too old, or if the token
/// that it was made for has expired.
///
/// # Errors
/// The database fails.
pub async fn redeem(app: &App, ticket: &str) -> Result<Option<Holder>, StorageError> {
    if ticket.is_empty() || ticket.len() > TICKET_LIMIT {
        return Ok(None);
    }
    let taken = app.storage().take_ticket(&secrets::hash(ticket)).await?;
    let holder = taken.filter(|taken| app.now() < taken.valid_until()).map(TicketRecord::into_holder);
    Ok(holder.filter(|holder| holder.token_expires.is_none_or(|expires| app.now() < expires)))
}
