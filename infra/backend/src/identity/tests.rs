//! Tokens against a real issuer on loopback: accepted tokens, every kind of rejected token, and the number of requests to the issuer. Tests
//! move the clock.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::person::Guest;
use domain::room::Room;
use futures::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::config::Config;
use crate::identity::guests::KeyRing;
use crate::identity::testing::{BEGIN, Signer, TestIssuer};
use crate::identity::*;

/// The person of this token.
async fn person(app: &App, token: &str) -> Result<Person, TokenError> {
    verify(app, token).await.map(|identified| identified.person)
}

/// Why the token is rejected.
async fn rejection(issuer: &TestIssuer, token: &str) -> TokenRejection {
    match person(&issuer.app, token).await {
        Err(TokenError::Rejected(rejection)) => rejection,
        other => panic!("a refusal was expected: {other:?}"),
    }
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The same token with another part.
fn with_part(token: &str, position: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[position] = part;
    parts.join(".")
}

#[tokio::test]
async fn a_member_is_verified_by_either_algorithm() {
    let (rsa, _) = Signer::rsa("r1");
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&rsa, &ec]).await;
    for signer in [&rsa, &ec] {
        let token = signer.sign(&issuer.claims(json!({"cognito:groups": ["admin"]})));
        let Person::Member(ada) = person(&issuer.app, &token).await.unwrap() else { panic!("a member was expected") };
        assert_eq!((ada.id.as_str(), ada.name.as_str(), ada.is_admin), ("ada-1", "Ada", true));
    }
    assert_eq!(issuer.key_requests(), 1);
}

/// Like Cognito's access tokens: only the profile has the name, and it is requested once an hour.
#[tokio::test]
async fn a_token_without_a_name_gets_the_name_of_the_profile() {
    let ec = Signer::ec("e1", 1);
    let with_profiles = |config: Config| Config {
        userinfo: config.issuer.as_ref().map(|issuer| format!("{issuer}/userinfo")),
        ..config
    };
    let name = async |issuer: &TestIssuer, claims: Value| match person(&issuer.app, &ec.sign(&claims)).await.unwrap() {
        Person::Member(member) => member.name.to_string(),
        Person::Guest(guest) => panic!("a member was expected: {guest:?}"),
    };
    let issuer = TestIssuer::start_with(&[&ec], with_profiles).await;
    let nameless = |issuer: &TestIssuer| {
        let mut claims = issuer.claims(json!({"username": "4d8c-11ec"}));
        claims.as_object_mut().unwrap().remove("name");
        claims
    };
    for _ in 0..3 {
        assert_eq!(name(&issuer, nameless(&issuer)).await, "Ada Lovelace");
    }
    assert_eq!(issuer.profile_requests(), 1);
    assert_eq!(name(&issuer, issuer.claims(json!({}))).await, "Ada", "a token with a name needs no profile");
    let silent = TestIssuer::start_with(&[&ec], with_profiles).await;
    assert_eq!(name(&silent, silent.claims(json!({}))).await, "Ada", "the keys are cached from now on");
    silent.set_unavailable(true);
    assert_eq!(name(&silent, nameless(&silent)).await, "4d8c-11ec", "a member without a profile is signed in");
    silent.set_unavailable(false);
    silent.advance(61);
    assert_eq!(name(&silent, nameless(&silent)).await, "Ada Lovelace");
    assert_eq!(
        name(&silent, {
            let mut other = nameless(&silent);
            other["sub"] = json!("bob-1");
            other
        })
        .await,
        "4d8c-11ec",
        "the profile of another person is ignored"
    );
}

