//! Tickets for live connections: a browser's WebSocket carries no header, and a token does not belong into an address.
//! Never decides what the person may watch.

use std::time::Duration;

use domain::actor::Actor;
use domain::person::Person;
use protocol::rooms::Ticket;

use super::{CommandError, secrets};
use crate::App;
use crate::storage::StorageError;

/// So long a ticket is good.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// The longest ticket that is looked at, in bytes; ours have 43.
const LONGEST: usize = 100;

/// Makes a ticket: 256 random bits, which are shown this once.
///
/// # Errors
/// The actor is nobody with a name, or the database fails.
pub async fn issue(app: &App, actor: &Actor) -> Result<Ticket, CommandError> {
    let person = actor.person()?;
    let ticket = secrets::random::<32>()?;
    app.storage().save_ticket(&secrets::hash(&ticket), &person, app.now().plus(GOOD_FOR)).await?;
    Ok(Ticket { ticket, expires_in_seconds: u32::try_from(GOOD_FOR.as_secs()).unwrap_or_default() })
}

/// Whose ticket this is, once: from then on it is nobody's. `None` if it is none, was used, or is too old.
///
/// # Errors
/// The database fails.
pub async fn redeem(app: &App, ticket: &str) -> Result<Option<Person>, StorageError> {
    if ticket.is_empty() || ticket.len() > LONGEST {
        return Ok(None);
    }
    let taken = app.storage().take_ticket(&secrets::hash(ticket)).await?;
    let good = taken.filter(|taken| app.now() < taken.good_until());
    Ok(good.map(|taken| taken.person))
}
