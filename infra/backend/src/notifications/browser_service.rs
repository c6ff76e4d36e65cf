//! Commands on the browsers that get notifications.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::notice::Notice;
use domain::person::PersonId;
use futures::future::join_all;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::notifications::{RegisteredBrowser, Renewal, Subscription, Trial};
use sha2::{Digest, Sha256};

use crate::App;
use crate::command::CommandError;
use crate::notifications::alert_service;
use crate::notifications::browser_store::Browser;
use crate::notifications::deliver::ring;
use crate::outbound::Sent;
use crate::secrets;

/// The maximum number of browsers of one person.
const PER_PERSON: usize = 10;

/// A browser's id. The endpoint cannot be derived from it.
fn id(endpoint: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(endpoint))
}

/// Registers a browser for one person only; an earlier owner loses it.
///
/// # Errors
/// The subscription is not valid, the person has too many browsers, or the database fails.
pub async fn register(
    app: &App,
    person: &PersonId,
    subscription: Subscription,
) -> Result<RegisteredBrowser, CommandError> {
    app.push().check(&subscription)?;
    let browser = Browser { id: id(&subscription.endpoint), subscription };
    let asked = app.storage().asked(person).await?;
    let is_new = asked.browsers.iter().all(|known| known.id != browser.id);
    if is_new && asked.browsers.len() >= PER_PERSON {
        let message = format!("{PER_PERSON} browsers ring for you already. Switch one of them off first.");
        return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
    }
    let before = app.storage().owner_of_browser(&browser.id).await?;
    let end = alert_service::end_of_visitors(person, app.now());
    app.storage().save_browser(person, &browser, before.as_ref(), None, end).await?;
    Ok(RegisteredBrowser { id: browser.id })
}

/// Removes a browser.
///
/// # Errors
/// The database fails.
pub async fn remove(app: &App, person: &PersonId, browser: &str) -> Result<(), CommandError> {
    Ok(app.storage().remove_browser(person, browser).await?)
}

/// Replaces an old subscription by a new one, for the same owner.
///
/// # Errors
/// The old subscription is unknown, the new one is not valid, or the database fails.
pub async fn renew(app: &App, renewal: Renewal) -> Result<RegisteredBrowser, CommandError> {
    app.push().check(&renewal.subscription)?;
    let old = id(&renewal.old_endpoint);
    let Some(person) = app.storage().owner_of_browser(&old).await? else {
        let message = "Nobody has subscribed with that endpoint. Open the site and switch notifications on again.";
        return Err(ApiError::new(ErrorCode::ResourceNotFound, message).into());
    };
    let browser = Browser { id: id(&renewal.subscription.endpoint), subscription: renewal.subscription };
    let before = app.storage().owner_of_browser(&browser.id).await?;
    let end = alert_service::end_of_visitors(&person, app.now());
    app.storage().save_browser(&person, &browser, before.as_ref(), Some(&old), end).await?;
    Ok(RegisteredBrowser { id: browser.id })
}

/// Sends a test notification to all browsers of a person.
///
/// # Errors
/// The database fails, or there are no random numbers.
pub async fn try_out(app: &App, person: &PersonId) -> Result<Trial, CommandError> {
    let notice = Notice::trial(app.now(), &secrets::random::<9>()?);
    let asked = app.storage().asked(person).await?;
    let rung = asked.browsers.iter().map(|browser| ring(app, person, &browser.id, &notice));
    let mut trial = Trial::default();
    for sent in join_all(rung).await {
        match sent {
            Ok(Sent::Taken) => trial.reached += 1,
            Ok(Sent::Gone) => trial.gone += 1,
            other => {
                tracing::warn!(?other, "a trial failed");
                trial.failed += 1;
            }
        }
    }
    Ok(trial)
}
