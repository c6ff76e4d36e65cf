//! `cargo xtask pictures`: see [`system_bench::pictures`].

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use system_bench::pictures;

/// What to take.
#[derive(Parser)]
struct Arguments {
    /// Where the pictures go
    #[arg(long, default_value = "target/pictures")]
    folder: PathBuf,
    /// Only pictures with this word in their names: tables, room, panel, projector, offline
    #[arg(default_value = "")]
    only: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { folder, only } = Arguments::parse();
    let count = pictures::take(&folder, &only).await?;
    println!("{count} pictures: {}", folder.join("index.html").display());
    Ok(())
}