#[tokio::test]
async fn a_token_with_a_wrong_claim_is_rejected() {
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&ec]).await;
    let token_with = |changes| ec.sign(&issuer.claims(changes));
    for (changes, expected) in [
        (json!({"exp": BEGIN - 5}), TokenRejection::Expired),
        (json!({"nbf": BEGIN + 6}), TokenRejection::Early),
        (json!({"iss": "https://other.example"}), TokenRejection::Issuer),
        (json!({"iss": 7}), TokenRejection::Malformed),
        (json!({"client_id": "another-site"}), TokenRejection::Audience),
        (json!({"token_use": "id", "aud": "rally-site"}), TokenRejection::NoAccess),
        (json!({"sub": "a b"}), TokenRejection::Subject),
    ] {
        assert_eq!(rejection(&issuer, &token_with(changes.clone())).await, expected, "{changes}");
    }
    assert!(person(&issuer.app, &token_with(json!({"exp": BEGIN - 4}))).await.is_ok(), "five seconds of leeway");
    issuer.advance(3_605);
    assert_eq!(rejection(&issuer, &token_with(json!({}))).await, TokenRejection::Expired);
}

#[tokio::test]
async fn an_id_token_is_rejected_and_an_access_token_of_another_issuer_is_accepted() {
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&ec]).await;
    let token_with = |changes: Value| {
        let mut claims = issuer.claims(json!({"aud": "rally-site"}));
        for name in ["token_use", "client_id"] {
            claims.as_object_mut().unwrap().remove(name);
        }
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        ec.sign(&claims)
    };
    assert!(person(&issuer.app, &token_with(json!({"scope": "openid"}))).await.is_ok());
    for of_identity in [json!({}), json!({"scope": "openid", "nonce": "n"}), json!({"client_id": "x", "at_hash": "h"})]
    {
        assert_eq!(
            rejection(&issuer, &token_with(of_identity.clone())).await,
            TokenRejection::NoAccess,
            "{of_identity}"
        );
    }
}

#[tokio::test]
async fn a_sign_out_everywhere_ends_earlier_sessions() {
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&ec]).await;
    let token = |changes: Value| ec.sign(&issuer.claims(changes));
    let old = token(json!({}));
    assert!(person(&issuer.app, &old).await.is_ok());
    sign_outs::cache_sign_out(&issuer.app, &"ada-1".parse().unwrap(), issuer.app.now());
    assert_eq!(rejection(&issuer, &old).await, TokenRejection::SignedOut);
    issuer.advance(1);
    assert!(person(&issuer.app, &token(json!({"iat": BEGIN + 1}))).await.is_ok(), "signed in since");
    let renewed = token(json!({"iat": BEGIN + 1, "auth_time": BEGIN - 100}));
    assert_eq!(
        rejection(&issuer, &renewed).await,
        TokenRejection::SignedOut,
        "a renewed token belongs to the old sign-in"
    );
    let undated = {
        let mut claims = issuer.claims(json!({}));
        claims.as_object_mut().unwrap().remove("iat");
        ec.sign(&claims)
    };
    assert_eq!(rejection(&issuer, &undated).await, TokenRejection::SignedOut, "its time is unknown");
    assert!(person(&issuer.app, &token(json!({"sub": "bob-1"}))).await.is_ok(), "another member is not affected");
}

#[tokio::test]
async fn a_changed_or_forged_token_is_rejected() {
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&ec]).await;
    let token = ec.sign(&issuer.claims(json!({})));
    let admin = encoded(&issuer.claims(json!({"cognito:groups": ["admin"]})));
    assert_eq!(rejection(&issuer, &with_part(&token, 1, &admin)).await, TokenRejection::Signature);
    assert_eq!(rejection(&issuer, &with_part(&token, 2, "")).await, TokenRejection::Signature);
    assert_eq!(
        rejection(&issuer, &Signer::ec("e1", 2).sign(&issuer.claims(json!({})))).await,
        TokenRejection::Signature
    );
    assert_eq!(rejection(&issuer, &Signer::ec("e2", 2).sign(&issuer.claims(json!({})))).await, TokenRejection::Key);
    let nameless = with_part(&token, 0, &encoded(&json!({"alg": "ES256", "typ": "JWT"})));
    assert_eq!(rejection(&issuer, &nameless).await, TokenRejection::Key);
    let extended = with_part(&token, 0, &encoded(&json!({"alg": "ES256", "kid": "e1", "crit": ["b64"], "b64": false})));
    assert_eq!(rejection(&issuer, &extended).await, TokenRejection::Malformed);
    for malformed in ["", "x", "a.b.c", "..", &token[1..], &format!("{token}.x"), "ey\u{e4}.ey.x"] {
        assert_eq!(rejection(&issuer, malformed).await, TokenRejection::Malformed, "{malformed}");
    }
}

