//! Whether a server's responses match its description, for any request: for `cargo xtask fuzz`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Send a server requests that its description allows, and others.
#[derive(Parser)]
struct Arguments {
    /// The program schemathesis
    program: PathBuf,
    /// Number of requests for each operation
    #[arg(long, default_value_t = 100)]
    examples: u32,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let (status, said) = conformance::schema::check(&arguments.program, Some(arguments.examples)).await?;
    println!("{said}");
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
