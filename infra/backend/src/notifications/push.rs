//! Web Push: one payload to one browser (RFC 8030), encrypted for it (RFC 8291) and signed by this server (RFC 8292).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use domain::notification_payload::NotificationPayload;
use domain::time::Timestamp;
use domain::validation::Violation;
use http::{Request, StatusCode, Uri};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use protocol::notifications::{Subscription, SubscriptionKeys};
use serde::Serialize;
use sha2::{Digest, Sha256};
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::p256::pkcs8::EncodePrivateKey;
use web_push_native::p256::{PublicKey, SecretKey};
use web_push_native::{Auth, encrypt};

use crate::cached::{Cached, REFRESH_INTERVAL};
use crate::db::{Storage, StorageError, keys};
use crate::https::{HostAllowlist, HttpsClient};
use crate::outbound::SendOutcome;
use crate::secrets;

/// The longest endpoint, in bytes.
pub(crate) const ENDPOINT_LIMIT: usize = 1_024;

/// How long a signature is valid. RFC 8292 allows 24 hours; the rest is for clocks that differ.
const SIGNATURE_VALIDITY: Duration = Duration::from_secs(12 * 3_600);

/// Each message is padded to this length before encryption, since the length would reveal to the push service the kind of the message and
/// its recipient. With the overhead of encryption it is below the 4,096 bytes that every push service accepts (RFC 8030, section 7.2).
const MESSAGE_LENGTH: usize = 3_000;

/// A valid subscription, parsed.
struct Target {
    endpoint: Uri,
    key: PublicKey,
    auth: Auth,
}

/// The client for push services. Cheap to clone.
#[derive(Clone)]
pub struct Push {
    client: HttpsClient,
    services: Arc<HostAllowlist>,
    contact: Arc<str>,
    key: Arc<Cached<Identity>>,
}

/// The key that identifies this server to push services.
struct Identity {
    signing: EncodingKey,
    public: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

/// Why a push cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The signing key could not be read or stored.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The system has no random numbers.
    #[error("no random numbers: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The stored key is not valid.
    #[error("the key that signs pushes is damaged: delete the item “vapid” among the secrets")]
    Key,
}

impl Push {
    pub(crate) fn new(client: HttpsClient, services: &str, contact: &str) -> Self {
        let services = Arc::new(HostAllowlist::of(services));
        Self { client, services, contact: contact.into(), key: Arc::default() }
    }

    /// The public key for subscriptions, created when it is first needed: a P-256 point in base64url.
    ///
    /// # Errors
    /// It can be neither read nor created.
    pub async fn public_key(&self, storage: &Storage, now: Timestamp) -> Result<String, PushError> {
        Ok(self.identity(storage, now).await?.public.clone())
    }

    /// Checks a subscription.
    ///
    /// # Errors
    /// What is wrong with it, as a message.
    pub fn check(&self, subscription: &Subscription) -> Result<(), Violation> {
        self.target(subscription).map(|_| ())
    }

    /// Sends a notification with the rest of its lifetime.
    ///
    /// # Errors
    /// It cannot be signed.
    pub async fn send(
        &self,
        storage: &Storage,
        subscription: &Subscription,
        notice: &NotificationPayload,
        now: Timestamp,
    ) -> Result<SendOutcome, PushError> {
        let Some(remaining) = notice.time_left(now) else {
            return Ok(SendOutcome::Rejected("it has expired".to_owned()));
        };
        let target = match self.target(subscription) {
            Ok(target) => target,
            // It was valid when it was stored; the push service was removed from the allowlist since.
            Err(violation) => return Ok(SendOutcome::Rejected(violation.message())),
        };
        let identity = self.identity(storage, now).await?;
        let Ok(body) = encrypt(message(notice), &target.key, &target.auth) else {
            return Ok(SendOutcome::Rejected("it cannot be encrypted".to_owned()));
        };
        let authorization = self.authorization(&identity, &target.endpoint, now)?;
        let request = Request::post(target.endpoint)
            .header("ttl", remaining.as_secs().max(1))
            .header("urgency", notice.urgency.as_str())
            .header("topic", topic(&notice.tag))
            .header("content-encoding", "aes128gcm")
            .header("content-type", "application/octet-stream")
            .header("authorization", authorization)
            .body(Bytes::from(body));
        let Ok(request) = request else { return Ok(SendOutcome::Rejected("its endpoint is no address".to_owned())) };
        Ok(match self.client.post(request).await {
            Ok(reply) => outcome_of(reply.status, reply.retry_after, &reply.text),
            Err(error) => SendOutcome::RetryLater(None, error.to_string()),
        })
    }

