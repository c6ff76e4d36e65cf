//! The issuer's pages in a browser: continuing as the signed-in person, signing out, and clients that are denied.

use super::*;

/// A browser with the issuer's cookie.
struct Browser<'a> {
    site: &'a Site,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn signed_in(site: &'a Site, name: &str) -> Self {
        let mut fields = site.request();
        fields.push(("name", name.to_owned()));
        let answer = site.post("authorize", &fields).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.ends_with("; Path=/oidc; HttpOnly; SameSite=Lax"), "{cookie}");
        Self { site, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    async fn page(&self, prompt: &str) -> String {
        let query = form(&[self.site.request(), vec![("prompt", prompt.to_owned())]].concat());
        let request = self.site.client.get(format!("{}/oidc/authorize?{query}", self.site.origin));
        request.header("cookie", &self.cookie).send().await.unwrap().text().await.unwrap()
    }

    async fn go_on(&self, prompt: &str) -> Response {
        let more = [("known", "yes".to_owned()), ("prompt", prompt.to_owned())];
        let body = form(&[self.site.request(), more.to_vec()].concat());
        let request = self.site.client.post(format!("{}/oidc/authorize", self.site.origin)).body(body);
        request.header("cookie", &self.cookie).header("origin", &self.site.origin).send().await.unwrap()
    }

    async fn logout(&self, query: &str) -> Response {
        let request = self.site.client.get(format!("{}/oidc/logout?{query}", self.site.origin));
        request.header("cookie", &self.cookie).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_signed_in_user_continues_with_one_click_unless_prompt_is_login() {
    let (_local, site) = start().await;
    let browser = Browser::signed_in(&site, "Ada <3").await;
    let page = browser.page("").await;
    let (go_on, ask) = (page.find("Go on as Ada &lt;3").unwrap(), page.find("Your name").unwrap());
    assert!(go_on < ask && page.contains("value=\"Ada &lt;3\""), "{page}");
    let code = location(&browser.go_on("").await)["code"].clone();
    let tokens: Value = site.exchange(&code, VERIFIER).await.json().await.unwrap();
    assert_eq!(site.claims(&tokens["id_token"]).await["name"], "Ada <3");

    assert!(!browser.page("login").await.contains("Go on as"));
    assert_eq!(browser.go_on("login").await.status(), StatusCode::BAD_REQUEST);
    let stranger = Browser { site: &site, cookie: "rally_issuer=unknown".to_owned() };
    assert!(!stranger.page("").await.contains("Go on as"));
    let answer = stranger.go_on("").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(answer.text().await.unwrap().contains("not signed in here any more"));
}

#[tokio::test]
async fn a_contradictory_request_is_an_error() {
    let (_local, site) = start().await;
    let query = form(&[site.request(), vec![("client_id", "rally".to_owned())]].concat());
    let answer = site.client.get(format!("{}/oidc/authorize?{query}", site.origin)).send().await.unwrap();
    assert_eq!((answer.status(), answer.headers().get("location")), (StatusCode::BAD_REQUEST, None));
    let twice = [("client_id", "rally".to_owned()), ("client_id", "rally".to_owned())];
    let answer = site.post("token", &twice).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["error"], "invalid_request");
    let answer = site.authorize(&[("prompt", "none login")]).await;
    assert_eq!(location(&answer)["error"], "invalid_request");
    let long = "s".repeat(513);
    let response = location(&site.authorize(&[("state", &long)]).await);
    assert_eq!((response["error"].as_str(), response.get("state")), ("invalid_request", None));
}

#[tokio::test]
async fn signing_out_redirects_only_to_the_site_with_its_state() {
    let (_local, site) = start().await;
    let target = format!("{}/tables?from=here", site.origin);
    for name in ["post_logout_redirect_uri", "logout_uri"] {
        let browser = Browser::signed_in(&site, "Ada").await;
        let query = form(&[("client_id", "rally".to_owned()), (name, target.clone()), ("state", "s1".to_owned())]);
        let answer = browser.logout(&query).await;
        assert_eq!(answer.headers()["location"].to_str().unwrap(), format!("{target}&state=s1"));
        assert!(answer.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        assert!(!browser.page("").await.contains("Go on as"));
    }
    for query in ["client_id=other", "logout_uri=https://example.org/", "logout_uri=//example.org/"] {
        let browser = Browser::signed_in(&site, "Ada").await;
        let answer = browser.logout(query).await;
        assert_eq!((answer.status(), answer.headers().get("location")), (StatusCode::BAD_REQUEST, None));
        assert!(answer.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        assert!(!browser.page("").await.contains("Go on as"), "{query}");
    }
}

#[tokio::test]
async fn a_user_of_another_machine_is_not_an_admin() {
    let mut open = Stub::default();
    open.settings.sign_in = SignIn::Own { open: true, lifetime: Duration::from_secs(60) };
    let local = open.start().await;
    let mut site = Site::of(&local);
    assert!(site.authorize(&[]).await.text().await.unwrap().contains("value=\"admin\""));

    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("host", "rally.example.org".parse().unwrap());
    site.client = Client::builder().redirect(Policy::none()).default_headers(headers).build().unwrap();
    let redirect = "http://rally.example.org/signed-in";
    let page = site.authorize(&[("redirect_uri", redirect)]).await.text().await.unwrap();
    assert!(page.contains("Your name") && !page.contains("value=\"admin\""), "{page}");
    let mut fields: HashMap<_, _> = site.request().into_iter().collect();
    fields.extend([("redirect_uri", redirect.to_owned()), ("name", "Ada".to_owned()), ("group", "admin".to_owned())]);
    let code = location(&site.post("authorize", &fields.into_iter().collect::<Vec<_>>()).await)["code"].clone();
    let fields = [
        ("grant_type", "authorization_code".to_owned()),
        ("client_id", "rally".to_owned()),
        ("code", code),
        ("redirect_uri", redirect.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
    ];
    let tokens: Value = site.post("token", &fields).await.json().await.unwrap();
    let access = site.claims(&tokens["access_token"]).await;
    assert_eq!((&access["name"], access.get("cognito:groups")), (&json!("Ada"), None));
}

#[tokio::test]
async fn the_error_page_for_another_machine_has_its_style_sheet() {
    let (_local, site) = start().await;
    let response = site.client.get(format!("{}/oidc/jwks", site.origin)).header("host", "rally.example.org").send();
    let response = response.await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.text().await.unwrap().contains("--open-issuer"));
    let style = site.client.get(format!("{}/oidc/issuer.css", site.origin)).header("host", "rally.example.org").send();
    let style = style.await.unwrap();
    assert_eq!((style.status(), &style.headers()["content-type"]), (StatusCode::OK, &"text/css".parse().unwrap()));
}

#[tokio::test]
async fn the_backend_fetches_the_keys_from_the_configured_address() {
    let (local, site) = start().await;
    let trust = local.clients().trust.clone();
    let keys: Value = reqwest::get(trust.keys.unwrap()).await.unwrap().json().await.unwrap();
    assert_eq!(keys, site.get("/oidc/jwks").await);
    assert_eq!((trust.issuer, trust.client_id), (format!("{}/oidc", site.origin), "rally".to_owned()));
}

#[tokio::test]
async fn the_sites_settings_are_merged_and_served_uncompressed() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("config.json"), br#"{"live":"/live","issuer":"/other"}"#).unwrap();
    std::fs::write(directory.path().join("config.json.br"), b"stale").unwrap();
    let mut stub = Stub::default();
    stub.settings.site = directory.path().to_owned();
    let local = stub.start().await;
    let request = Client::new().get(format!("http://{}/config.json", local.address())).header("accept-encoding", "br");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers().get("content-encoding"), None);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let settings: Value = answer.json().await.unwrap();
    assert_eq!(settings, json!({"live": "/live", "issuer": "/oidc", "clientId": "rally", "broker": false}));
}
