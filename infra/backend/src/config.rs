//! The server's settings. The origin's secret is never printed, and is compared in constant time.

use std::fmt;

use domain::actor::TreeEditors;
use subtle::ConstantTimeEq;

/// The push services of current browsers: Chrome and browsers based on it, Firefox, Edge, Safari.
pub const PUSH_SERVICES: &str =
    "fcm.googleapis.com,.push.services.mozilla.com,.notify.windows.com,web.push.apple.com,.push.apple.com";

/// The hosts of Slack's incoming webhooks.
pub const SLACK_HOSTS: &str = "hooks.slack.com,hooks.slack-gov.com";

/// The secret that CloudFront sends to the functions behind it, so that a request that bypasses CloudFront is detected.
#[derive(Clone, PartialEq, Eq)]
pub struct OriginSecret(String);

impl OriginSecret {
    /// Whether this is the secret. The time that the comparison takes reveals only the length.
    pub fn matches(&self, candidate: Option<&[u8]>) -> bool {
        candidate.is_some_and(|candidate| self.0.as_bytes().ct_eq(candidate).into())
    }
}

impl From<String> for OriginSecret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for OriginSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OriginSecret")
    }
}

/// The settings of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The DynamoDB table's name (`RALLY_TABLE`, default `rally`).
    pub table: String,
    /// The KMS key that encrypts the server's secrets in the table, by its ARN, id or alias (`RALLY_SECRETS_KEY`). Functions that use no
    /// secret do not need it.
    pub secrets_key: String,
    /// Whether a client on this machine, and not behind a proxy, is an admin (`RALLY_LOOPBACK_ADMIN=true`; default no). Without effect
    /// behind API Gateway, where no client is on this machine.
    pub loopback_admin: bool,
    /// The secret that each request and each handshake must send in the header `x-origin-secret` (`ORIGIN_SECRET`; if unset, none is
    /// required). Only from a request with the secret does the server trust the headers with the client's address.
    pub origin_secret: Option<OriginSecret>,
    /// The name of this deployment in metrics and traces (`RALLY_STACK`, default `rally`).
    pub stack: String,
    /// The names under which a handshake's query, or else its headers, may carry a key to subscribe to (`RALLY_ITEM_PARAMETER`: names
    /// separated by commas, default `item,realTimeItemKey`), as in the Real Time Platform.
    pub item_parameter: String,
    /// The OpenID Connect issuer that signs people in, exactly as its tokens name it (`RALLY_OIDC_ISSUER`; without one there are no
    /// members).
    pub issuer: Option<String>,
    /// The site's client id at the issuer (`RALLY_OIDC_CLIENT_ID`): a token for another application is rejected.
    pub client_id: String,
    /// The address of the issuer's keys, if its discovery document is not to be used; or the keys themselves, as JSON
    /// (`RALLY_OIDC_JWKS`).
    pub jwks: Option<String>,
    /// The issuer's userinfo endpoint (OpenID Connect), which returns a person's name, if its access tokens do not contain it
    /// (`RALLY_OIDC_USERINFO`).
    pub userinfo: Option<String>,
    /// The group whose members may manage tables and keys (`RALLY_ADMIN_GROUP`, default `admin`).
    pub admin_group: String,
    /// The people that may change the factory tree, besides admins: `members`, `admins`, or a group of the issuer (`RALLY_TREE_EDITORS`,
    /// default `members`).
    pub tree_editors: TreeEditors,
    /// The SNS topic of domain events, by its ARN (`RALLY_EVENTS_TOPIC`).
    pub events_topic: String,
    /// The SQS queue of delayed and background jobs, by its address (`RALLY_JOBS_QUEUE`).
    pub jobs_queue: String,
    /// The SQS queue by which the fan-out splits itself, by its address (`RALLY_SHARDS_QUEUE`).
    pub shards_queue: String,
    /// The number of a topic's subscriptions in one shard, to which one invocation publishes (`RALLY_SHARD`, default 2,000).
    pub shard: usize,
    /// A factor for all rate limits: reads, writes, connections and messages (`RALLY_RATES`, default 1). For many clients behind one
    /// address.
    pub rates: u32,
    /// The prefix of a topic's name at AWS IoT Core, if public topics are published there as well (`RALLY_IOT_PREFIX`; empty: they are
    /// not).
    pub iot_prefix: String,
    /// AWS IoT Core's host for this account (`RALLY_IOT_ENDPOINT`), or a local broker's address with `ws://`.
    pub iot_endpoint: String,
    /// The role whose credentials let a browser subscribe there, by its ARN (`RALLY_IOT_ROLE`).
    pub iot_role: String,
    /// The hosts of the trusted push services, separated by commas; one that begins with a dot matches all hosts with this ending
    /// (`RALLY_PUSH_SERVICES`, default those of Chrome, Firefox, Edge and Safari).
    pub push_services: String,
    /// The hosts of Slack's webhooks, in the same way (`RALLY_SLACK_HOSTS`, default Slack's).
    pub slack_hosts: String,
    /// The contact of this server for push services (RFC 8292, section 2.1): a `mailto:` or `https:` address (`RALLY_CONTACT`).
    pub contact: String,
    /// The address of the site, without a slash at its end, for links in messages (`RALLY_SITE_URL`).
    pub site: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            table: "rally".to_owned(),
            secrets_key: String::new(),
            loopback_admin: false,
            origin_secret: None,
            stack: "rally".to_owned(),
            item_parameter: "item,realTimeItemKey".to_owned(),
            issuer: None,
            client_id: String::new(),
            jwks: None,
            userinfo: None,
            admin_group: "admin".to_owned(),
            tree_editors: TreeEditors::default(),
            events_topic: String::new(),
            jobs_queue: String::new(),
            shards_queue: String::new(),
            shard: 2_000,
            rates: 1,
            iot_prefix: String::new(),
            iot_endpoint: String::new(),
            iot_role: String::new(),
            push_services: PUSH_SERVICES.to_owned(),
            slack_hosts: SLACK_HOSTS.to_owned(),
            contact: "mailto:rally@example.com".to_owned(),
            site: String::new(),
        }
    }
}

