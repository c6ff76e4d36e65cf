//! The sensors: each sends levels from 0 to 1, on a thread of its own since reading blocks. The `sensor` module interprets the levels.

mod gpio;
mod input;
#[cfg(feature = "microphone")]
mod microphone;
mod stdin;

use std::path::PathBuf;
use std::str::FromStr;
use std::thread;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// The source of levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Lines of standard input.
    Stdin,
    /// A line of a GPIO chip.
    Gpio { chip: PathBuf, line: u32, active_low: bool },
    /// A Linux input event device.
    Input(PathBuf),
    /// A microphone, by its ALSA name.
    Microphone(String),
}

/// A message of a sensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Signal {
    /// A level, 0 to 1.
    Level(f64),
    /// The sensor has ended: at the end of its input, or for this reason.
    Ended(Option<String>),
}

/// The channel of a sensor; false means that the receiver is gone.
pub(crate) struct Listener(UnboundedSender<Signal>);

impl Listener {
    pub(crate) fn level(&self, level: f64) -> bool {
        self.0.send(Signal::Level(level)).is_ok()
    }

    /// A single moment of activity.
    pub(crate) fn pulse(&self) -> bool {
        self.level(1.0) && self.level(0.0)
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').map_or((text, None), |(kind, rest)| (kind, Some(rest)));
        match (kind, rest) {
            ("stdin", None) => Ok(Self::Stdin),
            ("gpio", Some(rest)) => gpio_line(rest).ok_or_else(|| {
                "A GPIO line looks like gpio:/dev/gpiochip0:17 or gpio:/dev/gpiochip0:17:active-low.".to_owned()
            }),
            ("input", Some(device)) if !device.is_empty() => Ok(Self::Input(device.into())),
            ("microphone", device) if cfg!(feature = "microphone") => {
                Ok(Self::Microphone(device.unwrap_or("default").to_owned()))
            }
            ("microphone", _) => {
                Err("This program was built without a microphone: build it with --features microphone.".to_owned())
            }
            _ => Err("A source is stdin, gpio:CHIP:LINE, input:DEVICE or microphone.".to_owned()),
        }
    }
}

fn gpio_line(text: &str) -> Option<Source> {
    let mut parts = text.split(':');
    let (chip, line, rest) = (parts.next()?, parts.next()?.parse().ok()?, parts.next());
    let active_low = match rest {
        None => false,
        Some("active-low") => true,
        Some(_) => return None,
    };
    (!chip.is_empty() && parts.next().is_none()).then(|| Source::Gpio { chip: chip.into(), line, active_low })
}

impl Source {
    /// Starts to read the sensor.
    ///
    /// # Errors
    /// No thread can be started.
    pub(crate) fn listen(self) -> Result<UnboundedReceiver<Signal>, String> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let ended = sender.clone();
        let work = move || {
            let listener = Listener(sender);
            let outcome = match self {
                Self::Stdin => stdin::read(&listener),
                Self::Gpio { chip, line, active_low } => gpio::read(&chip, line, active_low, &listener),
                Self::Input(device) => input::read(&device, &listener),
                #[cfg(feature = "microphone")]
                Self::Microphone(device) => microphone::read(&device, &listener),
                #[cfg(not(feature = "microphone"))]
                Self::Microphone(_) => Err("This program was built without a microphone.".to_owned()),
            };
            // The receiver is gone only at the end of the program.
            let _ = ended.send(Signal::Ended(outcome.err()));
        };
        thread::Builder::new().name("sensor".to_owned()).spawn(work).map_err(|error| format!("No thread: {error}."))?;
        Ok(receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_parsed() {
        assert_eq!("stdin".parse(), Ok(Source::Stdin));
        let line = Source::Gpio { chip: "/dev/gpiochip0".into(), line: 17, active_low: true };
        assert_eq!("gpio:/dev/gpiochip0:17:active-low".parse(), Ok(line));
        assert_eq!("input:/dev/input/event3".parse(), Ok(Source::Input("/dev/input/event3".into())));
        for invalid in [
            "",
            "stdin:x",
            "gpio",
            "gpio:/dev/gpiochip0",
            "gpio:/dev/gpiochip0:x",
            "gpio:a:1:b",
            "gpio:a:1:active-low:x",
            "input:",
        ] {
            assert!(invalid.parse::<Source>().is_err(), "{invalid}");
        }
    }
}
