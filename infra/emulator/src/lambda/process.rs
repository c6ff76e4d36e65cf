//! One process of a function. It is never restarted: if it ends, its event has failed, and the next event starts another process.

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::Program;
use super::runtime::{INVOCATION_TIMEOUT, Invocation, ProcessRegistry, Registration};
use crate::function::FunctionError;
use crate::stream::record::REGION;

/// Timeout from the start of a process to its first request for an event ("Lambda quotas").
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Timing of a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timing {
    /// From its start until it requested its first event.
    pub init: Duration,
}

/// A process that handles one event after the other.
pub(super) struct Process {
    child: Child,
    name: String,
    registry: Arc<ProcessRegistry>,
    invoke: mpsc::Sender<Invocation>,
    timing: Timing,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.registry.unregister(&self.name);
    }
}

impl Process {
    pub(super) async fn start(
        program: &Program,
        runtime: SocketAddr,
        registry: &Arc<ProcessRegistry>,
    ) -> Result<Self, FunctionError> {
        let Registration { name, ready, invoke } = registry.register();
        let started_at = Instant::now();
        let mut command = Command::new(&program.path);
        // Inherits no variable of this process: a function has only what Lambda sets ("Defined runtime environment variables").
        command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
        command
            // With its scheme, since the client parses an address with a path only then.
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://{runtime}/{name}"))
            .env("AWS_LAMBDA_FUNCTION_NAME", &program.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", program.name))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", &name)
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("LAMBDA_TASK_ROOT", program.path.parent().unwrap_or(&program.path))
            .envs(program.environment.iter().map(|(name, value)| (name, value)));
        let log = program.log.as_ref().map(|log| OpenOptions::new().create(true).append(true).open(log)).transpose();
        let log = log.map_err(|error| FunctionError::new(format!("the log cannot be written: {error}")))?;
        command.stdout(log.map_or_else(|| Stdio::from(std::io::stderr()), Stdio::from));
        let child = command.spawn().map_err(|error| {
            registry.unregister(&name);
            FunctionError::new(format!("{} does not start: {error}", program.path.display()))
        })?;
        let mut process = Self { child, name, registry: Arc::clone(registry), invoke, timing: Timing::default() };
        tokio::select! {
            ready = ready => ready.unwrap_or_else(|_| Err(FunctionError::new("the function has ended")))?,
            status = process.child.wait() => return Err(ended(status)),
            () = tokio::time::sleep(START_TIMEOUT) => {
                return Err(FunctionError::new("the function has not requested an event within ten seconds"));
            }
        }
        process.timing.init = started_at.elapsed();
        Ok(process)
    }

    pub(super) const fn timing(&self) -> Timing {
        self.timing
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub(super) async fn invoke(&mut self, event: &Value) -> Result<Value, FunctionError> {
        let (reply, result) = oneshot::channel();
        let invocation = Invocation { id: Uuid::new_v4().to_string(), event: event.clone(), reply };
        let sent = self.invoke.send(invocation).await;
        sent.map_err(|_| FunctionError::new("the function has ended"))?;
        let outcome = tokio::select! {
            result = result => return result.unwrap_or_else(|_| Err(FunctionError::new("the function has ended"))),
            status = self.child.wait() => ended(status),
            () = tokio::time::sleep(INVOCATION_TIMEOUT) => FunctionError::new(format!("no response within {INVOCATION_TIMEOUT:?}")),
        };
        let _ = self.child.start_kill();
        let _ = self.child.wait().await;
        Err(outcome)
    }
}

fn ended(status: std::io::Result<std::process::ExitStatus>) -> FunctionError {
    match status {
        Ok(status) => FunctionError::new(format!("the function has ended: {status}")),
        Err(error) => FunctionError::new(format!("the function is lost: {error}")),
    }
}
