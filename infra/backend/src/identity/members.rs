//! What an access token must say to be a member's. Never knows a route.

use domain::person::{Member, PersonId, PersonName};
use domain::time::Timestamp;

use super::claims::{self, Claims};
use super::{Flaw, TokenError, guests};
use crate::App;
use crate::config::Config;
use crate::notify::plan::SLACK_PREFIX;
use crate::transport::http::VISITOR_PREFIX;

/// A name is cut to so many characters.
const NAME_LENGTH: usize = 80;

/// Where a name is looked for, the best first; Cognito's own last.
const NAMES: [&str; 4] = ["name", "preferred_username", "username", "cognito:username"];

/// Those that somebody is called by. The others are what the issuer has when it knows none, so its profile is asked.
const OWN_NAMES: [&str; 2] = [NAMES[0], NAMES[1]];

/// Where groups stand: Cognito's claim, and that of others.
const GROUPS: [&str; 2] = ["cognito:groups", "groups"];

/// Of more groups than this nobody is: those beyond are not known.
const GROUPS_KEPT: usize = 100;

/// What the ids begin with that are ours to give: no issuer's are believed.
const OURS: [&str; 3] = [guests::ID_PREFIX, VISITOR_PREFIX, SLACK_PREFIX];

/// The member who shows this token, which says that it is our issuer's.
pub(super) async fn verify(app: &App, token: &str) -> Result<Member, TokenError> {
    let name = claims::unverified_header(token)?.kid.ok_or(Flaw::Key)?;
    let key = app.identity().keys.find(app, &name).await?.ok_or(Flaw::Key)?;
    let claims = Claims::verified(token, &key.decoding, key.algorithm)?;
    let member = member(app.config(), &claims, app.now())?;
    if OWN_NAMES.iter().any(|name| claims.has(name)) {
        return Ok(member);
    }
    let name = app.identity().profiles.name_of(app, &member.id, token).await;
    Ok(Member { name: name.unwrap_or(member.name), ..member })
}

fn member(config: &Config, claims: &Claims, now: Timestamp) -> Result<Member, Flaw> {
    let issuer = claims.text("iss");
    if issuer.is_none() || issuer != config.issuer.as_deref() {
        return Err(Flaw::Issuer);
    }
    claims.check_time(now)?;
    check_audience(config, claims)?;
    let id: PersonId = claims.text("sub").and_then(|sub| sub.parse().ok()).ok_or(Flaw::Subject)?;
    if OURS.iter().any(|prefix| id.as_str().starts_with(prefix)) {
        return Err(Flaw::Subject);
    }
    let name = NAMES.iter().filter_map(|name| claims.text(name)).find_map(shortened);
    let name = name.or_else(|| shortened(id.as_str())).ok_or(Flaw::Subject)?;
    let groups: Vec<String> = GROUPS.iter().flat_map(|name| claims.texts(name)).take(GROUPS_KEPT).collect();
    let is_admin = groups.contains(&config.admin_group);
    Ok(Member { id, name, is_admin, groups })
}

/// Cognito says what a token is for (`token_use`) and names the application in `client_id`. Other issuers say neither: of
/// theirs the audience must be us (RFC 9068, section 4).
fn check_audience(config: &Config, claims: &Claims) -> Result<(), Flaw> {
    let says_its_use = claims.has("token_use");
    if says_its_use && claims.text("token_use") != Some("access") {
        return Err(Flaw::NoAccess);
    }
    let client = config.client_id.as_str();
    let named = claims.holds("aud", client) || (says_its_use && claims.text("client_id") == Some(client));
    if named && !client.is_empty() { Ok(()) } else { Err(Flaw::Audience) }
}

