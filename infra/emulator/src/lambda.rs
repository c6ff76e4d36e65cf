//! Lambda for functions that are programs of their own, as cargo-lambda builds them: each process requests its events over the Runtime
//! API ("Using the Lambda runtime API for custom runtimes") and handles one at a time. Knows no function.
//! A response has at most 6 MB ("Lambda quotas"); an invocation times out after 60 seconds.
//!
//! - `runtime`: the Runtime API of the processes
//! - `process`: one process, from its start to its end
//! - [`http_event`]: API Gateway's event for a request, and the response from the function's result

pub mod http_event;
mod process;
mod runtime;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinHandle;

use crate::error::StartError;
use crate::function::{Function, FunctionError, SharedFunction};
use process::Process;
use runtime::ProcessRegistry;

pub use process::Timing;

/// The number of events of one function that are handled at the same time, each by its own process; further events wait.
const CONCURRENCY_LIMIT: usize = 8;

/// The Runtime API for the processes of all functions.
pub struct Lambda {
    address: SocketAddr,
    registry: Arc<ProcessRegistry>,
    serving: JoinHandle<()>,
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The program of a function, its environment and its log.
#[derive(Debug, Clone)]
pub struct Program {
    /// The function's name.
    pub name: String,
    /// Its program.
    pub path: PathBuf,
    /// Its environment, in addition to the variables that Lambda sets.
    pub environment: Vec<(String, String)>,
    /// The file to which its log is appended; without one it goes to the log of this program.
    pub log: Option<PathBuf>,
}

impl Lambda {
    /// Serves the Runtime API at a free port of this machine.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start() -> Result<Arc<Self>, StartError> {
        let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, registry) = (listener.local_addr()?, Arc::new(ProcessRegistry::default()));
        let router = runtime::router(Arc::clone(&registry));
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the Runtime API has ended");
            }
        });
        Ok(Arc::new(Self { address, registry, serving }))
    }

    /// A function whose processes are started on demand and then reused.
    pub fn function(self: &Arc<Self>, program: Program) -> SharedFunction {
        Arc::new(self.program(program))
    }

    /// The same, with access to its processes for measurements.
    pub fn program(self: &Arc<Self>, program: Program) -> ProgramFunction {
        ProgramFunction {
            lambda: Arc::clone(self),
            program,
            idle: Mutex::default(),
            first: OnceCell::new(),
            permits: Semaphore::new(CONCURRENCY_LIMIT),
        }
    }
}

/// A function and its processes.
pub struct ProgramFunction {
    lambda: Arc<Lambda>,
    program: Program,
    idle: Mutex<Vec<Process>>,
    first: OnceCell<Timing>,
    permits: Semaphore,
}

impl ProgramFunction {
    /// The time from the start of its first process to the first request for an event; the process is started now if there is none.
    ///
    /// # Errors
    /// The program does not start, or ends before it requests an event.
    pub async fn start(&self) -> Result<Timing, FunctionError> {
        let process = self.process().await?;
        self.put_back(process);
        Ok(self.first.get().copied().unwrap_or_default())
    }

    /// The ids of its idle processes.
    pub fn processes(&self) -> Vec<u32> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Process::id).collect()
    }

    async fn process(&self) -> Result<Process, FunctionError> {
        while let Some(mut process) = self.take_idle() {
            if process.is_running() {
                return Ok(process);
            }
        }
        let process = Process::start(&self.program, self.lambda.address, &self.lambda.registry).await?;
        let _ = self.first.set(process.timing());
        Ok(process)
    }

    fn take_idle(&self) -> Option<Process> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put_back(&self, process: Process) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
    }
}

impl Function for ProgramFunction {
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        async move {
            let _permit = self.permits.acquire().await.map_err(|_| FunctionError::new("Lambda has ended"))?;
            let mut process = self.process().await?;
            let result = process.invoke(&event).await;
            // A process that has ended is not reused, and its event has failed, as on AWS.
            if process.is_running() {
                self.put_back(process);
            }
            result
        }
        .boxed()
    }
}
