//! Messages on the disk: SQLite, each write committed before it is answered. Never decides who gets one.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::{Incoming, epoch};
use crate::error::StartError;

/// What the file holds. `visible` says from when on a message may be received, in milliseconds since the epoch; what is
/// dead is kept for whoever looks why.
const SCHEMA: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS messages (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL,
        sent INTEGER NOT NULL, visible INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
        dead INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX IF NOT EXISTS messages_to_receive ON messages (queue, dead, visible);";

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its place in the file; 0 before it is kept.
    pub(super) number: i64,
    /// Its name.
    pub(super) id: String,
    /// Where it waits.
    pub(super) queue: String,
    /// What it says.
    pub(super) body: String,
    /// Its attributes, all of them strings.
    pub(super) attributes: Vec<(String, String)>,
    /// When it came, in milliseconds since the epoch.
    pub(super) sent: i64,
    /// From when on it may be received.
    pub(super) visible: i64,
    /// So often it has been received.
    pub(super) receives: u32,
}

impl Message {
    pub(super) fn new(queue: &str, incoming: &Incoming, now: SystemTime) -> Self {
        Self {
            number: 0,
            id: uuid::Uuid::new_v4().to_string(),
            queue: queue.to_owned(),
            body: incoming.body.clone(),
            attributes: incoming.attributes.clone(),
            sent: epoch(now),
            visible: epoch(now + incoming.delay),
            receives: 0,
        }
    }
}

/// The file of messages.
pub(super) struct Store(Mutex<Connection>);

impl Store {
    /// Opens the file, made if need be.
    pub(super) fn open(file: &Path) -> Result<Self, StartError> {
        let failed = |cause: rusqlite::Error| StartError::Database { file: file.to_owned(), cause: cause.to_string() };
        let connection = Connection::open(file).map_err(failed)?;
        connection.execute_batch(SCHEMA).map_err(failed)?;
        // What was received by a process that is gone may be received at once.
        connection.execute("UPDATE messages SET visible = sent WHERE receives > 0", []).map_err(failed)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps messages, all of them or none.
    pub(super) fn keep(&self, messages: &[Message]) -> rusqlite::Result<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        for message in messages {
            let attributes = serde_json::to_string(&message.attributes).unwrap_or_default();
            transaction
                .prepare_cached(
                    "INSERT INTO messages (id, queue, body, attributes, sent, visible) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![message.id, message.queue, message.body, attributes, message.sent, message.visible])?;
        }
        transaction.commit()
    }

    /// Takes up to `count` messages of a queue that may be received; nobody else gets them before `until`.
    pub(super) fn receive(&self, queue: &str, count: usize, now: i64, until: i64) -> rusqlite::Result<Vec<Message>> {
        let connection = self.connection();
        let mut receive = connection.prepare_cached(
            "UPDATE messages SET visible = ?4, receives = receives + 1 WHERE number IN
                (SELECT number FROM messages WHERE queue = ?1 AND dead = 0 AND visible <= ?3 ORDER BY visible, number LIMIT ?2)
             RETURNING number, id, queue, body, attributes, sent, visible, receives",
        )?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let rows = receive.query_map(params![queue, count, now, until], |row| {
            let attributes: String = row.get(4)?;
            Ok(Message {
                number: row.get(0)?,
                id: row.get(1)?,
                queue: row.get(2)?,
                body: row.get(3)?,
                attributes: serde_json::from_str(&attributes).unwrap_or_default(),
                sent: row.get(5)?,
                visible: row.get(6)?,
                receives: row.get(7)?,
            })
        })?;
        rows.collect()
    }

    /// When the next message of a queue may be received; `None` if there is none.
    pub(super) fn next(&self, queue: &str) -> rusqlite::Result<Option<i64>> {
        let connection = self.connection();
        let mut next = connection.prepare_cached("SELECT MIN(visible) FROM messages WHERE queue = ?1 AND dead = 0")?;
        next.query_row([queue], |row| row.get(0))
    }

    /// A message was dealt with.
    pub(super) fn delete(&self, number: i64) -> rusqlite::Result<()> {
        self.connection().prepare_cached("DELETE FROM messages WHERE number = ?1")?.execute([number]).map(|_| ())
    }

    /// A message may be received again from then on.
    pub(super) fn delay(&self, number: i64, visible: i64) -> rusqlite::Result<()> {
        let connection = self.connection();
        let mut delay = connection.prepare_cached("UPDATE messages SET visible = ?2 WHERE number = ?1")?;
        delay.execute(params![number, visible]).map(|_| ())
    }

    /// A message goes on in another queue, with another body.
    pub(super) fn move_to(&self, message: &Message, queue: &str, body: &str) -> rusqlite::Result<()> {
        let connection = self.connection();
        let mut change = connection.prepare_cached(
            "UPDATE messages SET queue = ?2, body = ?3, receives = 0, visible = sent WHERE number = ?1",
        )?;
        change.execute(params![message.number, queue, body]).map(|_| ())
    }

    /// A message is given up, and kept for whoever looks why.
    pub(super) fn bury(&self, number: i64) -> rusqlite::Result<()> {
        self.connection()
            .prepare_cached("UPDATE messages SET dead = 1 WHERE number = ?1")?
            .execute([number])
            .map(|_| ())
    }

    /// So many messages wait or are being dealt with (of any queue), and so many were given up.
    pub(super) fn count(&self) -> rusqlite::Result<(u64, u64)> {
        let connection = self.connection();
        let mut count = connection.prepare_cached(
            "SELECT COUNT(*) FILTER (WHERE dead = 0), COUNT(*) FILTER (WHERE dead = 1) FROM messages",
        )?;
        count.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
