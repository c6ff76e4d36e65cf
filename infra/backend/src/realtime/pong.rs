//! The response to a ping: the digests of the topics that a client is subscribed to.

use domain::topic::Topic;
use protocol::digest::Digest;
use protocol::frames::ServerFrame;

use crate::App;
use crate::db::StorageError;
use crate::realtime::digests;

/// The message with the digests of topics.
///
/// # Errors
/// The database fails.
pub async fn pong(app: &App, topics: impl IntoIterator<Item = Topic>) -> Result<String, StorageError> {
    let topics = topics.into_iter().collect();
    let digests = digests::digests_of(app, &topics).await?;
    let digests = digests.into_iter().map(|(topic, digest)| (topic.to_string(), digest.to_string())).collect();
    Ok(ServerFrame::Pong { digests, version: Some(protocol::VERSION) }.to_json())
}

/// The stored digest of a topic, if there is one, not checked against the data. The simulation compares the two.
///
/// # Errors
/// The database fails.
pub async fn stored_digest(app: &App, topic: &Topic) -> Result<Option<Digest>, StorageError> {
    Ok(app.storage().digest_head(topic).await?.and_then(|head| head.digest))
}
