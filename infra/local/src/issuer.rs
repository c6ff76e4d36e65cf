//! An OpenID Connect issuer in place of Cognito: a user of this machine signs in under any name, without a password. Therefore it
//! serves other machines only if the settings allow it.
//!
//! OpenID Connect Core 1.0 (authorization code), RFC 7636 (PKCE), RFC 7009 (revocation), RFC 9207 (`iss` in the response), OpenID Connect
//! Discovery 1.0 and RP-Initiated Logout 1.0, as far as a single-page application needs them.

mod authorize;
mod exchange;
mod forms;
mod grants;
mod keys;
mod origin;
mod page;
mod request;
mod routes;
mod tokens;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use routes::router;

use grants::Grants;
use keys::Keys;

/// The path prefix of the issuer.
pub const PATH: &str = "/oidc";

/// The site's client id.
pub const CLIENT_ID: &str = "rally";

/// The issuer's state: sign-ins and the signing key. Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
}

struct Inner {
    /// The tokens' `iss`.
    name: String,
    /// Whether clients on other machines may sign in.
    is_open: bool,
    /// Whether clients on this machine may sign in, also as an admin.
    trusts_machine: bool,
    /// The lifetime of an access token.
    lifetime: Duration,
    grants: Mutex<Grants>,
    keys: Keys,
}

impl Issuer {
    /// The issuer of the server at `address`; it stores its key and its sign-ins in `directory`.
    pub fn new(address: SocketAddr, directory: &Path, is_open: bool, trusts_machine: bool, lifetime: Duration) -> Self {
        let host =
            if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() };
        let inner = Inner {
            name: format!("http://{host}{PATH}"),
            is_open,
            trusts_machine,
            lifetime,
            grants: Mutex::new(Grants::load(directory.join("issuer-grants.json"))),
            keys: Keys::new(directory.join("issuer-key.pem")),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The tokens' `iss`.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The address at which this process finds the keys of the issuer at `address`; the issuer's name may not be reachable from here.
    pub fn keys_address(address: SocketAddr) -> String {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("http://{}{PATH}/jwks", SocketAddr::new(ip, address.port()))
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        // The data of a poisoned lock is consistent: each change is one assignment.
        self.inner.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970.
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A random text of 256 bits.
fn secret() -> Result<String, getrandom::Error> {
    use base64::Engine;
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// The SHA-256 of a text, in base64url: PKCE's challenge, and the form in which secrets are stored.
fn digest(text: &str) -> String {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_keys_have_reachable_addresses() {
        let directory = tempfile::tempdir().unwrap();
        for (address, name, keys) in [
            ("127.0.0.1:80", "http://127.0.0.1:80/oidc", "http://127.0.0.1:80/oidc/jwks"),
            ("0.0.0.0:8080", "http://localhost:8080/oidc", "http://127.0.0.1:8080/oidc/jwks"),
            ("[::]:8080", "http://localhost:8080/oidc", "http://[::1]:8080/oidc/jwks"),
            ("192.168.1.5:8080", "http://192.168.1.5:8080/oidc", "http://192.168.1.5:8080/oidc/jwks"),
        ] {
            let address = address.parse().unwrap();
            let issuer = Issuer::new(address, directory.path(), false, true, Duration::from_secs(1));
            assert_eq!((issuer.name(), Issuer::keys_address(address).as_str()), (name, keys));
        }
    }
}
