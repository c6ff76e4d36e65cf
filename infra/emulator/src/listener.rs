//! Listening sockets and the HTTP/1.1 connections on them. Knows no route.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::error::StartError;

/// The accept backlog: many browsers may connect within the same minute.
const BACKLOG: u32 = 4096;

/// The socket's send buffer for a client that reads slowly, in bytes.
const SEND_BUFFER: u32 = 256 * 1024;

/// Timeout for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The requested limit of open files: one for each connection, and a reserve.
const OPEN_FILES: u64 = 65_536;

/// Listens on an address, or returns an error for the user.
pub fn bind(address: SocketAddr, option: &'static str) -> Result<TcpListener, StartError> {
    listen(address).map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressTaken { address, option },
        _ => StartError::CannotListen { address, option, cause },
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the last connections of the previous process.
    socket.set_reuseaddr(true)?;
    // The sockets of accepted connections inherit this.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Raises the limit of open files to the system's maximum. Its default of 1,024 is too low for many connections.
pub fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES));
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(wanted);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files cannot be raised");
        }
    }
}

/// Accepts connections until the token is cancelled; the tracker has their tasks.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, tracker: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                tracker.spawn(serve_connection(stream, peer, router.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                // Out of file descriptors: connections that close free some.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    // Without this a small message may wait 40 ms for further data (Nagle's algorithm).
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { router.oneshot(request).await.map_err(|never: Infallible| never) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
