//! The parts between a caller and this server: CloudFront, a proxy, a page in a browser.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::config::Config;

/// The header in which CloudFront sends the origin secret.
pub(crate) const ORIGIN_SECRET: &str = "x-origin-secret";

/// Headers that proxies and tunnels add, beside those that begin with [`FORWARDED_PREFIX`].
const PROXY_HEADERS: [&str; 3] = ["forwarded", "via", "x-real-ip"];

/// The prefix of the usual headers of proxies.
const FORWARDED_PREFIX: &str = "x-forwarded-";

/// Whether a request or a handshake came through CloudFront, if this deployment has an origin secret.
pub(crate) fn passed_cloudfront(config: &Config, headers: &HeaderMap) -> bool {
    let sent = headers.get(ORIGIN_SECRET).map(HeaderValue::as_bytes);
    config.origin_secret.as_ref().is_none_or(|secret| secret.matches(sent))
}

/// The address of the caller of a request that [`passed_cloudfront`]. Without an origin secret the caller may have written the headers, so only
/// the other end of the connection counts.
pub(crate) fn address(config: &Config, headers: &HeaderMap, source: Option<IpAddr>) -> Option<IpAddr> {
    match config.origin_secret {
        Some(_) => viewer(headers, source).or(source),
        None => source,
    }
}

/// The same if it is not known yet whether the request [`passed_cloudfront`]: for the log of denied requests.
pub(crate) fn address_of_any(config: &Config, headers: &HeaderMap, source: Option<IpAddr>) -> Option<IpAddr> {
    if passed_cloudfront(config, headers) { address(config, headers, source) } else { source }
}

/// The viewer's address behind CloudFront and API Gateway: each appends the address that it received the request from to `X-Forwarded-For`.
/// The viewer itself may have written the addresses before these. API Gateway adds CloudFront's address, which is its source.
fn viewer(headers: &HeaderMap, source: Option<IpAddr>) -> Option<IpAddr> {
    let all = headers.get("x-forwarded-for")?.to_str().ok()?;
    let mut from_the_end = all.rsplit(',').map(|address| address.trim().parse().ok());
    let last = from_the_end.next()?;
    if last.is_some() && last == source { from_the_end.next()? } else { last }
}

/// Whether a request comes from this machine: from a loopback address, without a proxy or tunnel, to a name of this machine, and not from a
/// page of another site. The site itself may be at another port of this machine (`trunk serve`).
pub(crate) fn is_local(config: &Config, headers: &HeaderMap, source: Option<IpAddr>) -> bool {
    let is_site_local = config.site.split_once("://").is_some_and(|(_, authority)| is_this_machine(authority));
    let is_site = |origin: &str| is_site_local && origin.eq_ignore_ascii_case(&config.site);
    source.is_some_and(|source| source.is_loopback())
        && !headers.keys().any(is_proxy_header)
        && text(headers, HOST).is_some_and(is_this_machine)
        && origin(headers).is_none_or(|origin| is_same_host(origin, headers) || is_site(origin))
}

fn is_proxy_header(name: &HeaderName) -> bool {
    PROXY_HEADERS.contains(&name.as_str()) || name.as_str().starts_with(FORWARDED_PREFIX)
}