/// A name as people can be called by it; nothing if nothing of it is left.
pub(super) fn shortened(text: &str) -> Option<PersonName> {
    let line: String = text.chars().filter(|character| !character.is_control()).collect();
    let short: String = line.trim().chars().take(NAME_LENGTH).collect();
    short.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn config() -> Config {
        let issuer = Some("https://issuer.example".to_owned());
        Config { issuer, client_id: "rally-site".to_owned(), ..Config::default() }
    }

    /// What Cognito's access tokens say, with `changes`; `null` takes a claim away.
    fn read(changes: Value) -> Result<Member, Flaw> {
        let mut claims = json!({
            "iss": "https://issuer.example", "sub": "4d8c-11ec", "exp": 2_000, "token_use": "access",
            "client_id": "rally-site", "username": "ada",
        });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        member(&config(), &Claims::from(claims), Timestamp::from_milliseconds(1_000_000))
    }

    #[test]
    fn an_access_token_is_a_members() {
        let ada = read(json!({})).unwrap();
        assert_eq!((ada.id.as_str(), ada.name.as_str(), ada.is_admin), ("4d8c-11ec", "ada", false));
    }

    #[test]
    fn what_is_not_for_us_is_refused() {
        let flaw = |changes| read(changes).unwrap_err();
        assert_eq!(flaw(json!({"iss": "https://other.example"})), Flaw::Issuer);
        assert_eq!(flaw(json!({"iss": null})), Flaw::Issuer);
        assert_eq!(flaw(json!({"exp": 900})), Flaw::Expired);
        assert_eq!(flaw(json!({"nbf": 1_100})), Flaw::Early);
        assert_eq!(flaw(json!({"token_use": "id", "aud": "rally-site"})), Flaw::NoAccess);
        assert_eq!(flaw(json!({"token_use": ["access"]})), Flaw::NoAccess);
        assert_eq!(flaw(json!({"client_id": "other"})), Flaw::Audience);
        assert_eq!(flaw(json!({"client_id": null})), Flaw::Audience);
        for odd in
            [json!(null), json!(7), json!(""), json!("a/b"), json!("guest:abc"), json!("visitor:x"), json!("slack:T:U")]
        {
            assert_eq!(flaw(json!({"sub": odd})), Flaw::Subject, "{odd}");
        }
    }

    #[test]
    fn another_issuers_token_must_name_us_as_its_audience() {
        let with = |aud: Value| read(json!({"token_use": null, "aud": aud}));
        assert!(with(json!("rally-site")).is_ok() && with(json!(["account", "rally-site"])).is_ok());
        assert_eq!(with(json!("account")), Err(Flaw::Audience));
        assert_eq!(with(json!(null)), Err(Flaw::Audience), "whatever its client_id says");
    }

    #[test]
    fn without_a_client_id_of_ours_nobody_is_a_member() {
        let claims = json!({
            "iss": "https://issuer.example", "sub": "a", "exp": 2_000, "token_use": "access", "client_id": "", "aud": "",
        });
        let config = Config { client_id: String::new(), ..config() };
        assert_eq!(member(&config, &Claims::from(claims), Timestamp::default()), Err(Flaw::Audience));
    }

    #[test]
    fn a_group_makes_an_admin() {
        assert!(read(json!({"cognito:groups": ["staff", "admin"]})).unwrap().is_admin);
        assert_eq!(read(json!({"cognito:groups": ["staff", "admin"]})).unwrap().groups, ["staff", "admin"]);
        assert!(read(json!({"groups": ["admin"]})).unwrap().is_admin);
        assert!(!read(json!({"cognito:groups": ["administrators"], "groups": 7})).unwrap().is_admin);
    }

    #[test]
    fn a_name_is_the_best_that_there_is() {
        let name = |changes| read(changes).unwrap().name.to_string();
        assert_eq!(name(json!({"name": "Ada Lovelace", "preferred_username": "al"})), "Ada Lovelace");
        assert_eq!(name(json!({"name": " \n", "preferred_username": "al"})), "al");
        assert_eq!(name(json!({"username": null, "cognito:username": "ada1"})), "ada1");
        assert_eq!(name(json!({"username": null})), "4d8c-11ec");
        assert_eq!(name(json!({"name": "A\u{7}da\nL"})), "AdaL");
        assert_eq!(name(json!({"name": format!("{}é", "x".repeat(79))})).chars().count(), 80);
        assert_eq!(name(json!({"name": "é".repeat(200)})), "é".repeat(80));
        assert_eq!(name(json!({"username": null, "sub": "s".repeat(128)})), "s".repeat(80));
    }
}