    /// `vapid t=…, k=…` (RFC 8292, section 3).
    fn authorization(&self, identity: &Identity, endpoint: &Uri, now: Timestamp) -> Result<String, PushError> {
        let scheme = endpoint.scheme_str().unwrap_or("https");
        let origin = format!("{scheme}://{}", endpoint.authority().map_or("", |authority| authority.as_str()));
        let claims = Claims { aud: &origin, exp: now.plus(SIGNATURE_VALIDITY).seconds(), sub: &self.contact };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &identity.signing);
        Ok(format!("vapid t={}, k={}", token.map_err(|_| PushError::Key)?, identity.public))
    }

    fn target(&self, subscription: &Subscription) -> Result<Target, Violation> {
        let Subscription { endpoint, keys: SubscriptionKeys { p256dh, auth } } = subscription;
        let refuse = |property: &str, message: &str| Violation::of_rule(property, "", "subscription", message);
        let address = (endpoint.len() <= ENDPOINT_LIMIT).then(|| self.services.admit(endpoint)).flatten();
        let address = address.ok_or_else(|| {
            refuse("endpoint", "This browser's push service is not one that Rally knows. Ask its admin to allow it.")
        })?;
        let key = decode(p256dh).and_then(|bytes| PublicKey::from_sec1_bytes(&bytes).ok());
        let key = key.ok_or_else(|| refuse("p256dh", "The browser's key must be a P-256 point in base64url."))?;
        let auth = decode(auth).filter(|bytes| bytes.len() == 16);
        let auth = auth.ok_or_else(|| refuse("auth", "The browser's secret must be 16 bytes in base64url."))?;
        Ok(Target { endpoint: address, key, auth: Auth::clone_from_slice(&auth) })
    }

    async fn identity(&self, storage: &Storage, now: Timestamp) -> Result<Arc<Identity>, PushError> {
        self.key.get(now, REFRESH_INTERVAL, read_or_create_identity(storage)).await
    }
}

async fn read_or_create_identity(storage: &Storage) -> Result<Identity, PushError> {
    let key = match storage.secret(keys::VAPID).await? {
        Some(stored) => stored.text,
        None => create_key(storage).await?,
    };
    identity(&key).ok_or(PushError::Key)
}

/// Creates the signing key: a P-256 scalar in base64url.
async fn create_key(storage: &Storage) -> Result<String, PushError> {
    let key = loop {
        let key = secrets::random::<32>()?;
        // Not every number below 2^256 is a valid scalar, but nearly all are.
        if identity(&key).is_some() {
            break key;
        }
    };
    match storage.save_secret(keys::VAPID, &key, None).await {
        Ok(()) => Ok(key),
        // Another instance created a key concurrently; all instances use that one.
        Err(StorageError::Changed) => Ok(storage.secret(keys::VAPID).await?.ok_or(StorageError::Changed)?.text),
        Err(error) => Err(error.into()),
    }
}

fn identity(scalar: &str) -> Option<Identity> {
    let secret = SecretKey::from_slice(&decode(scalar)?).ok()?;
    let signing = EncodingKey::from_ec_der(secret.to_pkcs8_der().ok()?.as_bytes());
    let public = URL_SAFE_NO_PAD.encode(secret.public_key().to_encoded_point(false).as_bytes());
    Some(Identity { signing, public })
}

/// Base64url, with or without padding: browsers differ.
fn decode(text: &str) -> Option<Vec<u8>> {
    (text.len() <= 200).then(|| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()).flatten()
}

/// The text that is encrypted: the notification, padded with spaces, which JSON allows. The padding of RFC 8188 would do the same, but the
/// encryption library does not support it.
fn message(notice: &NotificationPayload) -> Vec<u8> {
    let mut message = serde_json::to_vec(notice).unwrap_or_default();
    message.resize(message.len().max(MESSAGE_LENGTH), b' ');
    message
}

/// The header `Topic` for a tag: at most 32 characters of base64url (RFC 8030, section 5.4).
fn topic(tag: &str) -> String {
    let mut topic = URL_SAFE_NO_PAD.encode(Sha256::digest(tag));
    topic.truncate(32);
    topic
}

