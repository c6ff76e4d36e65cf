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
use crate::identity::testing::{BEGIN, Office, Signer};
use crate::identity::*;

/// The person of this token.
async fn person(app: &App, token: &str) -> Result<Person, TokenError> {
    verify(app, token).await.map(|identified| identified.person)
}

/// Why the token is rejected.
async fn flaw(office: &Office, token: &str) -> Flaw {
    match person(&office.app, token).await {
        Err(TokenError::Refused(flaw)) => flaw,
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
async fn a_member_is_who_the_issuer_says_by_either_algorithm() {
    let (rsa, _) = Signer::rsa("r1");
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&rsa, &ec]).await;
    for signer in [&rsa, &ec] {
        let token = signer.sign(&office.claims(json!({"cognito:groups": ["admin"]})));
        let Person::Member(ada) = person(&office.app, &token).await.unwrap() else { panic!("a member was expected") };
        assert_eq!((ada.id.as_str(), ada.name.as_str(), ada.is_admin), ("ada-1", "Ada", true));
    }
    assert_eq!(office.asked(), 1);
}

/// Like Cognito's access tokens: only the profile has the name, and it is requested once an hour.
#[tokio::test]
async fn a_token_without_a_name_is_called_as_the_profile_says() {
    let ec = Signer::ec("e1", 1);
    let with_profiles = |config: Config| Config {
        userinfo: config.issuer.as_ref().map(|issuer| format!("{issuer}/userinfo")),
        ..config
    };
    let name = async |office: &Office, claims: Value| match person(&office.app, &ec.sign(&claims)).await.unwrap() {
        Person::Member(member) => member.name.to_string(),
        Person::Guest(guest) => panic!("a member was expected: {guest:?}"),
    };
    let office = Office::start_with(&[&ec], with_profiles).await;
    let nameless = |office: &Office| {
        let mut claims = office.claims(json!({"username": "4d8c-11ec"}));
        claims.as_object_mut().unwrap().remove("name");
        claims
    };
    for _ in 0..3 {
        assert_eq!(name(&office, nameless(&office)).await, "Ada Lovelace");
    }
    assert_eq!(office.profiles(), 1);
    assert_eq!(name(&office, office.claims(json!({}))).await, "Ada", "who has a name in the token needs no profile");
    let silent = Office::start_with(&[&ec], with_profiles).await;
    assert_eq!(name(&silent, silent.claims(json!({}))).await, "Ada", "the keys are here from now on");
    silent.set_down(true);
    assert_eq!(name(&silent, nameless(&silent)).await, "4d8c-11ec", "nobody is kept out for want of a profile");
    silent.set_down(false);
    silent.pass(61);
    assert_eq!(name(&silent, nameless(&silent)).await, "Ada Lovelace");
    assert_eq!(
        name(&silent, {
            let mut other = nameless(&silent);
            other["sub"] = json!("bob-1");
            other
        })
        .await,
        "4d8c-11ec",
        "another's profile is not believed"
    );
}

#[tokio::test]
async fn what_the_issuer_did_not_say_to_us_now_is_refused() {
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&ec]).await;
    let said = |changes| ec.sign(&office.claims(changes));
    for (changes, precondition) in [
        (json!({"exp": BEGIN - 5}), Flaw::Expired),
        (json!({"nbf": BEGIN + 6}), Flaw::Early),
        (json!({"iss": "https://other.example"}), Flaw::Issuer),
        (json!({"iss": 7}), Flaw::Malformed),
        (json!({"client_id": "another-site"}), Flaw::Audience),
        (json!({"token_use": "id", "aud": "rally-site"}), Flaw::NoAccess),
        (json!({"sub": "a b"}), Flaw::Subject),
    ] {
        assert_eq!(flaw(&office, &said(changes.clone())).await, precondition, "{changes}");
    }
    assert!(person(&office.app, &said(json!({"exp": BEGIN - 4}))).await.is_ok(), "five seconds for another clock");
    office.pass(3_605);
    assert_eq!(flaw(&office, &said(json!({}))).await, Flaw::Expired);
}

