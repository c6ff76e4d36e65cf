//! Signing out everywhere. The browser that asks ends its own session at the issuer.

use domain::actor::Actor;

use crate::App;
use crate::command::CommandError;
use crate::identity::sign_outs;
use crate::realtime::endings;

/// Ends every sign-in of the caller: their tokens from before are refused, their live connections end, and their browsers get no more
/// push notifications. Their alerts stay, for when they sign in again.
///
/// # Errors
/// The actor has no name, or the database fails. What was done by then stays done, and all of it can be asked for again.
pub async fn everywhere(app: &App, actor: &Actor) -> Result<(), CommandError> {
    let (person, at) = (actor.person()?, app.now());
    // First, so that a handshake that comes meanwhile finds it.
    app.storage().save_sign_out(person.id(), at).await?;
    sign_outs::note(app, person.id(), at);
    endings::end_all(app, app.storage().connections_of(person.id()).await?).await?;
    for browser in app.storage().asked(person.id()).await?.browsers {
        app.storage().remove_browser(person.id(), &browser.id).await?;
    }
    Ok(())
}
