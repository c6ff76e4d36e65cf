//! Child processes that end with xtask. Each runs in a process group of its own; a signal is forwarded to every group, and processes
//! that have not ended some time later are killed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{self, Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::Ticker;

/// Timeout before the kill. A test runner gives its own children ten seconds, so it gets a little more.
const GRACE: Duration = Duration::from_secs(12);

/// The number of shown lines of a failed child's log.
const LOG_TAIL: usize = 40;

/// The running groups, by their leader's id.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// The signal that ends this program; zero until one comes.
static ASKED_TO_END: AtomicI32 = AtomicI32::new(0);

/// From here on Ctrl-C, SIGTERM and a closed terminal end our children first, then this program.
pub(crate) fn end_children_with_us() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("Signals cannot be watched")?;
    thread::spawn(move || {
        for signal in signals.forever() {
            let again = ASKED_TO_END.swap(signal, Ordering::SeqCst) != 0;
            if groups().is_empty() {
                process::exit(128 + signal);
            }
            if again {
                signal_groups(Signal::KILL);
            } else {
                signal_groups(Signal::from_named_raw(signal).unwrap_or(Signal::TERM));
                thread::spawn(|| {
                    thread::sleep(GRACE);
                    signal_groups(Signal::KILL);
                });
            }
        }
    });
    Ok(())
}

/// A child with all its descendants.
pub(crate) struct Group {
    child: Child,
    id: i32,
}

impl Group {
    /// Starts the command in a group of its own, without standard input.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        // Held while the child starts: a signal in between would miss it.
        let mut groups = groups();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be started", command.get_program().to_string_lossy()))?;
        let id = i32::try_from(child.id()).context("The child's id is out of range")?;
        groups.insert(id);
        Ok(Self { child, id })
    }

    /// What the child prints, if its output was piped.
    pub(crate) fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits for its end. Never returns after a signal: then it ends this program too.
    pub(crate) fn wait(self) -> Result<ExitStatus> {
        let status = self.wait_even_if_asked_to_end()?;
        end_if_asked();
        Ok(status)
    }

    /// Waits for its end, and returns also after a signal.
    pub(crate) fn wait_even_if_asked_to_end(mut self) -> Result<ExitStatus> {
        self.child.wait().context("A child cannot be waited for")
    }

    fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The leader may have ended and left a child behind; an error because the group is gone is ignored.
        if let Some(group) = Pid::from_raw(self.id) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
        groups().remove(&self.id);
    }
}

/// Runs a command whose output is shown as it comes. `failure` is the error message if it fails.
pub(crate) fn run(command: &mut Command, failure: &str) -> Result<()> {
    let status = Group::start(command)?.wait()?;
    if !status.success() {
        bail!("{failure}");
    }
    Ok(())
}

/// Runs a command whose output goes to a log; the end of the log is shown if it fails.
pub(crate) fn run_logged(command: &mut Command, log: &Path, ticker: &mut Ticker) -> Result<()> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
    let started = Instant::now();
    let mut group = Group::start(command.stdout(file.try_clone()?).stderr(file))?;
    while !group.has_ended()? {
        // The interval is short at first, so that a short command is not delayed.
        thread::sleep(if started.elapsed() < Duration::from_secs(1) {
            Duration::from_millis(10)
        } else {
            Duration::from_millis(200)
        });
        ticker.tick();
    }
    let status = group.wait()?;
    if status.success() {
        return Ok(());
    }
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    eprintln!();
    for line in lines.iter().skip(lines.len().saturating_sub(LOG_TAIL)) {
        eprintln!("      {line}");
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(anyhow!("{program} failed; all that it said is in {}", log.display()))
}

/// Runs a command without output and returns whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The output of a short command, or `None` if it fails.
pub(crate) fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The exit code to pass on: the child's own, or 128 and the signal that ended it.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    u8::try_from(code).unwrap_or(1)
}

fn end_if_asked() {
    let signal = ASKED_TO_END.load(Ordering::SeqCst);
    if signal != 0 {
        process::exit(128 + signal);
    }
}

fn signal_groups(signal: Signal) {
    for id in groups().iter() {
        if let Some(group) = Pid::from_raw(*id) {
            let _ = kill_process_group(group, signal);
        }
    }
}

fn groups() -> MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};

    use super::*;

    #[test]
    fn what_a_child_leaves_behind_ends_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo begun"]).stdout(Stdio::piped());
        let mut group = Group::start(&mut command).unwrap();
        let mut output = BufReader::new(group.output().unwrap());
        output.read_line(&mut String::new()).unwrap();
        assert!(group.wait().unwrap().success());
        // The remaining child holds the pipe: the pipe closes because that child has ended.
        assert_eq!(output.read_to_string(&mut String::new()).unwrap(), 0);
    }

    #[test]
    fn an_exit_code_is_passed_on() {
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(exit_code(ExitStatus::from_raw(15)), 143);
    }
}
