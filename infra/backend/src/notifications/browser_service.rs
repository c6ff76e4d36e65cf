//! Commands on the browsers that get notifications.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::notification_payload::NotificationPayload;
use domain::person::PersonId;
use futures::future::join_all;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::notifications::{RegisteredBrowser, Renewal, Subscription, TestResult};
use sha2::{Digest, Sha256};

use crate::App;
use crate::command::CommandError;
use crate::notifications::alert_service;
use crate::notifications::browser_store::Browser;
use crate::notifications::deliver::send_push;
use crate::outbound::SendOutcome;
use crate::secrets;

/// The maximum number of browsers of one person.
const BROWSERS_PER_PERSON: usize = 10;

/// The id of a browser with this endpoint. The endpoint cannot be derived from it.
fn browser_id(endpoint: &str) -> String {
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
    let browser = Browser { id: browser_id(&subscription.endpoint), subscription };
    let settings = app.storage().notification_settings(person).await?;
    let is_new = settings.browsers.iter().all(|known| known.id != browser.id);
    if is_new && settings.browsers.len() >= BROWSERS_PER_PERSON {
        let message =
            format!("{BROWSERS_PER_PERSON} browsers receive your notifications already. Switch one of them off first.");
        return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
    }
    let owner_before = app.storage().owner_of_browser(&browser.id).await?;
    let expires = alert_service::visitor_expiry(person, app.now());
    app.storage().save_browser(person, &browser, owner_before.as_ref(), None, expires).await?;
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
    let old = browser_id(&renewal.old_endpoint);
    let Some(person) = app.storage().owner_of_browser(&old).await? else {
        let message = "No browser has subscribed with that endpoint. Open the site and switch notifications on again.";
        return Err(ApiError::new(ErrorCode::ResourceNotFound, message).into());
    };
    let browser = Browser { id: browser_id(&renewal.subscription.endpoint), subscription: renewal.subscription };
    let owner_before = app.storage().owner_of_browser(&browser.id).await?;
    let expires = alert_service::visitor_expiry(&person, app.now());
    app.storage().save_browser(&person, &browser, owner_before.as_ref(), Some(&old), expires).await?;
    Ok(RegisteredBrowser { id: browser.id })
}

/// Sends a test notification to all browsers of a person.
///
/// # Errors
/// The database fails, or there are no random numbers.
pub async fn send_test(app: &App, person: &PersonId) -> Result<TestResult, CommandError> {
    let notice = NotificationPayload::test(app.now(), &secrets::random::<9>()?);
    let settings = app.storage().notification_settings(person).await?;
    let pushes = settings.browsers.iter().map(|browser| send_push(app, person, &browser.id, &notice));
    let mut trial = TestResult::default();
    for outcome in join_all(pushes).await {
        match outcome {
            Ok(SendOutcome::Accepted) => trial.reached += 1,
            Ok(SendOutcome::Gone) => trial.gone += 1,
            other => {
                tracing::warn!(?other, "a test notification could not be sent");
                trial.failed += 1;
            }
        }
    }
    Ok(trial)
}
