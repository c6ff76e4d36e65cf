//! A page: the product's own live client over a real WebSocket.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use domain::topic::Topic;
use futures::{SinkExt, StreamExt};
use live_client::{Action, LiveClient};
use protocol::settings::Settings;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a page shows of each topic: the revisions of its entities, if it shows the topic.
pub(super) type Revisions = BTreeMap<Topic, Option<BTreeMap<String, u64>>>;

enum Command {
    Kill,
    Report(oneshot::Sender<Revisions>),
}

/// A page that is open.
pub(super) struct Page {
    commands: mpsc::UnboundedSender<Command>,
}

impl Page {
    /// Opens a page that subscribes to these topics.
    pub(super) fn open(
        live: String,
        topics: Vec<Topic>,
        settings: &Settings,
        received: Arc<AtomicUsize>,
        opened: Arc<AtomicUsize>,
    ) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let mut client = LiveClient::new(settings);
        for topic in &topics {
            client.subscribe(topic, 0);
        }
        client.start(0);
        let running = Running { client, topics, live, stream: None, begun: Instant::now(), received, opened };
        tokio::spawn(running.run(receiver));
        Self { commands }
    }

    /// Its process is killed, and the user opens it again: nothing of its connection remains.
    pub(super) fn kill(&self) {
        let _ = self.commands.send(Command::Kill);
    }

    /// What it shows.
    pub(super) async fn revisions(&self) -> Result<Revisions> {
        let (reply, answer) = oneshot::channel();
        let _ = self.commands.send(Command::Report(reply));
        Ok(timeout(Duration::from_secs(60), answer).await??)
    }
}

struct Running {
    client: LiveClient,
    topics: Vec<Topic>,
    live: String,
    stream: Option<Box<Stream>>,
    begun: Instant,
    received: Arc<AtomicUsize>,
    opened: Arc<AtomicUsize>,
}

impl Running {
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Spreads the reconnects after a restart of the server: a random number from the current time.
    fn chance(&self) -> f64 {
        f64::from(self.begun.elapsed().subsec_nanos() % 1_000) / 1_000.0
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            self.run_actions().await;
            let due = self.client.next_timeout().map_or(3_600_000, |due| due.saturating_sub(self.now()) + 1);
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Kill) => {
                        if self.stream.take().is_some() {
                            self.on_close();
                        }
                    }
                    Some(Command::Report(reply)) => _ = reply.send(self.revisions()),
                    None => return,
                },
                message = next(&mut self.stream) => match message {
                    Some(text) => {
                        self.received.fetch_add(1, Ordering::Relaxed);
                        self.client.handle_message(&text, self.now());
                    }
                    None => {
                        self.stream = None;
                        self.on_close();
                    }
                },
                () = sleep(Duration::from_millis(due)) => self.client.handle_timeout(self.now(), self.chance()),
            }
        }
    }

    fn on_close(&mut self) {
        self.client.handle_closed(self.now(), self.chance());
    }

    async fn run_actions(&mut self) {
        while let Some(action) = self.client.poll_action() {
            match action {
                Action::Open => match timeout(Duration::from_secs(10), connect_async(&self.live)).await {
                    Ok(Ok((stream, _))) => {
                        self.opened.fetch_add(1, Ordering::Relaxed);
                        self.stream = Some(Box::new(stream));
                        self.client.handle_opened(self.now());
                    }
                    _ => self.on_close(),
                },
                Action::Send(text) => {
                    if let Some(stream) = &mut self.stream {
                        // A stalled connection is noticed by the missing pong.
                        let _ = timeout(Duration::from_secs(5), stream.send(Message::text(text))).await;
                    }
                }
                Action::Close => self.stream = None,
            }
        }
        while self.client.poll_event().is_some() {}
    }

    fn revisions(&self) -> Revisions {
        let revisions = |topic: &Topic| {
            let replica = &self.client.subscription(topic)?.replica;
            let entities = replica.entities().map(|(id, rev, _)| (id.to_owned(), rev)).collect();
            replica.is_complete().then_some(entities)
        };
        self.topics.iter().map(|topic| (topic.clone(), revisions(topic))).collect()
    }
}

/// The next text of the stream; `None` when it has ended.
async fn next(stream: &mut Option<Box<Stream>>) -> Option<String> {
    let Some(stream) = stream else { return pending().await };
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => return Some(text.to_string()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}
