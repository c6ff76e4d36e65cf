//! How the ids of people begin who have no sign-in. No issuer may name a member so.

/// The id of a browser without a sign-in, which has a key of its own: `visitor:{hash of the key}`.
pub(crate) const VISITOR_PREFIX: &str = "visitor:";

/// The id of a person in Slack: `slack:{team}:{user}`.
pub(crate) const SLACK_PREFIX: &str = "slack:";
