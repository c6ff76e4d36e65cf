//! Signing out everywhere. The calling browser ends its own session at the issuer.

use domain::actor::Actor;

use crate::App;
use crate::command::CommandError;
use crate::identity::sign_outs;
use crate::realtime::endings;

/// Ends every sign-in of the caller: earlier tokens are rejected, live connections end, and the caller's browsers get no more push
/// notifications. The alerts stay for the next sign-in.
///
/// # Errors
/// The actor has no id, or the database fails. Steps that are done stay done, and the whole can be repeated.
pub async fn everywhere(app: &App, actor: &Actor) -> Result<(), CommandError> {
    let (person, at) = (actor.person()?, app.now());
    // Written first, so that a concurrent handshake sees it.
    app.storage().save_sign_out(person.id(), at).await?;
    sign_outs::cache_sign_out(app, person.id(), at);
    endings::end_all(app, app.storage().connections_of(person.id()).await?).await?;
    for browser in app.storage().notification_settings(person.id()).await?.browsers {
        app.storage().remove_browser(person.id(), &browser.id).await?;
    }
    Ok(())
}
