//! Reserved prefixes of the ids of people without sign-in. The id of a member must not begin with one of them.

/// The id of a browser without sign-in, which has a key of its own: `visitor:{hash of the key}`.
pub(crate) const VISITOR_PREFIX: &str = "visitor:";

/// The id of a person in Slack: `slack:{team}:{user}`.
pub(crate) const SLACK_PREFIX: &str = "slack:";
