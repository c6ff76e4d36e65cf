//! Changes that the replica applies per second: natively, and in WASM as the site is compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bench::Workload;

use crate::statistics::Sample;

/// What `bench replica` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tables in the replica
    #[arg(long, default_value_t = 1_000)]
    tables: u32,
    /// Changes in one run
    #[arg(long, default_value_t = 100_000)]
    changes: u32,
    /// Runs, of which the median counts
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

const TARGET: &str = "wasm32-unknown-unknown";

/// Prints both results.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    println!("Frames parsed and changes applied per second, {} tables:", arguments.tables);
    println!("native: {}", rate(arguments.changes, native(arguments)?));
    println!("WASM:   {}", rate(arguments.changes, in_wasm(arguments)?));
    Ok(())
}

fn native(arguments: &Arguments) -> Result<Duration> {
    let times: Result<Vec<Duration>> = (0..arguments.runs)
        .map(|_| {
            let mut workload = Workload::new(arguments.tables, arguments.changes);
            let started = Instant::now();
            let news = workload.apply();
            let took = started.elapsed();
            if news != arguments.changes {
                bail!("Only {news} of {} changes were news", arguments.changes);
            }
            Ok(took)
        })
        .collect();
    Ok(Sample::of(times?).median())
}

/// Compiles the same work for the browser and runs it in Node.js, whose engine is Chromium's.
fn in_wasm(arguments: &Arguments) -> Result<Duration> {
    let folder = tempfile::tempdir().context("No folder for the compiled work")?;
    let module = compile()?;
    let mut bindgen = Command::new("wasm-bindgen");
    bindgen.args(["--target", "nodejs", "--out-dir"]).arg(folder.path()).arg(module);
    succeed(&mut bindgen, "wasm-bindgen")?;
    let script = folder.path().join("measure.cjs");
    fs::write(&script, SCRIPT).context("The script cannot be written")?;
    let output = Command::new("node")
        .arg(script)
        .args([arguments.tables.to_string(), arguments.changes.to_string(), arguments.runs.to_string()])
        .output()
        .context("Node.js cannot be started")?;
    if !output.status.success() {
        bail!("Node.js failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let times: Result<Vec<f64>, _> = String::from_utf8_lossy(&output.stdout).lines().map(str::parse).collect();
    let times = times.context("The script printed something else than times")?;
    Ok(Sample::of(times.into_iter().map(|milliseconds| Duration::from_secs_f64(milliseconds / 1_000.0))).median())
}

/// Prints one time in milliseconds per line.
const SCRIPT: &str = "
const { Workload } = require('./bench.js');
const [tables, changes, runs] = process.argv.slice(2).map(Number);
for (let run = 0; run < runs; run += 1) {
  const workload = new Workload(tables, changes);
  const started = performance.now();
  const news = workload.apply();
  const took = performance.now() - started;
  if (news !== changes) throw new Error(`only ${news} of ${changes} changes were news`);
  console.log(took);
  workload.free();
}
";

fn compile() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&root).args([
        "build",
        "--quiet",
        "--package",
        "bench",
        "--lib",
        "--profile",
        "site",
        "--target",
        TARGET,
    ]);
    succeed(&mut cargo, "cargo")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join(TARGET).join("site/bench.wasm"))
}

fn succeed(command: &mut Command, name: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("{name} cannot be started"))?;
    if !status.success() {
        bail!("{name} failed");
    }
    Ok(())
}

fn rate(changes: u32, took: Duration) -> String {
    format!("{:.0}", f64::from(changes) / took.as_secs_f64().max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_by_the_second() {
        assert_eq!(rate(1_000, Duration::from_millis(500)), "2000");
    }
}
