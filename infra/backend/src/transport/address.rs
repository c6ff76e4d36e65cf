//! Where a request comes from that came by CloudFront and API Gateway. Never decides what follows from it.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// Who looks, behind CloudFront and API Gateway: each adds whom it heard it from at the end, so the last
/// is CloudFront, and the one before it the viewer ("X-Forwarded-For", Amazon CloudFront). What stands before was said by them.
pub(super) fn viewer(headers: &HeaderMap) -> Option<IpAddr> {
    let all = headers.get("x-forwarded-for")?.to_str().ok()?;
    let mut from_the_end = all.rsplit(',').filter_map(|address| address.trim().parse().ok());
    let last = from_the_end.next();
    from_the_end.next().or(last)
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn the_viewer_is_whom_cloudfront_has_heard() {
        let from = |text: &str| {
            let headers =
                HeaderMap::from_iter([(header::HeaderName::from_static("x-forwarded-for"), text.parse().unwrap())]);
            viewer(&headers).map(|address| address.to_string())
        };
        assert_eq!(from("203.0.113.9, 130.176.0.1").as_deref(), Some("203.0.113.9"));
        assert_eq!(
            from("10.0.0.1, 203.0.113.9, 130.176.0.1").as_deref(),
            Some("203.0.113.9"),
            "whatever they said before"
        );
        assert_eq!(from("203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(from("nobody"), None);
    }
}
