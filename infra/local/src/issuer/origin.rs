//! The origin of a request to the issuer.

/// The origin of a request's address, and whether the request comes from this machine.
#[derive(Debug, Clone)]
pub(super) struct RequestOrigin {
    /// `http://` and the request's host.
    pub(super) origin: String,
    pub(super) is_local: bool,
}