#[tokio::test]
async fn a_header_does_not_choose_the_verification() {
    let (rsa, pem) = Signer::rsa("r1");
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&rsa, &ec]).await;
    let claims = issuer.claims(json!({"cognito:groups": ["admin"]}));
    for none in ["none", "None", "NONE"] {
        let header = encoded(&json!({"alg": none, "kid": "r1"}));
        assert_eq!(rejection(&issuer, &format!("{header}.{}.", encoded(&claims))).await, TokenRejection::Malformed);
    }
    // A public key must not be accepted as a symmetric secret.
    for key in [pem.as_bytes(), pem.trim().as_bytes()] {
        let header = Header { kid: Some("r1".to_owned()), ..Header::new(Algorithm::HS256) };
        let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key)).unwrap();
        assert_eq!(rejection(&issuer, &forged).await, TokenRejection::Algorithm);
    }
    // A key must not be used with an algorithm of another key, nor with another algorithm of its own type.
    for (algorithm, name) in [("RS256", "e1"), ("ES256", "r1"), ("PS256", "r1"), ("RS512", "r1"), ("ES384", "e1")] {
        let token = with_part(&ec.sign(&claims), 0, &encoded(&json!({"alg": algorithm, "kid": name})));
        assert_eq!(rejection(&issuer, &token).await, TokenRejection::Algorithm, "{algorithm} with {name}");
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_and_unknown_key_ids_do_not_cause_a_request_each() {
    let (old, new) = (Signer::ec("e1", 1), Signer::ec("e2", 2));
    let issuer = TestIssuer::start(&[&old]).await;
    let (by_old, by_new) = (old.sign(&issuer.claims(json!({}))), new.sign(&issuer.claims(json!({}))));
    assert!(person(&issuer.app, &by_old).await.is_ok());
    issuer.publish(&[&old, &new]);
    for seconds in [0, 29] {
        issuer.advance(seconds);
        assert_eq!(rejection(&issuer, &by_new).await, TokenRejection::Key);
        assert_eq!(issuer.key_requests(), 1);
    }
    issuer.advance(1);
    assert!(person(&issuer.app, &by_new).await.is_ok());
    for number in 0..50 {
        let forged = Signer::ec(&format!("forged-{number}"), 3).sign(&issuer.claims(json!({})));
        assert_eq!(rejection(&issuer, &forged).await, TokenRejection::Key);
    }
    assert_eq!(issuer.key_requests(), 2);
    // A key that the issuer has withdrawn is invalid within an hour.
    issuer.publish(&[&new]);
    issuer.advance(3_569);
    assert!(person(&issuer.app, &by_old).await.is_ok());
    issuer.advance(31);
    let by_old = old.sign(&issuer.claims(json!({"exp": BEGIN + 9_999})));
    assert_eq!(rejection(&issuer, &by_old).await, TokenRejection::Key);
}

#[tokio::test]
async fn a_token_of_another_issuer_causes_no_request() {
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&ec]).await;
    assert_eq!(rejection(&issuer, &ec.sign(&json!({"iss": "https://other.example"}))).await, TokenRejection::Issuer);
    assert_eq!(issuer.key_requests(), 0);
    let without_issuer = TestIssuer::start_with(&[&ec], |_| Config::default()).await;
    assert_eq!(
        rejection(&without_issuer, &ec.sign(&without_issuer.claims(json!({})))).await,
        TokenRejection::Issuer,
        "there is no issuer at all"
    );
}

