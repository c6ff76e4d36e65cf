//! Messages on the disk: SQLite, each write committed before it is acknowledged. Never decides where a message goes.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{Incoming, epoch, is_fifo};
use crate::error::StartError;
use crate::recursion::Chain;

/// The schema. `visible` is the time from which a message may be received, in milliseconds since the epoch; dead letters are stored for
/// inspection.
const SCHEMA: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS messages (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL,
        sent INTEGER NOT NULL, visible INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
        dead INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX IF NOT EXISTS messages_to_receive ON messages (queue, dead, visible);
    CREATE TABLE IF NOT EXISTS sequences (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, deduplication TEXT NOT NULL, id TEXT NOT NULL,
        sent INTEGER NOT NULL, UNIQUE (queue, deduplication));";

/// Columns that a file of an earlier version lacks: the group and sequence of a FIFO queue's message.
const FIFO_COLUMNS: &str = "ALTER TABLE messages ADD COLUMN message_group TEXT;
    ALTER TABLE messages ADD COLUMN deduplication TEXT;
    ALTER TABLE messages ADD COLUMN sequence INTEGER;";

/// A column that a file of an earlier version lacks: the chain of invocations of a message.
const CHAIN_COLUMN: &str = "ALTER TABLE messages ADD COLUMN chain TEXT;";

/// The columns in the order in which [`read`] takes them.
const COLUMNS: &str =
    "number, id, queue, body, attributes, sent, visible, receives, message_group, deduplication, sequence, chain";

/// A message of a FIFO queue that is sent again within this time, in milliseconds, is a duplicate ("Using the message deduplication ID
/// in Amazon SQS").
const DEDUPLICATION_INTERVAL: i64 = 5 * 60 * 1_000;

/// The FIFO parameters of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FifoKey {
    /// The group: its messages are received in the order of arrival.
    pub(super) group: String,
    /// The deduplication id.
    pub(super) deduplication: String,
    /// Sequence number, which grows with each message; 0 before it is stored.
    pub(super) sequence: i64,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its row id in the file; 0 before it is stored.
    pub(super) number: i64,
    /// Its message id.
    pub(super) id: String,
    /// Its queue.
    pub(super) queue: String,
    /// Its body.
    pub(super) body: String,
    /// Its attributes, all of them strings.
    pub(super) attributes: Vec<(String, String)>,
    /// When it arrived, in milliseconds since the epoch.
    pub(super) sent: i64,
    /// From when on it may be received, in milliseconds since the epoch.
    pub(super) visible: i64,
    /// The number of receives.
    pub(super) receives: u32,
    /// Its parameters in a FIFO queue.
    pub(super) fifo: Option<FifoKey>,
    /// The chain of invocations that led to it.
    pub(super) chain: Chain,
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
            // Other queues accept a group too, only for fairness.
            fifo: incoming.fifo.clone().filter(|_| is_fifo(queue)),
            chain: Chain::current(),
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    let attributes: String = row.get(4)?;
    let fifo = match (row.get(8)?, row.get(9)?, row.get(10)?) {
        (Some(group), Some(deduplication), Some(sequence)) => Some(FifoKey { group, deduplication, sequence }),
        _ => None,
    };
    Ok(Message {
        number: row.get(0)?,
        id: row.get(1)?,
        queue: row.get(2)?,
        body: row.get(3)?,
        attributes: serde_json::from_str(&attributes).unwrap_or_default(),
        sent: row.get(5)?,
        visible: row.get(6)?,
        receives: row.get(7)?,
        fifo,
        chain: row
            .get::<_, Option<String>>(11)?
            .and_then(|chain| serde_json::from_str(&chain).ok())
            .unwrap_or_default(),
    })
}

/// The file of messages.
pub(super) struct Store(Mutex<Connection>);

