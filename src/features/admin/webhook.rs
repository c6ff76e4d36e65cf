//! View model of Slack's webhooks: their texts, and the form for a new one.

use domain::table::TableId;
use protocol::slack::{NewWebhook, SlackSettings, Webhook};

use super::texts;

/// The name of a webhook among all: its table's id, or nothing for the one of all other tables.
pub(super) fn scope_of(webhook: &Webhook) -> String {
    webhook.table.as_ref().map(TableId::to_string).unwrap_or_default()
}

/// The webhook of a scope.
pub(super) fn find<'a>(settings: &'a SlackSettings, scope: &str) -> Option<&'a Webhook> {
    settings.webhooks.iter().find(|webhook| scope_of(webhook) == scope)
}

/// The tables of a scope, in words.
pub(super) fn scope_name(scope: &str) -> String {
    if scope.is_empty() { texts::ALL_OTHER_TABLES.to_owned() } else { scope.to_owned() }
}

/// How a webhook's address ends, and what it posts.
pub(super) fn detail(webhook: &Webhook) -> String {
    let posts = if webhook.each_change { texts::POSTS_EACH_CHANGE } else { texts::POSTS_FREE };
    texts::webhook_detail(&webhook.ends_with, posts)
}

/// What is wrong with a webhook, if posts fail. `clock` is when they began to, in local time.
pub(super) fn trouble(webhook: &Webhook, clock: &str) -> Option<String> {
    webhook.failure.as_ref().map(|why| texts::failing(clock, why, webhook.is_off))
}

/// A new webhook as the form holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct WebhookDraft {
    /// The address, as it was typed.
    pub(super) address: String,
    /// The id of its table; empty for all other tables.
    pub(super) table: String,
    /// Whether it posts also when a table becomes busy.
    pub(super) each_change: bool,
}

impl WebhookDraft {
    /// The webhook that the draft describes; `None` if its address is missing.
    pub(super) fn webhook(&self) -> Option<NewWebhook> {
        let address = self.address.trim();
        let is_complete = !address.is_empty();
        let (table, each_change) = (self.table.parse().ok(), self.each_change);
        is_complete.then(|| NewWebhook { address: address.to_owned(), table, each_change })
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn webhook(table: Option<&str>, failure: Option<&str>) -> Webhook {
        Webhook {
            table: table.map(|id| id.parse().unwrap()),
            ends_with: "a1b2".to_owned(),
            each_change: failure.is_some(),
            failing_since: None,
            failure: failure.map(str::to_owned),
            is_off: failure.is_some(),
        }
    }

    #[test]
    fn a_webhook_is_found_by_its_scope() {
        let settings =
            SlackSettings { webhooks: vec![webhook(None, None), webhook(Some("lobby"), None)], takes_commands: false };
        assert_eq!(find(&settings, "lobby"), settings.webhooks.get(1));
        assert_eq!(find(&settings, ""), settings.webhooks.first());
        assert_eq!(find(&settings, "attic"), None);
        assert_eq!((scope_name(""), scope_name("lobby")), ("All other tables".to_owned(), "lobby".to_owned()));
    }

    #[test]
    fn a_webhook_says_what_it_posts_and_why_it_fails() {
        let well = webhook(None, None);
        assert_eq!((detail(&well).as_str(), trouble(&well, "")), ("…a1b2, posts when a table is free", None));
        let failing = webhook(None, Some("No such webhook."));
        assert_eq!(detail(&failing), "…a1b2, posts every change");
        let trouble = trouble(&failing, "14:05").unwrap();
        assert!(
            trouble.starts_with("Failing since 14:05: No such webhook.") && trouble.contains("Save it again"),
            "{trouble}"
        );
    }

    #[test]
    fn a_draft_without_an_address_is_not_sent() {
        let draft = WebhookDraft { address: "  ".to_owned(), table: "lobby".to_owned(), each_change: true };
        assert!(draft.webhook().is_none());
        let sent = WebhookDraft { address: " https://x ".to_owned(), ..draft }.webhook().unwrap();
        assert_eq!(
            (sent.address.as_str(), sent.table.map(|id| id.to_string()).as_deref()),
            ("https://x", Some("lobby"))
        );
        assert!(WebhookDraft { address: "x".to_owned(), ..WebhookDraft::default() }.webhook().unwrap().table.is_none());
    }

    #[test]
    fn a_webhook_that_works_has_no_trouble_also_if_it_failed_once() {
        let recovered = Webhook { failing_since: Some(Timestamp::default()), ..webhook(Some("lobby"), None) };
        assert_eq!(trouble(&recovered, "14:05"), None);
    }

    #[test]
    fn each_webhook_is_found_by_its_own_scope() {
        let webhooks = vec![webhook(Some("lobby"), None), webhook(None, None), webhook(Some("attic"), Some("Gone."))];
        let settings = SlackSettings { webhooks, takes_commands: true };
        for webhook in &settings.webhooks {
            assert_eq!(find(&settings, &scope_of(webhook)), Some(webhook));
        }
    }
}
