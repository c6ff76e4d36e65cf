//! The settings from the command line or the environment. Parsed once, here.

use std::path::PathBuf;
use std::time::Duration;

use crate::sensor::Thresholds;
use clap::{Args, Parser, Subcommand};
use domain::table::TableId;

use crate::sources::Source;

/// Reads a sensor at a table-tennis table and reports to a server whether the table is free.
#[derive(Debug, Parser)]
#[command(name = "rally-whisperer", version, disable_help_subcommand = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the sensor and report
    Run(Run),
    /// Show the live level and propose thresholds
    Calibrate(Calibrate),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) sensor: Sensor,
    /// The table's id
    #[arg(long, value_name = "ID", env = "WHISPERER_TABLE")]
    pub(crate) table: TableId,
    /// The server's address: `https://rally.example.org`
    #[arg(long, value_name = "URL", env = "WHISPERER_SERVER", value_parser = server_address)]
    pub(crate) server: String,
    /// The file that holds the table's key; without it, `key` among systemd's credentials
    #[arg(long, value_name = "FILE", env = "WHISPERER_KEY_FILE")]
    pub(crate) key_file: Option<PathBuf>,
    #[command(flatten)]
    levels: Levels,
    /// Interval at which an unchanged state is reported again
    #[arg(long, value_name = "TIME", env = "WHISPERER_HEARTBEAT", default_value = "60s", value_parser = humantime::parse_duration)]
    pub(crate) heartbeat: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    #[command(flatten)]
    pub(crate) sensor: Sensor,
    /// Duration of the measurement while the table is idle
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    pub(crate) quiet_for: Duration,
    /// Duration of the measurement during a game
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub(crate) play_for: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Sensor {
    /// `stdin`, `gpio:CHIP:LINE`, `gpio:CHIP:LINE:active-low`, `input:DEVICE`, `microphone` or `microphone:DEVICE`
    #[arg(long, value_name = "SOURCE", env = "WHISPERER_SOURCE", default_value = "stdin")]
    pub(crate) source: Source,
}

/// The thresholds and hold times.
#[derive(Debug, Args)]
struct Levels {
    /// At or above this level there is a game: 0 to 1
    #[arg(long, value_name = "LEVEL", env = "WHISPERER_BUSY_ABOVE", default_value_t = 0.5)]
    busy_above: f64,
    /// Below this level there is none: 0 to 1
    #[arg(long, value_name = "LEVEL", env = "WHISPERER_FREE_BELOW", default_value_t = 0.3)]
    free_below: f64,
    /// A game must last this long before the table is busy
    #[arg(long, value_name = "TIME", env = "WHISPERER_BUSY_HOLD", default_value = "5s", value_parser = humantime::parse_duration)]
    busy_hold: Duration,
    /// The table must be quiet for this long before it is free
    #[arg(long, value_name = "TIME", env = "WHISPERER_FREE_HOLD", default_value = "60s", value_parser = humantime::parse_duration)]
    free_hold: Duration,
    /// Pauses up to this long belong to the game
    #[arg(long, value_name = "TIME", env = "WHISPERER_PAUSE", default_value = "4s", value_parser = humantime::parse_duration)]
    pause: Duration,
}

impl Run {
    /// The thresholds, if they are valid.
    pub(crate) fn thresholds(&self) -> Result<Thresholds, String> {
        let Levels { busy_above, free_below, busy_hold, free_hold, pause } = self.levels;
        let thresholds = Thresholds { busy_above, free_below, busy_hold, free_hold, pause };
        thresholds.check().map_err(|error| error.to_string())?;
        Ok(thresholds)
    }

    /// The key: from its file, or from systemd's credentials (systemd.exec(5), `LoadCredential=`). Never from the command line, which
    /// every user of the machine can read.
    pub(crate) fn key(&self) -> Result<String, String> {
        let credential =
            || std::env::var_os("CREDENTIALS_DIRECTORY").map(|directory| PathBuf::from(directory).join("key"));
        let file = self.key_file.clone().or_else(credential).ok_or_else(|| {
            "There is no key. Put it into a file and name that with --key-file; an admin creates it on Rally's admin page."
                .to_owned()
        })?;
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("The key cannot be read from {}: {error}.", file.display()))?;
        let key = text.trim();
        if key.is_empty() || key.len() > 512 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("{} has no key: one line of visible characters.", file.display()));
        }
        Ok(key.to_owned())
    }
}

/// A server's address as entered, without a trailing slash.
fn server_address(input: &str) -> Result<String, String> {
    let address: http::Uri = input.parse().map_err(|_| "This is not a URL.".to_owned())?;
    let is_web = matches!(address.scheme_str(), Some("http" | "https"));
    if !is_web || address.host().is_none() || address.query().is_some() {
        return Err("A server's address begins with https:// (or http:// on your own network) and a host.".to_owned());
    }
    Ok(input.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Result<Run, clap::Error> {
        let line = ["rally-whisperer", "run", "--table", "lobby", "--server", "http://127.0.0.1:8080/"];
        match CommandLine::try_parse_from(line.iter().chain(arguments))?.command {
            Command::Run(run) => Ok(run),
            Command::Calibrate(_) => panic!("run expected"),
        }
    }

    #[test]
    fn options_are_parsed() {
        let input = run(&["--source", "gpio:/dev/gpiochip0:17:active-low", "--busy-hold", "2s"]).unwrap();
        assert_eq!(input.server, "http://127.0.0.1:8080");
        assert_eq!(input.thresholds().unwrap().busy_hold, Duration::from_secs(2));
        assert!(run(&["--free-below", "0.9"]).unwrap().thresholds().unwrap_err().contains("0.9 is not below 0.5"));
    }

    #[test]
    fn invalid_options_are_errors() {
        for invalid in
            [["--source", "magic"], ["--server", "lobby"], ["--table", "no such id"], ["--heartbeat", "soon"]]
        {
            assert!(run(&invalid).is_err(), "{invalid:?}");
        }
    }

    #[test]
    fn a_key_is_a_line_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "rally_abc_def\n").unwrap();
        let mut input = run(&[]).unwrap();
        input.key_file = Some(file.path().to_owned());
        assert_eq!(input.key().unwrap(), "rally_abc_def");
        std::fs::write(file.path(), "two\nlines").unwrap();
        assert!(input.key().unwrap_err().contains("has no key"));
        input.key_file = Some("/nowhere/key".into());
        assert!(input.key().unwrap_err().contains("/nowhere/key"));
    }
}
