//! DynamoDB on one file: dynoxide, served on a loopback port that only this process knows. Knows no table of an application.
//!
//! The database stores the changes of all streams in one SQLite table, `_stream_records`, without an index on the sequence number and
//! without a limit. Each write looks for the highest number, and each read for those above one: both would scan the whole table, which
//! grows with each change. So a second connection to the file creates the index at the start and removes records older than a day, as
//! AWS does. A database in memory cannot have a second connection: therefore even an ephemeral one is a file.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dynoxide::Database;
use rusqlite::{Connection, params};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::error::StartError;
use crate::stream::record::SequenceNumber;

/// How long unread changes are stored: DynamoDB Streams' limit.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Records removed under one lock, so that a writer waits for at most milliseconds.
const TRIM_BATCH: usize = 1000;

/// The difference between a sequence number's public form and the stored number.
const PUBLIC_OFFSET: u128 = 100_000_000_000_000_000_000;

const INDEX: &str = "CREATE INDEX IF NOT EXISTS _stream_records_by_sequence
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

const TRIM: &str = "DELETE FROM _stream_records WHERE id IN (
    SELECT id FROM _stream_records
    WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
    ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3)";

/// The database and the thread that serves it.
pub struct LocalDatabase {
    database: Database,
    address: SocketAddr,
    /// The second connection to the file.
    maintenance: Mutex<Connection>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl LocalDatabase {
    /// Opens the file and serves it.
    ///
    /// The server has a thread of its own: each request works in SQLite, which blocks, and would hold up the threads that serve the
    /// connections.
    pub fn open(file: &Path) -> Result<Self, StartError> {
        let failed = |cause: String| StartError::Database { file: file.to_owned(), cause };
        let database = Database::new(&file.to_string_lossy()).map_err(|error| failed(error.to_string()))?;
        let maintenance = open_maintenance(file).map_err(|error| failed(error.to_string()))?;
        let listener = bind_privately()?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let thread = std::thread::Builder::new().name("dynamodb".to_owned()).spawn(serving(
            listener,
            database.clone(),
            stop.clone(),
        )?)?;
        Ok(Self { database, address, maintenance: Mutex::new(maintenance), stop, thread: Some(thread) })
    }

    /// The database, for reading its streams.
    pub fn handle(&self) -> Database {
        self.database.clone()
    }

    /// The address of the DynamoDB API.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Deletes items whose time to live is over, and returns their number. Blocks.
    pub fn expire(&self) -> Result<usize, String> {
        self.database.sweep_ttl().map_err(|error| error.to_string())
    }

    /// Removes delivered records of a table's stream that are older than a day, and returns their number. Blocks.
    ///
    /// Unlike AWS it keeps undelivered records of any age: this machine may have been switched off for a week.
    pub fn trim(&self, table: &str, delivered: Option<SequenceNumber>, now: SystemTime) -> Result<usize, String> {
        let Some(limit) = trim_limit(delivered, now) else {
            return Ok(0);
        };
        let mut trimmed = 0;
        loop {
            let connection = self.maintenance.lock().unwrap_or_else(PoisonError::into_inner);
            let count =
                connection.execute(TRIM, params![table, limit, TRIM_BATCH]).map_err(|error| error.to_string())?;
            trimmed += count;
            if count < TRIM_BATCH {
                return Ok(trimmed);
            }
        }
    }
}

impl Drop for LocalDatabase {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn open_maintenance(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute(INDEX, [])?;
    Ok(connection)
}

/// A free address that other programs cannot guess.
///
/// The database accepts requests from any web page, as DynamoDB Local does, and checks no signature. On Linux the whole of 127.0.0.0/8
/// is this machine, so the address is one of sixteen million, chosen at random, and so is the port.
fn bind_privately() -> std::io::Result<std::net::TcpListener> {
    let mut random = [0; 3];
    let hidden = getrandom::fill(&mut random)
        .ok()
        .map(|()| Ipv4Addr::new(127, random[0].max(1), random[1], random[2].clamp(2, 254)));
    let listener = match hidden.map(|address| std::net::TcpListener::bind((address, 0))) {
        Some(Ok(listener)) => listener,
        _ => std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn serving(
    listener: std::net::TcpListener,
    database: Database,
    stop: CancellationToken,
) -> std::io::Result<impl FnOnce() + Send> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(move || {
        runtime.block_on(async move {
            let listener = match TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return tracing::error!(%error, "the database cannot be served"),
            };
            let stopped = stop.clone();
            let served = dynoxide::server::serve_with_shutdown(listener, database, stopped.cancelled_owned());
            tokio::select! {
                result = served => if let Err(error) = result {
                    tracing::error!(error, "the database is no longer served");
                },
                // A request that hangs must not delay the shutdown: acknowledged writes are on the disk.
                () = async { stop.cancelled().await; tokio::time::sleep(Duration::from_millis(200)).await } => {}
            }
        });
    })
}

/// The highest stored number to remove: stored numbers are microseconds since 1970.
fn trim_limit(delivered: Option<SequenceNumber>, now: SystemTime) -> Option<i64> {
    let delivered: u128 = delivered?.to_string().parse().ok()?;
    let delivered = i64::try_from(delivered.checked_sub(PUBLIC_OFFSET)?).ok()?;
    let horizon = now.checked_sub(RETENTION)?.duration_since(UNIX_EPOCH).ok()?;
    Some(delivered.min(i64::try_from(horizon.as_micros()).ok()?))
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;
