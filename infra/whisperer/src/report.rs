//! From the sensor to the server: passes the sensor's levels to the detector and the detector's states to the reporter, and
//! carries out what they decide. The network never delays the sensor.

use std::time::{Duration, SystemTime};

use crate::sensor::{Detector, Reply, Reporter};
use domain::time::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use crate::log;
use crate::server::{Outcome, Server};
use crate::settings::Run;
use crate::sources::Signal;

/// When the sensor has ended, timeout for sending the last state.
const FINAL_REPORT_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs until the sensor ends or the system stops the program.
pub(crate) async fn run(run: Run) -> Result<(), String> {
    let thresholds = run.thresholds()?;
    let server = Server::new(&run.server, run.table.as_str(), &run.key()?)?;
    let failed = |error: std::io::Error| format!("Signals cannot be handled: {error}.");
    let mut terminated = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(failed)?;
    log::info(&format!("Watching {:?} for table {} at {}.", run.sensor.source, run.table, run.server));
    let mut sensor = run.sensor.source.clone().listen()?;
    let mut whisperer = Whisperer {
        detector: Detector::new(thresholds, now()),
        reporter: Reporter::new(run.heartbeat),
        server,
        in_flight: JoinSet::new(),
        last_error: None,
    };
    tokio::select! {
        outcome = whisperer.run_until_end(&mut sensor) => outcome,
        _ = terminated.recv() => Ok(()),
        _ = interrupted.recv() => Ok(()),
    }
}

struct Whisperer {
    detector: Detector,
    reporter: Reporter,
    server: Server,
    /// The only request, if there is one.
    in_flight: JoinSet<Outcome>,
    /// The last logged error: a repeated one is not logged again.
    last_error: Option<String>,
}

impl Whisperer {
    async fn run_until_end(&mut self, sensor: &mut UnboundedReceiver<Signal>) -> Result<(), String> {
        let mut ended: Option<Timestamp> = None;
        loop {
            let now = now();
            if let Some(is_free) = self.reporter.poll_request(now) {
                self.in_flight.spawn(self.server.clone().report(is_free));
            }
            if ended.is_some_and(|ended| self.reporter.is_done() || now.since(ended) >= FINAL_REPORT_TIMEOUT) {
                return Ok(());
            }
            let due = [self.detector.next_timeout().filter(|_| ended.is_none()), self.reporter.next_timeout()];
            let due = due.into_iter().chain([ended.map(|ended| ended.plus(FINAL_REPORT_TIMEOUT))]).flatten().min();
            let wait = due.map_or(Duration::from_secs(3_600), |due| due.since(now));
            tokio::select! {
                signal = sensor.recv(), if ended.is_none() => match signal {
                    Some(Signal::Level(level)) => self.handle_level(level),
                    Some(Signal::Ended(Some(why))) => return Err(why),
                    Some(Signal::Ended(None)) | None => {
                        // The sensor's last state is sent before the end.
                        self.handle_end();
                        ended = Some(now);
                    }
                },
                Some(finished) = self.in_flight.join_next() => self.handle_reply(finished.ok()),
                () = tokio::time::sleep(wait) => self.handle_timeout(),
            }
        }
    }

    fn handle_level(&mut self, level: f64) {
        let decided = self.detector.handle_level(now(), level);
        self.apply(decided);
    }

    fn handle_timeout(&mut self) {
        let decided = self.detector.handle_timeout(now());
        self.apply(decided);
    }

    fn handle_end(&mut self) {
        // An undecided state is dropped: a sensor that has ended cannot confirm it.
        self.handle_timeout();
    }

    fn apply(&mut self, decided: Option<bool>) {
        if let Some(is_free) = decided {
            log::info(if is_free { "The table is free." } else { "The table is busy." });
            self.reporter.handle_state(is_free);
        }
    }

    fn handle_reply(&mut self, finished: Option<Outcome>) {
        let aborted = || Outcome { reply: Reply::Retry(None), message: Some("A report was aborted.".to_owned()) };
        let Outcome { reply, message } = finished.unwrap_or_else(aborted);
        self.reporter.handle_reply(now(), reply, jitter());
        match (&message, reply) {
            (None, _) if self.last_error.is_some() => log::info("The server accepts reports again."),
            (Some(_), _) if self.last_error == message => {}
            (Some(text), Reply::Rejected) => log::error(&format!("{text} It is retried once a minute.")),
            (Some(text), _) => log::warn(&format!("{text} The last state is sent as soon as possible.")),
            (None, _) => {}
        }
        self.last_error = message;
    }
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(since_epoch)
}

fn jitter() -> f64 {
    let mut byte = [0_u8];
    // Without randomness the wait is just not spread.
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}
