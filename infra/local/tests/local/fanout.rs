//! One message to many connections: how long until the last one has it.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use serde_json::json;

use crate::support::*;

/// Enough to reveal a shared queue or a copied message.
const SUBSCRIBERS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_reaches_many_within_a_fraction_of_a_second() {
    let subscribers =
        std::env::var("RALLY_TEST_SUBSCRIBERS").ok().and_then(|count| count.parse().ok()).unwrap_or(SUBSCRIBERS);
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let local = Stub::live(live).start().await;
    let mut ids = Vec::new();
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..subscribers {
        let (mut socket, id) = connect_and_learn(&local, &mut events).await;
        post_once_open(&local, &id, "open").await;
        let sender = sender.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let _ = sender.send((Instant::now(), message.len()));
            }
        });
        within(received.recv()).await.unwrap();
        ids.push(id);
    }

    let message = "x".repeat(400);
    let mut times = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        let posts = stream::iter(&ids).map(|id| post(&local, id, &message)).buffer_unordered(64);
        assert!(posts.all(async |posted| posted.is_ok()).await);
        let posted = started.elapsed();
        let mut last = started;
        for _ in 0..subscribers {
            let (at, length) = within(received.recv()).await.unwrap();
            assert_eq!(length, message.len());
            last = last.max(at);
        }
        times.push((last - started, posted));
    }
    times.sort_unstable();
    let (last, posted) = times[10];
    println!("{subscribers} subscribers: the last has it after {last:?}, all are posted after {posted:?}");
    assert!(last < Duration::from_secs(3));
}
