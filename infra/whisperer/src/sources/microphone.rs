//! A microphone's loudness through ALSA: the level of each tenth of a second, 0 for 60 dB below the maximum and 1 for the maximum. No
//! sound is stored or sent.

use alsa::pcm::{Access, Format, HwParams, PCM};
use alsa::{Direction, ValueOr};

use super::Listener;

/// Samples per second.
const RATE: u32 = 16_000;

/// Silence, in decibels below the maximum.
const FLOOR: f64 = 60.0;

/// Reads until the microphone is gone.
pub(super) fn read(device: &str, listener: &Listener) -> Result<(), String> {
    let failed = |error: alsa::Error| {
        format!("The microphone {device} cannot be read: {error}. `arecord -L` lists the available ones.")
    };
    let pcm = PCM::new(device, Direction::Capture, false).map_err(failed)?;
    {
        let parameters = HwParams::any(&pcm).map_err(failed)?;
        parameters.set_channels(1).map_err(failed)?;
        parameters.set_rate(RATE, ValueOr::Nearest).map_err(failed)?;
        parameters.set_format(Format::s16()).map_err(failed)?;
        parameters.set_access(Access::RWInterleaved).map_err(failed)?;
        pcm.hw_params(&parameters).map_err(failed)?;
    }
    let io = pcm.io_i16().map_err(failed)?;
    let mut samples = vec![0_i16; RATE as usize / 10];
    loop {
        match io.readi(&mut samples) {
            Ok(count) => {
                if !listener.level(level(samples.get(..count).unwrap_or_default())) {
                    return Ok(());
                }
            }
            // It was not read in time: a moment of sound is lost.
            Err(error) => pcm.try_recover(error, true).map_err(failed)?,
        }
    }
}

fn level(samples: &[i16]) -> f64 {
    let squares: f64 = samples.iter().map(|sample| (f64::from(*sample) / 32_768.0).powi(2)).sum();
    let loudness = (squares / samples.len().max(1) as f64).sqrt();
    ((20.0 * loudness.max(1e-6).log10() + FLOOR) / FLOOR).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_zero_and_full_scale_is_one() {
        assert!(level(&[0; 100]) < f64::EPSILON);
        assert!(level(&[i16::MIN; 100]) > 0.99);
        assert!((0.6..0.8).contains(&level(&[3_276; 100])), "a tenth is 20 dB less");
    }
}