/// Whether a host, with or without a port, is a name of this machine. A page of another site whose name resolves to this machine also comes
/// from loopback (DNS rebinding).
fn is_this_machine(authority: &str) -> bool {
    let uri = authority.parse::<Uri>().ok();
    uri.as_ref().and_then(Uri::host).is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// Whether a handshake comes from a page of this site, or from a program, which has no `Origin`. A browser lets any page open a WebSocket,
/// and only `Origin` names the page's site (RFC 6455, section 10.2).
pub(crate) fn is_same_site(config: &Config, headers: &HeaderMap) -> bool {
    origin(headers).is_none_or(|origin| {
        let is_the_site = !config.site.is_empty() && origin.eq_ignore_ascii_case(&config.site);
        is_the_site || is_same_host(origin, headers)
    })
}

/// The origin of the page that sent a request; empty if it is not valid text.
fn origin(headers: &HeaderMap) -> Option<&str> {
    text(headers, ORIGIN)
}

/// Whether an origin is the host and the port of the request.
fn is_same_host(origin: &str, headers: &HeaderMap) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.zip(text(headers, HOST)).is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Whether these headers belong to a request from this machine.
    fn local(headers: &HeaderMap, source: Option<IpAddr>) -> bool {
        is_local(&Config::default(), headers, source)
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let parsed = |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        pairs.iter().map(parsed).collect()
    }

    fn behind_cloudfront() -> Config {
        Config { origin_secret: Some("s3cret".to_owned().into()), ..Config::default() }
    }

    #[test]
    fn the_viewer_is_the_address_that_cloudfront_appended() {
        let gateway: IpAddr = "130.176.0.1".parse().unwrap();
        for (forwarded_for, expected) in [
            ("203.0.113.9, 130.176.0.1", "203.0.113.9"),
            ("10.0.0.1, 203.0.113.9, 130.176.0.1", "203.0.113.9"),
            ("130.176.0.1, 203.0.113.9, 130.176.0.1", "203.0.113.9"),
            ("10.0.0.1, 203.0.113.9", "203.0.113.9"),
            ("2001:db8::9,130.176.0.1", "2001:db8::9"),
            ("10.0.0.1, unknown, 130.176.0.1", "130.176.0.1"),
            ("unknown", "130.176.0.1"),
        ] {
            let headers = headers(&[("x-forwarded-for", forwarded_for)]);
            let found = address(&behind_cloudfront(), &headers, Some(gateway));
            assert_eq!(found, expected.parse().ok(), "{forwarded_for}");
            let found = address(&Config::default(), &headers, Some(gateway));
            assert_eq!(found, Some(gateway), "without a secret the client may have written {forwarded_for}");
        }
        assert_eq!(address(&behind_cloudfront(), &HeaderMap::new(), Some(gateway)), Some(gateway));
        let forged = headers(&[("x-forwarded-for", "203.0.113.9"), (ORIGIN_SECRET, "guess")]);
        assert_eq!(
            address_of_any(&behind_cloudfront(), &forged, Some(gateway)),
            Some(gateway),
            "it bypassed CloudFront"
        );
        assert_eq!(address(&Config::default(), &headers(&[("x-forwarded-for", "203.0.113.9")]), None), None);
    }

    #[test]
    fn a_request_that_bypasses_cloudfront_is_detected() {
        assert!(passed_cloudfront(&Config::default(), &HeaderMap::new()));
        let config = behind_cloudfront();
        assert!(passed_cloudfront(&config, &headers(&[(ORIGIN_SECRET, "s3cret")])));
        for other in ["", "s3cre", "s3crets", "guess"] {
            assert!(!passed_cloudfront(&config, &headers(&[(ORIGIN_SECRET, other)])), "{other}");
        }
        assert!(!passed_cloudfront(&config, &HeaderMap::new()));
    }

    #[test]
    fn another_sites_page_is_not_local() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.0.0.1"] {
            let from = |origin: &str| local(&headers(&[("host", host), ("origin", origin)]), Some(LOOPBACK));
            assert!(local(&headers(&[("host", host)]), Some(LOOPBACK)), "{host}");
            assert!(from(&format!("http://{host}")) && from(&format!("https://{host}")), "{host}");
            for other in ["http://localhost:8090", "https://evil.example", "null", "", "http://127.0.0.1:80808"] {
                assert!(!from(other), "{host} from {other}");
            }
        }
        for host in ["evil.example", "localhost.evil.example", "192.168.1.7:8080", ""] {
            assert!(!local(&headers(&[("host", host)]), Some(LOOPBACK)), "{host}");
        }
        assert!(!local(&HeaderMap::new(), Some(LOOPBACK)));
        for other in [None, "192.168.1.7".parse().ok()] {
            assert!(!local(&headers(&[("host", "localhost:8080")]), other), "{other:?}");
        }
    }

    #[test]
    fn the_site_may_be_at_another_port_only_of_this_machine() {
        let request = |origin: &str| headers(&[("host", "127.0.0.1"), ("origin", origin)]);
        for (site, origin, expected) in [
            ("http://127.0.0.1:8090", "http://127.0.0.1:8090", true),
            ("http://127.0.0.1:8090", "http://127.0.0.1:8091", false),
            ("http://127.0.0.1:8090", "https://evil.example", false),
            ("https://rally.example", "https://rally.example", false),
            ("https://localhost.example", "https://localhost.example", false),
            ("", "", false),
        ] {
            let config = Config { site: site.to_owned(), ..Config::default() };
            assert_eq!(is_local(&config, &request(origin), Some(LOOPBACK)), expected, "{origin} of {site}");
        }
    }

    #[test]
    fn a_request_through_a_proxy_or_a_tunnel_is_not_local() {
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-server",
            "X-Forwarded-Anything",
            "x-real-ip",
            "via",
        ] {
            let forwarded = headers(&[("host", "localhost:8080"), (name, "")]);
            assert!(!local(&forwarded, Some(LOOPBACK)), "{name}");
        }
    }

    #[test]
    fn a_handshake_comes_from_a_page_of_this_site_or_from_a_program() {
        let config = Config { site: "https://rally.example".to_owned(), ..Config::default() };
        let gateway = "a1b2.execute-api.eu-central-1.amazonaws.com";
        let from = |origin: &str| is_same_site(&config, &headers(&[("host", gateway), ("origin", origin)]));
        assert!(is_same_site(&config, &headers(&[("host", gateway)])), "a program");
        assert!(from("https://rally.example") && from("https://RALLY.example"));
        assert!(from(&format!("https://{gateway}")));
        for other in ["https://evil.example", "http://rally.example", "https://rally.example.evil.example", "null", ""]
        {
            assert!(!from(other), "{other}");
        }
        let without_site = Config::default();
        assert!(!is_same_site(&without_site, &headers(&[("host", gateway), ("origin", "")])), "no site is configured");
    }
}
