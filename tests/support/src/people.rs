//! People who are signed in: through the server's own issuer, by the code flow with PKCE, as on the site.

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::Value;

use crate::api::Api;
use crate::server::Server;
use crate::socket::Socket;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A person: a member, or a room's guest.
pub struct Person {
    /// Their id.
    pub id: String,
    /// The token for `authorization: Bearer …`.
    pub token: String,
    /// The API with this person's token.
    pub api: Api,
    /// The address of live connections.
    live: String,
}

impl Person {
    /// A ticket for a live connection.
    pub async fn ticket(&self) -> String {
        let response = self.api.call(reqwest::Method::POST, "/v1/live/tickets").await;
        assert_eq!(response.status, 201, "{}", response.body);
        response.body["data"]["ticket"].as_str().expect("a ticket").to_owned()
    }

    /// A live connection of this person.
    pub async fn socket(&self) -> Socket {
        let address = format!("{}?ticket={}", self.live, self.ticket().await);
        Socket::open(&address).await.expect("the handshake is accepted")
    }
}

impl Server {
    /// A member with this name.
    pub async fn member(&self, name: &str) -> Person {
        self.sign_in(name, "").await
    }

    /// The same, in the group `admin`.
    pub async fn admin(&self, name: &str) -> Person {
        self.sign_in(name, "admin").await
    }

    /// The same, in the group `staff`.
    pub async fn staff(&self, name: &str) -> Person {
        self.sign_in(name, "staff").await
    }

    async fn sign_in(&self, name: &str, group: &str) -> Person {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        let redirect = format!("{}/signed-in", self.address());
        let (id, form, exchange, who) = match self.deployment() {
            None => {
                ("rally", "/oidc/authorize", "/oidc/token", [("name", name.to_owned()), ("group", group.to_owned())])
            }
            Some(deployment) => (deployment.client(), "/login", "/oauth2/token", deployment.credentials(name)),
        };
        let fields = [
            ("client_id", id),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", &redirect),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            (who[0].0, &who[0].1),
            (who[1].0, &who[1].1),
        ];
        let response = client.post(format!("{}{form}", self.address())).form(&fields).send().await;
        let response = response.expect("the issuer answers");
        let Some(address) = response.headers().get("location") else {
            panic!("{name} is not let in: {} {}", response.status(), response.text().await.unwrap_or_default())
        };
        let address = address.to_str().expect("it leads back").to_owned();
        let code = address.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).expect("a code").to_owned();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", id),
            ("code", &code),
            ("redirect_uri", &redirect),
            ("code_verifier", VERIFIER),
        ];
        let response = client.post(format!("{}{exchange}", self.address())).form(&fields).send().await;
        let tokens: Value = response.expect("the issuer answers").json().await.expect("tokens");
        let token = tokens["access_token"].as_str().unwrap_or_else(|| panic!("an access token: {tokens}"));
        self.person(token).await
    }

    /// Revokes a refresh token, without the knowledge of the client that has it.
    pub async fn revoke(&self, token: &Value) {
        let fields = [("token", token.as_str().expect("a refresh token")), ("client_id", "rally")];
        let response = Client::new().post(format!("{}/oidc/revoke", self.address())).form(&fields).send().await;
        assert_eq!(response.expect("the issuer answers").status(), 200);
    }

    /// The person with this token.
    pub(crate) async fn person(&self, token: &str) -> Person {
        let api = self.api().with_bearer(token);
        let me = api.call(reqwest::Method::GET, "/v1/me").await;
        let id = me.body["data"]["person"]["id"].as_str().unwrap_or_else(|| panic!("who it is: {}", me.body));
        Person { id: id.to_owned(), token: token.to_owned(), api, live: self.live_address("") }
    }
}
