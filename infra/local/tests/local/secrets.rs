//! The server's own secrets, on the embedded database and this AWS's KMS key: encrypted in the table, reread by warm functions, and
//! rotated by an attribute as in docs/operations.md.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use backend::db::StorageError;
use backend::identity;
use backend::identity::{TokenError, TokenRejection, guests};
use domain::person::{Guest, Person};
use domain::time::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use local::Local;
use local::deployment::{self, Application};
use serde_json::json;

use crate::support::*;

/// A P-256 scalar in base64url: the push key in its form before secrets were encrypted.
const VAPID: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";

/// A local AWS with a clock that is ahead by an offset.
struct Fixture {
    local: Local,
    ahead: Arc<AtomicU64>,
}

impl Fixture {
    async fn start() -> Self {
        Self { local: application().await.0, ahead: Arc::default() }
    }

    /// Another function, with empty caches.
    async fn function(&self) -> Application {
        let app = deployment::application(self.local.clients().clone(), None).await.unwrap();
        let ahead = Arc::clone(&self.ahead);
        app.with_clock(Arc::new(move || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            Timestamp::default().plus(now + Duration::from_secs(ahead.load(Ordering::SeqCst)))
        }))
    }

    fn pass(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn write(&self, pk: &str, sk: &str, attributes: &[(&str, AttributeValue)]) {
        let mut put = self.local.clients().dynamodb.put_item().table_name("rally");
        for (name, value) in [("pk", text_of(pk)), ("sk", text_of(sk))].iter().chain(attributes) {
            put = put.item(*name, value.clone());
        }
        put.send().await.unwrap();
    }

    async fn read(&self, pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
        let get = self.local.clients().dynamodb.get_item().table_name("rally").consistent_read(true);
        get.key("pk", text_of(pk)).key("sk", text_of(sk)).send().await.unwrap().item.unwrap_or_default()
    }

    /// As `aws dynamodb update-item` does it.
    async fn rotate(&self) {
        let update = self.local.clients().dynamodb.update_item().table_name("rally");
        let update = update.key("pk", text_of("SECRETS")).key("sk", text_of("guests"));
        let update = update.update_expression("SET #rotate = :yes").condition_expression("attribute_exists(pk)");
        let update = update.expression_attribute_names("#rotate", "rotate");
        update.expression_attribute_values(":yes", AttributeValue::Bool(true)).send().await.unwrap();
    }

    async fn delete(&self, sk: &str) {
        let delete = self.local.clients().dynamodb.delete_item().table_name("rally");
        delete.key("pk", text_of("SECRETS")).key("sk", text_of(sk)).send().await.unwrap();
    }
}

