//! SNS's protocol, the AWS Query protocol: parses forms and writes XML. Never stores a message.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Incoming;

/// The fields of a request.
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads a body.
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field; empty if it is absent.
    pub(super) fn field(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The single message of `Publish`.
    pub(super) fn message(&self) -> Incoming {
        self.message_at("")
    }

    /// The messages of `PublishBatch`, each with the sender's entry id.
    pub(super) fn batch(&self) -> Vec<(String, Incoming)> {
        let prefixes = (1..).map(|number| format!("PublishBatchRequestEntries.member.{number}."));
        let present = prefixes.take_while(|prefix| self.0.contains_key(&format!("{prefix}Id")));
        present.map(|prefix| (self.field(&format!("{prefix}Id")).to_owned(), self.message_at(&prefix))).collect()
    }

    fn message_at(&self, prefix: &str) -> Incoming {
        let names = (1..).map(|number| format!("{prefix}MessageAttributes.entry.{number}."));
        let present = names.take_while(|entry| self.0.contains_key(&format!("{entry}Name")));
        let attributes = present.map(|entry| {
            let value = self.field(&format!("{entry}Value.StringValue"));
            (self.field(&format!("{entry}Name")).to_owned(), value.to_owned())
        });
        let attributes = attributes.collect();
        Incoming {
            body: self.field(&format!("{prefix}Message")).to_owned(),
            attributes,
            delay: Duration::ZERO,
            fifo: None,
        }
    }
}

/// The response to `Publish`.
pub(super) fn published(id: &str) -> String {
    response("Publish", &format!("<MessageId>{id}</MessageId>"))
}

/// The response to `PublishBatch`: each entry's id and its message id.
pub(super) fn batch_published(entries: &[(String, String)]) -> String {
    let member = |(entry, id): &(String, String)| {
        format!("<member><Id>{}</Id><MessageId>{id}</MessageId></member>", escaped(entry))
    };
    let members: String = entries.iter().map(member).collect();
    response("PublishBatch", &format!("<Successful>{members}</Successful><Failed/>"))
}

/// The response to `ListTopics`, all on one page.
pub(super) fn topics(arns: &[String]) -> String {
    let member = |arn: &String| format!("<member><TopicArn>{}</TopicArn></member>", escaped(arn));
    response("ListTopics", &format!("<Topics>{}</Topics>", arns.iter().map(member).collect::<String>()))
}

fn response(action: &str, result: &str) -> String {
    format!(
        "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        uuid::Uuid::new_v4()
    )
}

/// An error.
pub(super) fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        escaped(message),
        uuid::Uuid::new_v4()
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
