//! Shows the live level as a bar, first while the table is idle and then during a game, and proposes thresholds. Sends nothing.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use crate::sensor::propose;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};

use crate::settings::Calibrate;
use crate::sources::Signal;

/// The bar's width in characters.
const WIDTH: usize = 40;

/// Without a terminal, which can redraw a bar, one line per second is enough.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// Measures twice and proposes thresholds.
pub(crate) async fn run(calibration: Calibrate) -> Result<(), String> {
    let mut sensor = calibration.sensor.source.listen()?;
    let seconds = |time: Duration| humantime::format_duration(time).to_string();
    print(&format!("Leave the table alone for {}.", seconds(calibration.quiet_for)));
    let quiet = listen(&mut sensor, calibration.quiet_for).await?;
    print(&format!("Now play for {}.", seconds(calibration.play_for)));
    let play = listen(&mut sensor, calibration.play_for).await?;
    let proposal = propose(&quiet, &play).ok_or_else(|| {
        "The sensor has sent nothing in one of the two measurements. Is it the right --source? Then listen for longer.".to_owned()
    })?;
    if proposal.overlaps {
        print("Quiet and play can hardly be told apart: put the sensor nearer to the table, and calibrate again.");
    }
    println!("--busy-above {:.2} --free-below {:.2}", proposal.busy_above, proposal.free_below);
    Ok(())
}

/// The sensor's levels for this long, or until it ends.
async fn listen(sensor: &mut UnboundedReceiver<Signal>, time: Duration) -> Result<Vec<f64>, String> {
    let (mut levels, end) = (Vec::new(), Instant::now() + time);
    let is_terminal = std::io::stderr().is_terminal();
    let mut printed_at = Instant::now() - LINE_EVERY;
    while let Ok(signal) = timeout_at(end, sensor.recv()).await {
        match signal {
            Some(Signal::Level(level)) => {
                levels.push(level);
                if is_terminal {
                    eprint!("\r{}", bar(level));
                    let _ = std::io::stderr().flush();
                } else if printed_at.elapsed() >= LINE_EVERY {
                    printed_at = Instant::now();
                    eprintln!("{}", bar(level));
                }
            }
            Some(Signal::Ended(Some(reason))) => return Err(reason),
            Some(Signal::Ended(None)) | None => {
                if levels.is_empty() {
                    return Err("The sensor has ended before the time was over.".to_owned());
                }
                break;
            }
        }
    }
    if is_terminal {
        eprintln!();
    }
    Ok(levels)
}

fn print(text: &str) {
    eprintln!("{text}");
}

fn bar(level: f64) -> String {
    let filled = (level.clamp(0.0, 1.0) * WIDTH as f64).round() as usize;
    format!("[{}{}] {level:.2}", "#".repeat(filled), "-".repeat(WIDTH - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_shows_the_level() {
        assert_eq!(bar(0.0), format!("[{}] 0.00", "-".repeat(40)));
        assert_eq!(bar(0.5), format!("[{}{}] 0.50", "#".repeat(20), "-".repeat(20)));
        assert_eq!(bar(1.0).matches('#').count(), 40);
    }
}