impl Store {
    /// Opens the file, created if it does not exist.
    pub(super) fn open(file: &Path) -> Result<Self, StartError> {
        let failed = |cause: rusqlite::Error| StartError::Database { file: file.to_owned(), cause: cause.to_string() };
        let connection = Connection::open(file).map_err(failed)?;
        connection.execute_batch(SCHEMA).map_err(failed)?;
        for (column, added) in [("sequence", FIFO_COLUMNS), ("chain", CHAIN_COLUMN)] {
            let count_columns = "SELECT COUNT(*) FROM pragma_table_info('messages') WHERE name = ?1";
            if connection.query_row(count_columns, [column], |row| row.get::<_, i64>(0)).map_err(failed)? == 0 {
                connection.execute_batch(added).map_err(failed)?;
            }
        }
        // Messages that a previous process has received may be received at once.
        connection.execute("UPDATE messages SET visible = sent WHERE receives > 0", []).map_err(failed)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores messages, all of them or none, and returns them. A duplicate in a FIFO queue is returned as the first message, and not
    /// stored again.
    pub(super) fn store_all(&self, messages: Vec<Message>) -> rusqlite::Result<Vec<Message>> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let mut stored = Vec::new();
        for message in messages {
            stored.push(match find_duplicate(&transaction, &message)? {
                Some(before) => before,
                None => insert(&transaction, message)?,
            });
        }
        transaction.commit()?;
        Ok(stored)
    }

    /// Takes up to `count` receivable messages of a queue, in the order of arrival; no other receiver gets them before `until`. No
    /// message of a FIFO queue's group is received while another one of the group is in flight or waits for its next try.
    pub(super) fn receive(&self, queue: &str, count: usize, now: i64, until: i64) -> rusqlite::Result<Vec<Message>> {
        let connection = self.connection();
        let order = if is_fifo(queue) { "sequence" } else { "visible, number" };
        let mut receive = connection.prepare_cached(&format!(
            "UPDATE messages SET visible = ?4, receives = receives + 1 WHERE number IN
                (SELECT number FROM messages WHERE queue = ?1 AND dead = 0 AND visible <= ?3
                    AND (message_group IS NULL OR message_group NOT IN
                        (SELECT message_group FROM messages WHERE queue = ?1 AND dead = 0 AND visible > ?3 AND message_group IS NOT NULL))
                 ORDER BY {order} LIMIT ?2)
             RETURNING {COLUMNS}",
        ))?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let mut messages: Vec<Message> =
            receive.query_map(params![queue, count, now, until], read)?.collect::<rusqlite::Result<_>>()?;
        // RETURNING guarantees no order.
        messages.sort_by_key(|message| (message.fifo.as_ref().map(|fifo| fifo.sequence), message.number));
        Ok(messages)
    }

    /// When the next message of a queue may be received; `None` if there is none.
    pub(super) fn next(&self, queue: &str) -> rusqlite::Result<Option<i64>> {
        let connection = self.connection();
        // A group's messages wait for all received messages of the group.
        let mut next = connection.prepare_cached(match is_fifo(queue) {
            true => {
                "SELECT MIN(last) FROM
                    (SELECT MAX(visible) AS last FROM messages WHERE queue = ?1 AND dead = 0 GROUP BY message_group)"
            }
            false => "SELECT MIN(visible) FROM messages WHERE queue = ?1 AND dead = 0",
        })?;
        next.query_row([queue], |row| row.get(0))
    }

