//! A proxy between pages and server, whose connections can be cut, or stop silently for a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Duration, sleep};

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Stalled,
    Cut,
}

type Connections = Arc<Mutex<BTreeMap<usize, watch::Sender<State>>>>;

/// The proxy.
pub(super) struct Proxy {
    address: String,
    connections: Connections,
    serving: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Proxy {
    /// A proxy to the server at `http://…`.
    pub(super) async fn start(server: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (target, connections) = (server.trim_start_matches("http://").to_owned(), Connections::default());
        let serving = tokio::spawn(serve(listener, target, Arc::clone(&connections)));
        Ok(Self { address, connections, serving })
    }

    /// The address for live connections.
    pub(super) fn live(&self) -> String {
        format!("ws://{}/live", self.address)
    }

    fn pick(&self, random: usize) -> Option<watch::Sender<State>> {
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.values().nth(random % connections.len().max(1)).cloned()
    }

    /// Cuts one of the connections.
    pub(super) fn cut(&self, random: usize) {
        self.pick(random).inspect(|connection| _ = connection.send_replace(State::Cut));
    }

    /// Stalls one of the connections for this long.
    pub(super) fn stall(&self, random: usize, time: Duration) {
        let Some(connection) = self.pick(random) else { return };
        connection.send_if_modified(|state| std::mem::replace(state, State::Stalled) == State::Open);
        tokio::spawn(async move {
            sleep(time).await;
            connection.send_if_modified(|state| {
                *state == State::Stalled && std::mem::replace(state, State::Open) != State::Open
            });
        });
    }

    /// Ends all stalls.
    pub(super) fn end_stalls(&self) {
        for connection in self.connections.lock().unwrap_or_else(PoisonError::into_inner).values() {
            connection.send_if_modified(|state| {
                *state == State::Stalled && std::mem::replace(state, State::Open) != State::Open
            });
        }
    }
}

async fn serve(listener: TcpListener, target: String, connections: Connections) {
    let mut number = 0;
    while let Ok((near, _)) = listener.accept().await {
        number += 1;
        tokio::spawn(forward(near, target.clone(), number, Arc::clone(&connections)));
    }
}

async fn forward(near: TcpStream, target: String, number: usize, connections: Connections) {
    // While the server is down the connection is refused.
    let Ok(far) = TcpStream::connect(&target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let state = watch::Sender::new(State::Open);
    connections.lock().unwrap_or_else(PoisonError::into_inner).insert(number, state.clone());
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    tokio::select! {
        () = one_way(near_in, far_out, state.subscribe()) => {}
        () = one_way(far_in, near_out, state.subscribe()) => {}
        _ = async { state.subscribe().wait_for(|state| *state == State::Cut).await.is_ok() } => {}
    }
    connections.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = vec![0; 8 * 1024];
    loop {
        if state.wait_for(|state| *state != State::Stalled).await.is_err() {
            return;
        }
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                // Received data waits here during a stall.
                let opens = state.wait_for(|state| *state != State::Stalled).await.is_ok();
                if !opens || to.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