#[tokio::test]
async fn concurrent_verifications_share_one_request_for_keys() {
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&ec]).await;
    let token = ec.sign(&issuer.claims(json!({})));
    let all = join_all((0..50).map(|_| person(&issuer.app, &token))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(issuer.key_requests(), 1);
}

#[tokio::test]
async fn an_unavailable_issuer_does_not_reject_the_token() {
    let ec = Signer::ec("e1", 1);
    let issuer = TestIssuer::start(&[&ec]).await;
    let token = ec.sign(&issuer.claims(json!({"exp": BEGIN + 99_999})));
    issuer.set_unavailable(true);
    let all = join_all((0..10).map(|_| person(&issuer.app, &token))).await;
    assert!(all.iter().all(|one| matches!(one, Err(TokenError::IssuerUnavailable))), "{all:?}");
    assert_eq!(issuer.key_requests(), 1, "all share the result of one request");
    issuer.set_unavailable(false);
    issuer.advance(1);
    assert!(person(&issuer.app, &token).await.is_ok(), "without usable keys, the retry interval is short");
    // Members with a known key stay signed in while the issuer is not available.
    issuer.set_unavailable(true);
    issuer.advance(3_600);
    assert!(person(&issuer.app, &token).await.is_ok());
    issuer.advance(23 * 3_600);
    assert!(matches!(person(&issuer.app, &token).await, Err(TokenError::IssuerUnavailable)), "but not for ever");
}

#[tokio::test]
async fn an_issuer_with_another_name_or_an_insecure_address_is_unavailable() {
    let ec = Signer::ec("e1", 1);
    let mut address = String::new();
    let with_slash = |config: Config| {
        address = config.issuer.unwrap();
        Config { issuer: Some(format!("{address}/")), client_id: config.client_id, ..Config::default() }
    };
    let other = TestIssuer::start_with(&[&ec], with_slash).await;
    let token = ec.sign(&other.claims(json!({"iss": format!("{address}/")})));
    let refused = person(&other.app, &token).await;
    assert!(
        matches!(refused, Err(TokenError::IssuerUnavailable)),
        "its description names itself without the slash: {refused:?}"
    );
    // With the address of the keys, the metadata is not requested.
    let keys = Some(format!("{address}/keys"));
    let with_jwks =
        TestIssuer::start_with(&[], |config| Config { issuer: Some(format!("{address}/")), jwks: keys, ..config })
            .await;
    assert!(person(&with_jwks.app, &token).await.is_ok());
    let insecure = Some("http://issuer.example/keys".to_owned());
    let insecure = TestIssuer::start_with(&[], |config| Config { jwks: insecure, ..config }).await;
    let token = ec.sign(&insecure.claims(json!({})));
    assert!(matches!(person(&insecure.app, &token).await, Err(TokenError::IssuerUnavailable)));
}

/// A secret that this test knows, in place of the one in the table.
const SECRET: &str = "a secret of this test";

async fn set_secret(issuer: &TestIssuer) {
    issuer.app.identity().guests.set(KeyRing::of(SECRET), issuer.app.now()).await;
}

#[tokio::test]
async fn a_guests_token_is_valid_for_a_week() {
    let issuer = TestIssuer::start(&[]).await;
    set_secret(&issuer).await;
    let room = "k3j9x0a2bc".parse().unwrap();
    let bo = Guest { id: "guest:b1".parse().unwrap(), name: "Bo".parse().unwrap(), room };
    let token = guests::sign(&issuer.app, &bo).await.unwrap();
    issuer.advance(7 * 24 * 3_600 + 4);
    set_secret(&issuer).await;
    assert_eq!(person(&issuer.app, &token).await.unwrap(), Person::Guest(bo));
    issuer.advance(1);
    assert_eq!(rejection(&issuer, &token).await, TokenRejection::Expired);
}

