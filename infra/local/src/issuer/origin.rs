//! The origin of a request to the issuer.

/// Where a request was sent to, and whether from this machine.
#[derive(Debug, Clone)]
pub(super) struct RequestOrigin {
    /// `http://` and the host that the request names.
    pub(super) origin: String,
    pub(super) is_here: bool,
}