#[tokio::test]
async fn an_id_token_is_refused_and_an_access_token_of_another_issuer_is_not() {
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&ec]).await;
    let said = |changes: Value| {
        let mut claims = office.claims(json!({"aud": "rally-site"}));
        for name in ["token_use", "client_id"] {
            claims.as_object_mut().unwrap().remove(name);
        }
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        ec.sign(&claims)
    };
    assert!(person(&office.app, &said(json!({"scope": "openid"}))).await.is_ok());
    for of_identity in [json!({}), json!({"scope": "openid", "nonce": "n"}), json!({"client_id": "x", "at_hash": "h"})]
    {
        assert_eq!(flaw(&office, &said(of_identity.clone())).await, Flaw::NoAccess, "{of_identity}");
    }
}

#[tokio::test]
async fn who_has_signed_out_everywhere_has_to_sign_in_again() {
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&ec]).await;
    let token = |changes: Value| ec.sign(&office.claims(changes));
    let old = token(json!({}));
    assert!(person(&office.app, &old).await.is_ok());
    sign_outs::note(&office.app, &"ada-1".parse().unwrap(), office.app.now());
    assert_eq!(flaw(&office, &old).await, Flaw::SignedOut);
    office.pass(1);
    assert!(person(&office.app, &token(json!({"iat": BEGIN + 1}))).await.is_ok(), "signed in since");
    let renewed = token(json!({"iat": BEGIN + 1, "auth_time": BEGIN - 100}));
    assert_eq!(flaw(&office, &renewed).await, Flaw::SignedOut, "a renewed token is of the old sign-in");
    let undated = {
        let mut claims = office.claims(json!({}));
        claims.as_object_mut().unwrap().remove("iat");
        ec.sign(&claims)
    };
    assert_eq!(flaw(&office, &undated).await, Flaw::SignedOut, "nobody knows from when it is");
    assert!(person(&office.app, &token(json!({"sub": "bob-1"}))).await.is_ok(), "another is another");
}

#[tokio::test]
async fn what_somebody_changed_or_made_up_is_refused() {
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&ec]).await;
    let token = ec.sign(&office.claims(json!({})));
    let admin = encoded(&office.claims(json!({"cognito:groups": ["admin"]})));
    assert_eq!(flaw(&office, &with_part(&token, 1, &admin)).await, Flaw::Signature);
    assert_eq!(flaw(&office, &with_part(&token, 2, "")).await, Flaw::Signature);
    assert_eq!(flaw(&office, &Signer::ec("e1", 2).sign(&office.claims(json!({})))).await, Flaw::Signature);
    assert_eq!(flaw(&office, &Signer::ec("e2", 2).sign(&office.claims(json!({})))).await, Flaw::Key);
    let nameless = with_part(&token, 0, &encoded(&json!({"alg": "ES256", "typ": "JWT"})));
    assert_eq!(flaw(&office, &nameless).await, Flaw::Key);
    let extended = with_part(&token, 0, &encoded(&json!({"alg": "ES256", "kid": "e1", "crit": ["b64"], "b64": false})));
    assert_eq!(flaw(&office, &extended).await, Flaw::Malformed);
    for odd in ["", "x", "a.b.c", "..", &token[1..], &format!("{token}.x"), "ey\u{e4}.ey.x"] {
        assert_eq!(flaw(&office, odd).await, Flaw::Malformed, "{odd}");
    }
}