#[tokio::test]
async fn a_link_is_valid_for_one_room_and_its_code() {
    let issuer = TestIssuer::start(&[]).await;
    set_secret(&issuer).await;
    let room = |id: &str, code: &str| -> Room {
        let room = json!({"id": id, "name": "Biology", "creator": "ada", "creatorName": "Ada", "guestsAllowed": true,
            "state": "no_question", "picks": 0, "code": code, "createdAt": "2026-11-20T12:00:00.000Z", "rev": 1});
        serde_json::from_value(room).unwrap()
    };
    let biology = room("k3j9x0a2bc", "ABC234");
    let link = join_links::sign(&issuer.app, &biology).await.unwrap();
    let renamed = Room { name: "Physics".parse().unwrap(), rev: 7, ..biology.clone() };
    for (other, is_valid) in
        [(biology, true), (renamed, true), (room("k3j9x0a2bc", "ABC235"), false), (room("zzzzzzzzzz", "ABC234"), false)]
    {
        assert_eq!(join_links::verify(&issuer.app, &other, &link).await.unwrap(), is_valid, "{other:?}");
    }
    let other_issuer = TestIssuer::start(&[]).await;
    other_issuer.app.identity().guests.set(KeyRing::of("another secret"), other_issuer.app.now()).await;
    let foreign = join_links::sign(&other_issuer.app, &room("k3j9x0a2bc", "ABC234")).await.unwrap();
    assert_ne!(foreign, link);
}

#[tokio::test]
async fn a_guests_token_is_signed_only_by_this_server_for_its_audience() {
    let (rsa, _) = Signer::rsa("r1");
    let issuer = TestIssuer::start(&[&rsa]).await;
    set_secret(&issuer).await;
    let token_with = |changes: Value| {
        let mut claims = json!({
            "iss": "rally", "aud": "rally-guest", "sub": "guest:b1", "name": "Bo", "room": "k3j9x0a2bc",
            "exp": BEGIN + 100,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    let sign = |algorithm, secret: &str, claims: &Value| {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    };
    assert!(person(&issuer.app, &sign(Algorithm::HS256, SECRET, &token_with(json!({})))).await.is_ok());
    for (changes, expected) in [
        (json!({"aud": "rally"}), TokenRejection::Audience),
        (json!({"exp": BEGIN - 5}), TokenRejection::Expired),
        (json!({"exp": null}), TokenRejection::Malformed),
        (json!({"room": "elsewhere"}), TokenRejection::Subject),
        (json!({"name": ""}), TokenRejection::Subject),
    ] {
        let token = sign(Algorithm::HS256, SECRET, &token_with(changes.clone()));
        assert_eq!(rejection(&issuer, &token).await, expected, "{changes}");
    }
    let token = sign(Algorithm::HS256, SECRET, &token_with(json!({})));
    let other_room = encoded(&token_with(json!({"room": "zzzzzzzzzz"})));
    assert_eq!(rejection(&issuer, &with_part(&token, 1, &other_room)).await, TokenRejection::Signature);
    assert_eq!(
        rejection(&issuer, &sign(Algorithm::HS256, "", &token_with(json!({})))).await,
        TokenRejection::Signature
    );
    assert_eq!(
        rejection(&issuer, &sign(Algorithm::HS512, SECRET, &token_with(json!({})))).await,
        TokenRejection::Algorithm
    );
    // The issuer cannot sign guests' tokens, and this server's secret cannot sign members' tokens.
    assert_eq!(rejection(&issuer, &rsa.sign(&token_with(json!({})))).await, TokenRejection::Algorithm);
    let header = Header { kid: Some("r1".to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let member = jsonwebtoken::encode(&header, &issuer.claims(json!({})), &secret).unwrap();
    assert_eq!(rejection(&issuer, &member).await, TokenRejection::Algorithm);
}