    /// The numbers of a queue's messages that may be received, that are in flight, and that are delayed.
    pub(super) fn counts(&self, queue: &str, now: i64) -> rusqlite::Result<[u64; 3]> {
        let connection = self.connection();
        let mut count = connection.prepare_cached(
            "SELECT COUNT(*) FILTER (WHERE visible <= ?2), COUNT(*) FILTER (WHERE visible > ?2 AND receives > 0),
                COUNT(*) FILTER (WHERE visible > ?2 AND receives = 0)
             FROM messages WHERE queue = ?1 AND dead = 0",
        )?;
        count.query_row(params![queue, now], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
    }

    /// Deletes a message that was handled.
    pub(super) fn delete(&self, number: i64) -> rusqlite::Result<()> {
        self.connection().prepare_cached("DELETE FROM messages WHERE number = ?1")?.execute([number]).map(|_| ())
    }

    /// Sets the time from which a message may be received again.
    pub(super) fn delay(&self, number: i64, visible: i64) -> rusqlite::Result<()> {
        let connection = self.connection();
        let mut delay = connection.prepare_cached("UPDATE messages SET visible = ?2 WHERE number = ?1")?;
        delay.execute(params![number, visible]).map(|_| ())
    }

    /// Moves a message to another queue, with another body.
    pub(super) fn move_to(&self, message: &Message, queue: &str, body: &str) -> rusqlite::Result<()> {
        let connection = self.connection();
        let mut change = connection.prepare_cached(
            "UPDATE messages SET queue = ?2, body = ?3, receives = 0, visible = sent WHERE number = ?1",
        )?;
        change.execute(params![message.number, queue, body]).map(|_| ())
    }

    /// Marks a message as a dead letter, which stays stored for inspection.
    pub(super) fn mark_dead(&self, number: i64) -> rusqlite::Result<()> {
        self.connection()
            .prepare_cached("UPDATE messages SET dead = 1 WHERE number = ?1")?
            .execute([number])
            .map(|_| ())
    }

    /// The number of messages that wait or are in flight (of all queues), and the number of dead letters.
    pub(super) fn count(&self) -> rusqlite::Result<(u64, u64)> {
        let connection = self.connection();
        let mut count = connection.prepare_cached(
            "SELECT COUNT(*) FILTER (WHERE dead = 0), COUNT(*) FILTER (WHERE dead = 1) FROM messages",
        )?;
        count.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

/// The message of a FIFO queue of which this one is a duplicate.
fn find_duplicate(transaction: &Transaction<'_>, message: &Message) -> rusqlite::Result<Option<Message>> {
    let Some(fifo) = &message.fifo else { return Ok(None) };
    transaction
        .prepare_cached("DELETE FROM sequences WHERE sent <= ?1")?
        .execute([message.sent - DEDUPLICATION_INTERVAL])?;
    let mut earlier =
        transaction.prepare_cached("SELECT id, sequence FROM sequences WHERE queue = ?1 AND deduplication = ?2")?;
    let earlier: Option<(String, i64)> = earlier
        .query_row(params![message.queue, fifo.deduplication], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(earlier.map(|(id, sequence)| Message {
        id,
        fifo: Some(FifoKey { sequence, ..fifo.clone() }),
        ..message.clone()
    }))
}

fn insert(transaction: &Transaction<'_>, message: Message) -> rusqlite::Result<Message> {
    let fifo = match message.fifo.clone() {
        None => None,
        Some(fifo) => {
            transaction
                .prepare_cached("INSERT INTO sequences (queue, deduplication, id, sent) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![message.queue, fifo.deduplication, message.id, message.sent])?;
            Some(FifoKey { sequence: transaction.last_insert_rowid(), ..fifo })
        }
    };
    let attributes = serde_json::to_string(&message.attributes).unwrap_or_default();
    let (group, deduplication, sequence) = match &fifo {
        Some(FifoKey { group, deduplication, sequence }) => (Some(group), Some(deduplication), Some(sequence)),
        None => (None, None, None),
    };
    transaction
        .prepare_cached(
            "INSERT INTO messages (id, queue, body, attributes, sent, visible, message_group, deduplication, sequence, chain)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            message.id,
            message.queue,
            message.body,
            attributes,
            message.sent,
            message.visible,
            group,
            deduplication,
            sequence,
            serde_json::to_string(&message.chain).unwrap_or_default(),
        ])?;
    Ok(Message { number: transaction.last_insert_rowid(), fifo, ..message })
}