fn outcome_of(status: StatusCode, retry_after: Option<Duration>, text: &str) -> SendOutcome {
    let reason = || format!("the push service responded with {status}: {}", text.chars().take(200).collect::<String>());
    match status.as_u16() {
        200..=299 => SendOutcome::Accepted,
        404 | 410 => SendOutcome::Gone,
        408 | 425 | 429 | 500..=599 => SendOutcome::RetryLater(retry_after, reason()),
        _ => SendOutcome::Rejected(reason()),
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Event;
    use domain::table::Table;
    use web_push_native::decrypt;

    use super::*;
    use crate::config::PUSH_SERVICES;

    /// RFC 8291, section 5 and appendix A: the user agent's key pair and secret, and the whole message.
    #[test]
    fn the_example_of_rfc_8291_is_read() {
        let private = decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").unwrap();
        let auth = Auth::clone_from_slice(&decode("BTBZMqHH6r4Tts7J_aSIgg").unwrap());
        let message = concat!(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml",
            "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT",
            "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        let message = URL_SAFE_NO_PAD.decode(message).unwrap();
        let text = decrypt(message, &SecretKey::from_slice(&private).unwrap(), &auth).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "When I grow up, I want to be a watermelon");
    }

    #[test]
    fn only_the_browser_of_the_subscription_can_decrypt_a_push() {
        let push = Push::new(HttpsClient::default(), PUSH_SERVICES, "mailto:rally@example.com");
        let target = push.target(&example("https://fcm.googleapis.com/x")).unwrap();
        let sealed = encrypt(b"Lobby is free".to_vec(), &target.key, &target.auth).unwrap();
        let private = decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").unwrap();
        let read = |key: &[u8]| decrypt(sealed.clone(), &SecretKey::from_slice(key).unwrap(), &target.auth);
        assert_eq!(read(&private).unwrap(), b"Lobby is free");
        assert!(read(&[7; 32]).is_err());
    }

    #[test]
    fn all_pushes_have_the_same_length() {
        let push = Push::new(HttpsClient::default(), PUSH_SERVICES, "mailto:rally@example.com");
        let target = push.target(&example("https://fcm.googleapis.com/x")).unwrap();
        let table = Table::register("lobby".parse().unwrap(), "Lobby".parse().unwrap(), None, Timestamp::default());
        let key = "k".repeat(256).parse().unwrap();
        let value = serde_json::json!("\"".repeat(10_000));
        let events = [
            Event::of_table("e1".to_owned(), Timestamp::default(), &table),
            Event::of_item(Timestamp::default(), &key, u64::MAX, Some(&value)),
        ];
        let private = SecretKey::from_slice(&decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").unwrap()).unwrap();
        for event in events {
            let notice = NotificationPayload::of(&event);
            let body = encrypt(message(&notice), &target.key, &target.auth).unwrap();
            assert_eq!(body.len(), MESSAGE_LENGTH + 103, "{}", notice.title);
            let text = decrypt(body, &private, &target.auth).unwrap();
            let read: NotificationPayload = serde_json::from_slice(&text).unwrap();
            assert_eq!((read.event, read.body), (notice.event, notice.body));
        }
    }

    fn example(endpoint: &str) -> Subscription {
        let p256dh =
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned();
        let keys = SubscriptionKeys { p256dh, auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned() };
        Subscription { endpoint: endpoint.to_owned(), keys }
    }

    #[test]
    fn an_invalid_subscription_is_rejected() {
        let push = Push::new(HttpsClient::default(), PUSH_SERVICES, "mailto:rally@example.com");
        let good = example("https://fcm.googleapis.com/fcm/send/abc");
        assert!(push.check(&good).is_ok());
        let with = |change: fn(&mut Subscription)| {
            let mut changed = good.clone();
            change(&mut changed);
            push.check(&changed).map_err(|violation| violation.property).unwrap_err()
        };
        assert_eq!(with(|one| one.endpoint = "https://evil.example/".to_owned()), "endpoint");
        assert_eq!(with(|one| one.endpoint = format!("https://fcm.googleapis.com/{}", "x".repeat(1_024))), "endpoint");
        assert_eq!(with(|one| one.keys.p256dh = "AAAA".to_owned()), "p256dh");
        assert_eq!(with(|one| one.keys.p256dh = "x".repeat(10_000)), "p256dh");
        assert_eq!(with(|one| one.keys.auth = "AAAA".to_owned()), "auth");
    }

    /// RFC 8292, section 2: the token has an audience, an expiration time and a contact.
    #[test]
    fn a_push_is_signed_for_its_service() {
        let push = Push::new(HttpsClient::default(), PUSH_SERVICES, "mailto:rally@example.com");
        let identity = identity(&URL_SAFE_NO_PAD.encode([9; 32])).unwrap();
        let now = Timestamp::from_milliseconds(1_700_000_000_000);
        let header = push.authorization(&identity, &Uri::from_static("https://push.example/a/b"), now).unwrap();
        let token = header.strip_prefix("vapid t=").unwrap().split(',').next().unwrap();
        assert!(header.ends_with(&format!(", k={}", identity.public)));
        let key = decode(&identity.public).unwrap();
        let mut validation = jsonwebtoken::Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_audience(&["https://push.example"]);
        let claims = jsonwebtoken::decode::<serde_json::Value>(
            token,
            &jsonwebtoken::DecodingKey::from_ec_der(&key),
            &validation,
        )
        .unwrap()
        .claims;
        assert_eq!(claims["sub"], "mailto:rally@example.com");
        assert_eq!(claims["exp"], 1_700_000_000 + 12 * 3_600);
    }

    #[test]
    fn the_status_of_the_push_service_decides_about_a_retry() {
        let outcome = |status: u16| outcome_of(StatusCode::from_u16(status).unwrap(), None, "");
        assert_eq!([outcome(201), outcome(202)], [SendOutcome::Accepted, SendOutcome::Accepted]);
        assert_eq!([outcome(404), outcome(410)], [SendOutcome::Gone, SendOutcome::Gone]);
        assert!([429, 500, 503].iter().all(|status| matches!(outcome(*status), SendOutcome::RetryLater(None, _))));
        assert!([400, 401, 403, 413].iter().all(|status| matches!(outcome(*status), SendOutcome::Rejected(_))));
    }

    #[test]
    fn each_tag_has_its_own_topic_of_32_characters() {
        assert_eq!(topic("table/lobby").len(), 32);
        assert_ne!(topic("table/lobby"), topic("table/attic"));
    }
}