fn text_of(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn bo() -> Guest {
    Guest { id: "guest:b1".parse().unwrap(), name: "Bo".parse().unwrap(), room: "k3j9x0a2bc".parse().unwrap() }
}

fn key_of(token: &str) -> Option<String> {
    jsonwebtoken::decode_header(token).unwrap().kid
}

async fn is_bo(app: &Application, token: &str) -> bool {
    match identity::verify(app, token).await.map(|shown| shown.person) {
        Ok(person) => person == Person::Guest(bo()),
        Err(TokenError::Rejected(TokenRejection::Key)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_secret_in_plain_text_is_read_and_then_encrypted() {
    let fixture = Fixture::start().await;
    let app = fixture.function().await;
    fixture.write("SECRETS", "guests", &[("secret", text_of("the secret of before"))]).await;
    fixture.write("SECRETS", "vapid", &[("secret", text_of(VAPID))]).await;
    fixture.write("SECRETS", "slack", &[("secret", text_of("0123456789abcdef"))]).await;
    let address = "https://hooks.slack.com/services/T/B/secret";
    let webhook = [("address", text_of(address)), ("eachChange", AttributeValue::Bool(true))];
    fixture.write("SLACK", "*", &webhook).await;

    let claims = json!({
        "iss": "rally", "aud": "rally-guest", "sub": "guest:b1", "name": "Bo", "room": "k3j9x0a2bc",
        "exp": app.now().seconds() + 60,
    });
    let before = EncodingKey::from_secret(b"the secret of before");
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &before).unwrap();
    assert!(is_bo(&app, &token).await, "a token of before names no key");
    let next = guests::sign(&app, &bo()).await.unwrap();
    assert!(key_of(&next).is_some() && is_bo(&fixture.function().await, &next).await);

    let public = app.push().public_key(app.storage(), app.now()).await.unwrap();
    let address_of_record = |sealed: bool| {
        let app = app.clone();
        async move {
            let webhook = app.storage().webhook(None).await.unwrap().unwrap();
            assert_eq!((webhook.is_sealed(), webhook.ends_with().as_str()), (sealed, "cret"));
            app.storage().webhook_address(&webhook).await.unwrap()
        }
    };
    assert_eq!(address_of_record(false).await, address);
    assert_eq!(address_of_record(true).await, address);
    let timestamp = app.now().seconds().to_string();
    assert!(backend::slack::service::verify(&app, &timestamp, "v0=00", b"").await.is_err());

    for (pk, sk, secret) in [
        ("SECRETS", "guests", "the secret of before"),
        ("SECRETS", "vapid", VAPID),
        ("SECRETS", "slack", "0123456789abcdef"),
        ("SLACK", "*", address),
    ] {
        let record = fixture.read(pk, sk).await;
        assert!(record.contains_key("sealed"), "{pk} {sk} is sealed: {record:?}");
        assert!(!format!("{record:?}").contains(secret), "{pk} {sk} is nowhere in the clear: {record:?}");
    }
    let restarted = fixture.function().await;
    assert_eq!(
        restarted.push().public_key(restarted.storage(), restarted.now()).await.unwrap(),
        public,
        "nothing is lost"
    );
}

#[tokio::test]
async fn a_rotation_creates_a_key_and_keeps_existing_tokens_valid() {
    let fixture = Fixture::start().await;
    let (first, second) = (fixture.function().await, fixture.function().await);
    let old = guests::sign(&first, &bo()).await.unwrap();
    assert!(is_bo(&second, &old).await);
    fixture.rotate().await;
    fixture.pass(200);
    assert_eq!(key_of(&guests::sign(&first, &bo()).await.unwrap()), key_of(&old), "it reads every five minutes");
    fixture.pass(100);
    let new = guests::sign(&first, &bo()).await.unwrap();
    assert_ne!(key_of(&new), key_of(&old));
    assert!(!fixture.read("SECRETS", "guests").await.contains_key("rotate"), "it is done once");
    for function in [&first, &second, &fixture.function().await] {
        assert!(is_bo(function, &new).await, "a warm function reads a key that it does not know at once");
        assert!(is_bo(function, &old).await, "the old key is good until its tokens are over");
    }
    // Both functions and a third one rotate at the same time: there is one new key.
    fixture.rotate().await;
    fixture.pass(300);
    let functions = [&first, &second, &fixture.function().await];
    let tokens = futures::future::join_all(
        functions.map(|function| async move { guests::sign(function, &bo()).await.unwrap() }),
    );
    let keys: std::collections::BTreeSet<Option<String>> = tokens.await.iter().map(|token| key_of(token)).collect();
    assert_eq!(keys.len(), 1);
    assert!(!keys.contains(&key_of(&new)));
}

#[tokio::test]
async fn a_deleted_secret_is_no_longer_used_after_five_minutes() {
    let fixture = Fixture::start().await;
    let (first, second) = (fixture.function().await, fixture.function().await);
    let token = guests::sign(&first, &bo()).await.unwrap();
    let public = first.push().public_key(first.storage(), first.now()).await.unwrap();
    assert!(is_bo(&second, &token).await);
    fixture.delete("guests").await;
    fixture.delete("vapid").await;
    assert!(is_bo(&second, &token).await, "it has read it a moment ago");
    fixture.pass(300);
    for function in [&first, &second] {
        assert!(!is_bo(function, &token).await, "its guests are over");
        assert_ne!(function.push().public_key(function.storage(), function.now()).await.unwrap(), public);
    }
}

#[tokio::test]
async fn an_encrypted_secret_is_decrypted_only_under_its_own_name() {
    let fixture = Fixture::start().await;
    let app = fixture.function().await;
    app.push().public_key(app.storage(), app.now()).await.unwrap();
    let vapid = fixture.read("SECRETS", "vapid").await;
    fixture.write("SECRETS", "guests", &[("sealed", vapid["sealed"].clone())]).await;
    let error = guests::sign(&app, &bo()).await.unwrap_err();
    assert!(matches!(&error, TokenError::Storage(StorageError::Sealed { name, .. }) if name == "guests"), "{error:?}");
}
