//! The session of one connection: reads messages, invokes the function for each in turn, and ends at the limits. Never posts to another
//! connection.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::time::{self, Instant};

use super::connection::{Connection, Ending};
use super::frame::{self, Decoder, Incoming, Violation};
use super::{Gateway, event};
use crate::function::FunctionError;

/// The timeout for a client's close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes per read: many times the size of a ping or a subscribe frame.
const READ: usize = 4096;

/// Runs the connection to its end and invokes `$disconnect`.
pub(super) async fn run(gateway: Arc<Gateway>, connection: Arc<Connection>, read_ahead: Bytes) {
    let limits = gateway.limits();
    let mut decoder = Decoder::new(limits.frame, limits.message);
    decoder.feed(&read_ahead);

    let ending = tokio::select! {
        biased;
        ending = serve(&gateway, &connection, &mut decoder) => ending,
        ending = connection.flush() => ending,
        ending = connection.ended() => ending,
        ending = expire(&connection, limits.idle, limits.lifetime) => ending,
    };

    gateway.remove(&connection.origin.id);
    connection.close(ending.close_frame, &ending.reason);
    if ending.close_frame.is_some() {
        // A socket dropped with unread bytes resets, and the client would not receive the reason.
        let _ = time::timeout(CLOSE_TIMEOUT, finish_close(&connection)).await;
    }
    if !gateway.is_closing() {
        let event = event::disconnect(&connection.origin, &ending, SystemTime::now());
        if let Err(error) = gateway.invoke(event.payload).await {
            tracing::warn!(connection = %connection.origin.id, %error, "$disconnect failed");
        }
    }
}

/// Handles messages one at a time and in order, until the client closes or breaks a rule.
async fn serve(gateway: &Gateway, connection: &Connection, decoder: &mut Decoder) -> Ending {
    loop {
        loop {
            match decoder.next_message() {
                Ok(None) => break,
                Ok(Some(Incoming::Text(text))) => {
                    connection.record_activity();
                    handle_message(gateway, connection, text).await;
                }
                Ok(Some(Incoming::Ping(payload))) => {
                    let _ = connection.post(frame::pong(&payload));
                }
                Ok(Some(Incoming::Pong)) => connection.record_activity(),
                Ok(Some(Incoming::Close(close))) => return closed_by_client(close),
                Err(violation) => return ended_by_violation(violation),
            }
        }
        match receive(connection, decoder).await {
            Ok(0) => return Ending::lost("Connection closed abnormally"),
            Ok(_) => {}
            Err(_) => return Ending::lost("Connection reset"),
        }
    }
}

/// Invokes the function with one message and sends its response, if it has one.
async fn handle_message(gateway: &Gateway, connection: &Connection, text: String) {
    let event = event::message(&connection.origin, "$default", text, SystemTime::now());
    let reply = match gateway.invoke(event.payload).await {
        Ok(result) => {
            let body = result.get("body").and_then(|body| body.as_str()).unwrap_or_default();
            match body.len() <= gateway.limits().message {
                true => Ok(body.to_owned()),
                false => Err(FunctionError::new("The response is larger than the message limit.")),
            }
        }
        Err(error) => Err(error),
    };
    let reply = reply.unwrap_or_else(|error| {
        tracing::warn!(connection = %connection.origin.id, %error, "$default failed");
        let body = serde_json::json!({
            "message": "Internal server error",
            "connectionId": connection.origin.id.as_str(),
            "requestId": event.request_id,
        });
        body.to_string()
    });
    if !reply.is_empty() {
        let _ = connection.post(frame::text(&reply));
    }
}

async fn receive(connection: &Connection, decoder: &mut Decoder) -> io::Result<usize> {
    loop {
        connection.transport().readable().await?;
        match read_available(connection, decoder) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
}

/// Reads into a buffer on the stack: a waiting connection holds no buffer.
fn read_available(connection: &Connection, decoder: &mut Decoder) -> io::Result<usize> {
    let mut buffer = [0; READ];
    let count = connection.transport().try_read(&mut buffer)?;
    decoder.feed(&buffer[..count]);
    Ok(count)
}

/// Waits for the idle limit or the maximum age. Traffic does not reset the timer: when it fires, it compares the time of the last
/// traffic.
async fn expire(connection: &Connection, idle: Duration, lifetime: Duration) -> Ending {
    let end_of_life = connection.opened() + lifetime;
    loop {
        let deadline = end_of_life.min(connection.last_active() + idle);
        if deadline <= Instant::now() {
            return Ending::by_server(1001, "Going away");
        }
        time::sleep_until(deadline).await;
    }
}

/// Writes the close frame and reads on until the client has closed as well.
async fn finish_close(connection: &Connection) -> io::Result<()> {
    connection.drain().await?;
    let mut buffer = [0; READ / 8];
    loop {
        connection.transport().readable().await?;
        match connection.transport().try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            // After a close frame, further data of the client is ignored.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

fn closed_by_client(close: Option<(u16, String)>) -> Ending {
    match close {
        Some((code, reason)) => Ending { code, reason, close_frame: Some(code) },
        None => {
            Ending { code: 1005, reason: "Client-side close frame status not set".to_owned(), close_frame: Some(1000) }
        }
    }
}

fn ended_by_violation(violation: Violation) -> Ending {
    Ending::by_server(violation.code(), &violation.to_string())
}