#[tokio::test]
async fn a_header_does_not_choose_how_it_is_verified() {
    let (rsa, pem) = Signer::rsa("r1");
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&rsa, &ec]).await;
    let claims = office.claims(json!({"cognito:groups": ["admin"]}));
    for none in ["none", "None", "NONE"] {
        let header = encoded(&json!({"alg": none, "kid": "r1"}));
        assert_eq!(flaw(&office, &format!("{header}.{}.", encoded(&claims))).await, Flaw::Malformed);
    }
    // A public key must not be accepted as a symmetric secret.
    for key in [pem.as_bytes(), pem.trim().as_bytes()] {
        let header = Header { kid: Some("r1".to_owned()), ..Header::new(Algorithm::HS256) };
        let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key)).unwrap();
        assert_eq!(flaw(&office, &forged).await, Flaw::Algorithm);
    }
    // A key must not be used with an algorithm of another key, nor with another algorithm of its own type.
    for (algorithm, name) in [("RS256", "e1"), ("ES256", "r1"), ("PS256", "r1"), ("RS512", "r1"), ("ES384", "e1")] {
        let token = with_part(&ec.sign(&claims), 0, &encoded(&json!({"alg": algorithm, "kid": name})));
        assert_eq!(flaw(&office, &token).await, Flaw::Algorithm, "{algorithm} with {name}");
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_and_forged_names_do_not_make_us_hammer_the_issuer() {
    let (old, new) = (Signer::ec("e1", 1), Signer::ec("e2", 2));
    let office = Office::start(&[&old]).await;
    let (by_old, by_new) = (old.sign(&office.claims(json!({}))), new.sign(&office.claims(json!({}))));
    assert!(person(&office.app, &by_old).await.is_ok());
    office.publish(&[&old, &new]);
    for seconds in [0, 29] {
        office.pass(seconds);
        assert_eq!(flaw(&office, &by_new).await, Flaw::Key);
        assert_eq!(office.asked(), 1);
    }
    office.pass(1);
    assert!(person(&office.app, &by_new).await.is_ok());
    for number in 0..50 {
        let forged = Signer::ec(&format!("forged-{number}"), 3).sign(&office.claims(json!({})));
        assert_eq!(flaw(&office, &forged).await, Flaw::Key);
    }
    assert_eq!(office.asked(), 2);
    // A key that the issuer has withdrawn is invalid within an hour.
    office.publish(&[&new]);
    office.pass(3_569);
    assert!(person(&office.app, &by_old).await.is_ok());
    office.pass(31);
    let by_old = old.sign(&office.claims(json!({"exp": BEGIN + 9_999})));
    assert_eq!(flaw(&office, &by_old).await, Flaw::Key);
}

#[tokio::test]
async fn a_token_of_anybody_else_asks_nobody() {
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&ec]).await;
    assert_eq!(flaw(&office, &ec.sign(&json!({"iss": "https://other.example"}))).await, Flaw::Issuer);
    assert_eq!(office.asked(), 0);
    let nobody = Office::start_with(&[&ec], |_| Config::default()).await;
    assert_eq!(flaw(&nobody, &ec.sign(&nobody.claims(json!({})))).await, Flaw::Issuer, "there is no issuer at all");
}

#[tokio::test]
async fn all_who_wait_for_the_keys_share_one_question() {
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&ec]).await;
    let token = ec.sign(&office.claims(json!({})));
    let all = join_all((0..50).map(|_| person(&office.app, &token))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(office.asked(), 1);
}

#[tokio::test]
async fn an_issuer_out_of_reach_is_no_fault_of_the_token() {
    let ec = Signer::ec("e1", 1);
    let office = Office::start(&[&ec]).await;
    let token = ec.sign(&office.claims(json!({"exp": BEGIN + 99_999})));
    office.set_down(true);
    let all = join_all((0..10).map(|_| person(&office.app, &token))).await;
    assert!(all.iter().all(|one| matches!(one, Err(TokenError::OutOfReach))), "{all:?}");
    assert_eq!(office.asked(), 1, "all share what came of one question");
    office.set_down(false);
    office.pass(1);
    assert!(person(&office.app, &token).await.is_ok(), "it is asked again soon while nobody can come in");
    // Members with a known key stay signed in while the issuer is not available.
    office.set_down(true);
    office.pass(3_600);
    assert!(person(&office.app, &token).await.is_ok());
    office.pass(23 * 3_600);
    assert!(matches!(person(&office.app, &token).await, Err(TokenError::OutOfReach)), "but not for ever");
}

#[tokio::test]
async fn an_issuer_that_is_another_or_not_there_is_out_of_reach() {
    let ec = Signer::ec("e1", 1);
    let mut address = String::new();
    let with_slash = |config: Config| {
        address = config.issuer.unwrap();
        Config { issuer: Some(format!("{address}/")), client_id: config.client_id, ..Config::default() }
    };
    let other = Office::start_with(&[&ec], with_slash).await;
    let token = ec.sign(&other.claims(json!({"iss": format!("{address}/")})));
    let refused = person(&other.app, &token).await;
    assert!(
        matches!(refused, Err(TokenError::OutOfReach)),
        "its description names itself without the slash: {refused:?}"
    );
    // With the address of the keys, the metadata is not requested.
    let keys = Some(format!("{address}/keys"));
    let told =
        Office::start_with(&[], |config| Config { issuer: Some(format!("{address}/")), jwks: keys, ..config }).await;
    assert!(person(&told.app, &token).await.is_ok());
    let insecure = Some("http://issuer.example/keys".to_owned());
    let insecure = Office::start_with(&[], |config| Config { jwks: insecure, ..config }).await;
    let token = ec.sign(&insecure.claims(json!({})));
    assert!(matches!(person(&insecure.app, &token).await, Err(TokenError::OutOfReach)));
}

