//! The issuer as a site uses it: the whole code flow, rotation, and every error.

mod pages;

use std::collections::HashMap;
use std::time::Duration;

use emulator::data::Storage;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use local::{Local, SignIn};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::*;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Site {
    client: Client,
    origin: String,
}

impl Site {
    fn of(local: &Local) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, origin: format!("http://{}", local.address()) }
    }

    fn request(&self) -> Vec<(&'static str, String)> {
        let redirect = format!("{}/signed-in", self.origin);
        [("client_id", "rally"), ("response_type", "code"), ("scope", "openid"), ("state", "s1"), ("nonce", "n1")]
            .map(|(name, value)| (name, value.to_owned()))
            .into_iter()
            .chain([("redirect_uri", redirect), ("code_challenge", CHALLENGE.to_owned())])
            .chain([("code_challenge_method", "S256".to_owned())])
            .collect()
    }

    async fn authorize(&self, changes: &[(&'static str, &str)]) -> Response {
        let mut query: HashMap<&str, String> = self.request().into_iter().collect();
        query.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let query = form(&query.into_iter().collect::<Vec<_>>());
        self.client.get(format!("{}/oidc/authorize?{query}", self.origin)).send().await.unwrap()
    }

    async fn post(&self, path: &str, fields: &[(&str, String)]) -> Response {
        let request = self.client.post(format!("{}/oidc/{path}", self.origin));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(form(fields)).send().await.unwrap()
    }

    /// Signs in and returns the code.
    async fn code(&self, name: &str, group: &str) -> String {
        let mut fields = self.request();
        fields.extend([("name", name.to_owned()), ("group", group.to_owned())]);
        let answer = self.post("authorize", &fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let query = location(&answer);
        assert_eq!(query["state"], "s1");
        query["code"].clone()
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Response {
        let redirect = format!("{}/signed-in", self.origin);
        let fields = [
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", "rally".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect),
            ("code_verifier", verifier.to_owned()),
        ];
        self.post("token", &fields).await
    }

    async fn refresh(&self, token: &str) -> Response {
        let fields = [
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", "rally".to_owned()),
            ("refresh_token", token.to_owned()),
        ];
        self.post("token", &fields).await
    }

    async fn tokens(&self, name: &str, group: &str) -> Value {
        let code = self.code(name, group).await;
        let answer = self.exchange(&code, VERIFIER).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        self.client.get(format!("{}{path}", self.origin)).send().await.unwrap().json().await.unwrap()
    }

    /// The claims of a token, if the issuer has signed it.
    async fn claims(&self, token: &Value) -> Value {
        let keys: JwkSet = serde_json::from_value(self.get("/oidc/jwks").await).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_aud = false;
        let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
        jsonwebtoken::decode::<Value>(token.as_str().unwrap(), &key, &validation).unwrap().claims
    }
}

fn form(fields: &[(&str, String)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

/// The query of a redirect's address.
fn location(answer: &Response) -> HashMap<String, String> {
    let address = answer.headers()["location"].to_str().unwrap();
    let (_, query) = address.split_once('?').unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn start() -> (Local, Site) {
    let local = Stub::default().start().await;
    let site = Site::of(&local);
    (local, site)
}

#[tokio::test]
async fn a_sign_in_gives_tokens_for_the_person() {
    let (local, site) = start().await;
    let discovery = site.get("/oidc/.well-known/openid-configuration").await;
    assert_eq!(discovery["issuer"], json!(format!("http://{}/oidc", local.address())));
    assert_eq!(discovery["token_endpoint"], json!(format!("{}/oidc/token", site.origin)));

    let page = site.authorize(&[]).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(page.text().await.unwrap().contains("Your name"));

    let tokens = site.tokens("Ada <3", "admin").await;
    let access = site.claims(&tokens["access_token"]).await;
    assert_eq!((&access["name"], &access["token_use"]), (&json!("Ada <3"), &json!("access")));
    assert_eq!((&access["client_id"], &access["cognito:groups"]), (&json!("rally"), &json!(["admin"])));
    let identity = site.claims(&tokens["id_token"]).await;
    assert_eq!((&identity["nonce"], &identity["aud"]), (&json!("n1"), &json!("rally")));
    assert_eq!((&identity["sub"], &identity["iss"]), (&access["sub"], &discovery["issuer"]));
    let second = site.tokens("Ada <3", "").await;
    let second = site.claims(&second["access_token"]).await;
    assert_eq!(second["sub"], access["sub"], "one name is one person");
    assert_eq!(second.get("cognito:groups"), None);
}

#[tokio::test]
async fn a_code_is_valid_once_and_only_for_its_client() {
    let (_local, site) = start().await;
    let stolen = site.code("Ada", "").await;
    let answer = site.exchange(&stolen, "another-verifier-another-verifier-another-v").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"], "invalid_grant");
    assert_eq!(site.exchange(&stolen, VERIFIER).await.status(), StatusCode::BAD_REQUEST);

    let code = site.code("Ada", "").await;
    let tokens: Value = site.exchange(&code, VERIFIER).await.json().await.unwrap();
    assert_eq!(site.exchange(&code, VERIFIER).await.status(), StatusCode::BAD_REQUEST);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(site.refresh(refresh).await.status(), StatusCode::BAD_REQUEST, "what a stolen code gave is taken back");
}

#[tokio::test]
async fn two_pages_that_renew_concurrently_stay_signed_in() {
    let (_local, site) = start().await;
    let tokens = site.tokens("Ada", "").await;
    assert_eq!((&tokens["scope"], &tokens["expires_in"]), (&json!("openid"), &json!(3600)));
    let renew = async |token: &Value| {
        let answer = site.refresh(token.as_str().unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.unwrap()["refresh_token"].clone()
    };
    let first = &tokens["refresh_token"];
    let (one, other) = tokio::join!(renew(first), renew(first));
    assert_ne!(one, other);
    renew(&one).await;
    renew(&other).await;
}

#[tokio::test]
async fn a_foreign_redirect_address_is_rejected() {
    let (_local, site) = start().await;
    for change in [("redirect_uri", "https://example.org/signed-in"), ("client_id", "other")] {
        let answer = site.authorize(&[change]).await;
        assert_eq!((answer.status(), answer.headers().get("location")), (StatusCode::BAD_REQUEST, None));
    }
    let answer = site.authorize(&[("code_challenge_method", "plain")]).await;
    assert_eq!((answer.status(), location(&answer)["error"].as_str()), (StatusCode::SEE_OTHER, "invalid_request"));
    let answer = site.client.get(format!("{}/oidc/logout?logout_uri=https://example.org/", site.origin)).send();
    assert_eq!(answer.await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_invalid_name_is_rejected_and_stays_in_the_form() {
    let (_local, site) = start().await;
    for (name, expected) in [("  ", "Type a name."), (&"x".repeat(81), "at most 80"), ("a\nb", "one line")] {
        let mut fields = site.request();
        fields.push(("name", name.to_owned()));
        let answer = site.post("authorize", &fields).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(answer.text().await.unwrap().contains(expected), "{name}");
    }
}

#[tokio::test]
async fn another_machine_and_another_site_are_denied() {
    let (_local, site) = start().await;
    let discovery = format!("{}/oidc/.well-known/openid-configuration", site.origin);
    let foreign = site.client.get(&discovery).header("host", "rally.example.org").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let fields = site.request();
    let request = site.client.post(format!("{}/oidc/authorize", site.origin)).header("origin", "https://example.org");
    assert_eq!(request.body(form(&fields)).send().await.unwrap().status(), StatusCode::FORBIDDEN);

    let mut open = Stub::default();
    open.settings.sign_in = SignIn::Own { open: true, lifetime: Duration::from_secs(60) };
    let local = open.start().await;
    let site = Site::of(&local);
    let discovery = format!("{}/oidc/.well-known/openid-configuration", site.origin);
    let foreign = site.client.get(&discovery).header("host", "rally.example.org").send().await.unwrap();
    let document: Value = foreign.json().await.unwrap();
    assert_eq!(document["token_endpoint"], "http://rally.example.org/oidc/token");
}

#[tokio::test]
async fn a_sign_in_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let stub = || {
        let mut stub = Stub::default();
        stub.settings.storage = Storage::Directory(directory.path().to_owned());
        stub
    };
    let local = stub().start().await;
    let before = Site::of(&local);
    let tokens = before.tokens("Ada", "").await;
    let keys = before.get("/oidc/jwks").await;
    local.shutdown().await;

    let local = stub().start().await;
    let after = Site::of(&local);
    assert_eq!(after.get("/oidc/jwks").await, keys);
    let answer = after.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    let renewed: Value = answer.json().await.unwrap();
    assert_eq!(after.claims(&renewed["access_token"]).await["name"], "Ada");
    for file in ["issuer-key.pem", "issuer-grants.json"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(directory.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} is readable only by its owner");
        let text = std::fs::read_to_string(directory.path().join(file)).unwrap();
        assert!(!text.contains(tokens["refresh_token"].as_str().unwrap().split('.').nth(1).unwrap()));
    }
}

#[tokio::test]
async fn signing_out_ends_the_tokens_and_the_session_of_the_page() {
    let (_local, site) = start().await;
    let mut fields = site.request();
    fields.push(("name", "Ada".to_owned()));
    let answer = site.post("authorize", &fields).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let code = location(&answer)["code"].clone();
    let tokens: Value = site.exchange(&code, VERIFIER).await.json().await.unwrap();
    let ask = async |cookie: &str| {
        let query = form(&[site.request(), vec![("prompt", "none".to_owned())]].concat());
        let request = site.client.get(format!("{}/oidc/authorize?{query}", site.origin)).header("cookie", cookie);
        location(&request.send().await.unwrap())
    };
    assert!(ask(&cookie).await.contains_key("code"), "a signed-in user is not prompted");

    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(site.post("revoke", &[("token", refresh.clone())]).await.status(), StatusCode::OK);
    assert_eq!(site.refresh(&refresh).await.status(), StatusCode::BAD_REQUEST);
    let logout = format!("{}/oidc/logout?post_logout_redirect_uri={0}/", site.origin);
    let answer = site.client.get(logout).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(answer.headers()["location"].to_str().unwrap(), format!("{}/", site.origin));
    assert_eq!(ask(&cookie).await["error"], "login_required");
}

#[tokio::test]
async fn the_sites_settings_name_the_issuer() {
    let (_local, site) = start().await;
    let settings = site.get("/config.json").await;
    assert_eq!((&settings["issuer"], &settings["clientId"]), (&json!("/oidc"), &json!("rally")));

    let mut other = Stub::default();
    let issuer = "https://login.example.org/realm".to_owned();
    other.settings.sign_in = SignIn::Other { issuer, client_id: "site".to_owned() };
    let local = other.start().await;
    let site = Site::of(&local);
    let answer = site.client.get(format!("{}/config.json", site.origin)).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("connect-src 'self' https://login.example.org;"), "{policy}");
    let settings: Value = answer.json().await.unwrap();
    assert_eq!(settings["issuer"], "https://login.example.org/realm");
    let page = site.client.get(format!("{}/oidc/jwks", site.origin)).send().await.unwrap();
    assert_ne!(page.headers().get("content-type").map(|kind| kind.as_bytes()), Some(b"application/json".as_slice()));
}
