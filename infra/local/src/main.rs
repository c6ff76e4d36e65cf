//! Rally on this machine: reads the command line, prints the address, and ends on a signal.

use std::process::ExitCode;

use clap::Parser;
use emulator::StartError;
use local::{CommandLine, Settings, deployment};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    // The database logs a warning for each response that is not a success, for example that a new database has no table yet.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,dynoxide::server=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(CommandLine::parse().into()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<(), StartError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let local = deployment::start(settings).await?;
    println!("AWS endpoint: http://{}/", local.aws_address());
    println!("Rally is at http://{}/", local.address());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    local.shutdown().await;
    Ok(())
}