/// A secret that this test knows, in place of the one in the table.
const SECRET: &str = "a secret of this test";

async fn knows_its_secret(office: &Office) {
    office.app.identity().guests.set(KeyRing::of(SECRET), office.app.now()).await;
}

#[tokio::test]
async fn a_guest_is_who_we_said_for_a_week() {
    let office = Office::start(&[]).await;
    knows_its_secret(&office).await;
    let room = "k3j9x0a2bc".parse().unwrap();
    let bo = Guest { id: "guest:b1".parse().unwrap(), name: "Bo".parse().unwrap(), room };
    let token = guests::sign(&office.app, &bo).await.unwrap();
    office.pass(7 * 24 * 3_600 + 4);
    knows_its_secret(&office).await;
    assert_eq!(person(&office.app, &token).await.unwrap(), Person::Guest(bo));
    office.pass(1);
    assert_eq!(flaw(&office, &token).await, Flaw::Expired);
}

#[tokio::test]
async fn a_link_leads_into_one_room_as_long_as_its_code_does() {
    let office = Office::start(&[]).await;
    knows_its_secret(&office).await;
    let room = |id: &str, code: &str| -> Room {
        let room = json!({"id": id, "name": "Biology", "creator": "ada", "creatorName": "Ada", "guestsAllowed": true,
            "state": "no_question", "picks": 0, "code": code, "createdAt": "2026-11-20T12:00:00.000Z", "rev": 1});
        serde_json::from_value(room).unwrap()
    };
    let here = room("k3j9x0a2bc", "ABC234");
    let link = join_links::sign(&office.app, &here).await.unwrap();
    let renamed = Room { name: "Physics".parse().unwrap(), rev: 7, ..here.clone() };
    for (other, leads_there) in
        [(here, true), (renamed, true), (room("k3j9x0a2bc", "ABC235"), false), (room("zzzzzzzzzz", "ABC234"), false)]
    {
        assert_eq!(join_links::verify(&office.app, &other, &link).await.unwrap(), leads_there, "{other:?}");
    }
    let elsewhere = Office::start(&[]).await;
    elsewhere.app.identity().guests.set(KeyRing::of("another secret"), elsewhere.app.now()).await;
    let foreign = join_links::sign(&elsewhere.app, &room("k3j9x0a2bc", "ABC234")).await.unwrap();
    assert_ne!(foreign, link);
}

#[tokio::test]
async fn a_guests_token_is_ours_alone_and_made_for_it() {
    let (rsa, _) = Signer::rsa("r1");
    let office = Office::start(&[&rsa]).await;
    knows_its_secret(&office).await;
    let said = |changes: Value| {
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
    assert!(person(&office.app, &sign(Algorithm::HS256, SECRET, &said(json!({})))).await.is_ok());
    for (changes, precondition) in [
        (json!({"aud": "rally"}), Flaw::Audience),
        (json!({"exp": BEGIN - 5}), Flaw::Expired),
        (json!({"exp": null}), Flaw::Malformed),
        (json!({"room": "elsewhere"}), Flaw::Subject),
        (json!({"name": ""}), Flaw::Subject),
    ] {
        let token = sign(Algorithm::HS256, SECRET, &said(changes.clone()));
        assert_eq!(flaw(&office, &token).await, precondition, "{changes}");
    }
    let token = sign(Algorithm::HS256, SECRET, &said(json!({})));
    let other_room = encoded(&said(json!({"room": "zzzzzzzzzz"})));
    assert_eq!(flaw(&office, &with_part(&token, 1, &other_room)).await, Flaw::Signature);
    assert_eq!(flaw(&office, &sign(Algorithm::HS256, "", &said(json!({})))).await, Flaw::Signature);
    assert_eq!(flaw(&office, &sign(Algorithm::HS512, SECRET, &said(json!({})))).await, Flaw::Algorithm);
    // The issuer cannot sign guests' tokens, and this server's secret cannot sign members' tokens.
    assert_eq!(flaw(&office, &rsa.sign(&said(json!({})))).await, Flaw::Algorithm);
    let header = Header { kid: Some("r1".to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let member = jsonwebtoken::encode(&header, &office.claims(json!({})), &secret).unwrap();
    assert_eq!(flaw(&office, &member).await, Flaw::Algorithm);
}
