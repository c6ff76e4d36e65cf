//! The origin of a request to the issuer.

/// The origin that a request names, and whether it comes from this machine.
#[derive(Debug, Clone)]
pub(super) struct RequestOrigin {
    /// `http://` and the request's host.
    pub(super) origin: String,
    pub(super) is_here: bool,
}