impl Config {
    /// The settings from the environment; the others have their defaults.
    pub fn from_environment() -> Self {
        Self::from_variables(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// The environment variables with these settings, to start another program with them.
    pub fn variables(&self) -> Vec<(String, String)> {
        let variables = [
            ("RALLY_TABLE", self.table.clone()),
            ("RALLY_SECRETS_KEY", self.secrets_key.clone()),
            ("RALLY_LOOPBACK_ADMIN", self.loopback_admin.to_string()),
            ("ORIGIN_SECRET", self.origin_secret.as_ref().map(|secret| secret.0.clone()).unwrap_or_default()),
            ("RALLY_STACK", self.stack.clone()),
            ("RALLY_ITEM_PARAMETER", self.item_parameter.clone()),
            ("RALLY_OIDC_ISSUER", self.issuer.clone().unwrap_or_default()),
            ("RALLY_OIDC_CLIENT_ID", self.client_id.clone()),
            ("RALLY_OIDC_JWKS", self.jwks.clone().unwrap_or_default()),
            ("RALLY_OIDC_USERINFO", self.userinfo.clone().unwrap_or_default()),
            ("RALLY_ADMIN_GROUP", self.admin_group.clone()),
            ("RALLY_TREE_EDITORS", self.tree_editors.to_string()),
            ("RALLY_EVENTS_TOPIC", self.events_topic.clone()),
            ("RALLY_JOBS_QUEUE", self.jobs_queue.clone()),
            ("RALLY_SHARDS_QUEUE", self.shards_queue.clone()),
            ("RALLY_SHARD", self.shard.to_string()),
            ("RALLY_RATES", self.rates.to_string()),
            ("RALLY_IOT_PREFIX", self.iot_prefix.clone()),
            ("RALLY_IOT_ENDPOINT", self.iot_endpoint.clone()),
            ("RALLY_IOT_ROLE", self.iot_role.clone()),
            ("RALLY_PUSH_SERVICES", self.push_services.clone()),
            ("RALLY_SLACK_HOSTS", self.slack_hosts.clone()),
            ("RALLY_CONTACT", self.contact.clone()),
            ("RALLY_SITE_URL", self.site.clone()),
        ];
        variables.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let default = Self::default();
        Self {
            table: variable("RALLY_TABLE").unwrap_or(default.table),
            secrets_key: variable("RALLY_SECRETS_KEY").unwrap_or(default.secrets_key),
            loopback_admin: variable("RALLY_LOOPBACK_ADMIN").is_some_and(|value| value == "true"),
            origin_secret: variable("ORIGIN_SECRET").map(OriginSecret),
            stack: variable("RALLY_STACK").unwrap_or(default.stack),
            item_parameter: variable("RALLY_ITEM_PARAMETER").unwrap_or(default.item_parameter),
            issuer: variable("RALLY_OIDC_ISSUER"),
            client_id: variable("RALLY_OIDC_CLIENT_ID").unwrap_or(default.client_id),
            jwks: variable("RALLY_OIDC_JWKS"),
            userinfo: variable("RALLY_OIDC_USERINFO"),
            admin_group: variable("RALLY_ADMIN_GROUP").unwrap_or(default.admin_group),
            tree_editors: variable("RALLY_TREE_EDITORS").map(TreeEditors::from).unwrap_or_default(),
            events_topic: variable("RALLY_EVENTS_TOPIC").unwrap_or(default.events_topic),
            jobs_queue: variable("RALLY_JOBS_QUEUE").unwrap_or(default.jobs_queue),
            shards_queue: variable("RALLY_SHARDS_QUEUE").unwrap_or(default.shards_queue),
            shard: variable("RALLY_SHARD").and_then(|value| value.parse().ok()).unwrap_or(default.shard),
            rates: variable("RALLY_RATES").and_then(|value| value.parse().ok()).unwrap_or(default.rates),
            iot_prefix: variable("RALLY_IOT_PREFIX").unwrap_or(default.iot_prefix),
            iot_endpoint: variable("RALLY_IOT_ENDPOINT").unwrap_or(default.iot_endpoint),
            iot_role: variable("RALLY_IOT_ROLE").unwrap_or(default.iot_role),
            push_services: variable("RALLY_PUSH_SERVICES").unwrap_or(default.push_services),
            slack_hosts: variable("RALLY_SLACK_HOSTS").unwrap_or(default.slack_hosts),
            contact: variable("RALLY_CONTACT").unwrap_or(default.contact),
            site: variable("RALLY_SITE_URL").unwrap_or(default.site),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_variable_has_its_default() {
        assert_eq!(Config::from_variables(|_| None), Config::default());
        let config = Config::from_variables(|name| (name == "RALLY_TABLE").then(|| "office".to_owned()));
        assert_eq!(config.table, "office");
    }

    #[test]
    fn settings_survive_the_round_trip_through_variables() {
        let every = |name: &str| {
            Some(match name {
                "RALLY_LOOPBACK_ADMIN" => "true".to_owned(),
                "RALLY_SHARD" | "RALLY_RATES" => "7".to_owned(),
                name => name.to_owned(),
            })
        };
        let config = Config::from_variables(every);
        let variables: std::collections::HashMap<String, String> = config.variables().into_iter().collect();
        assert_eq!(Config::from_variables(|name| variables.get(name).cloned()), config);
        assert!(variables.iter().all(|(name, value)| every(name).as_ref() == Some(value)), "{variables:?}");
    }

    #[test]
    fn the_origin_secret_is_compared_whole_and_never_printed() {
        let config = Config::from_variables(|name| (name == "ORIGIN_SECRET").then(|| "s3cret".to_owned()));
        let secret = config.origin_secret.clone().unwrap();
        assert!(secret.matches(Some(b"s3cret")));
        for other in [None, Some(&b""[..]), Some(b"s3cre"), Some(b"s3crets"), Some(b"S3cret")] {
            assert!(!secret.matches(other), "{other:?}");
        }
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn the_issuer_is_read_from_the_environment() {
        let value = |name: &str| name.strip_prefix("RALLY_OIDC_").map(str::to_ascii_lowercase);
        let config = Config::from_variables(value);
        assert_eq!((config.issuer.as_deref(), config.jwks.as_deref()), (Some("issuer"), Some("jwks")));
        assert_eq!((config.client_id.as_str(), config.admin_group.as_str()), ("client_id", "admin"));
    }
}
