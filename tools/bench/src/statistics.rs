//! Statistics of many runs.

use std::time::Duration;

/// Sorted durations.
pub(crate) struct Sample {
    sorted: Vec<Duration>,
}

impl Sample {
    pub(crate) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut sorted: Vec<Duration> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// The median; of an even number, the mean of the two in the middle.
    pub(crate) fn median(&self) -> Duration {
        let middle = self.sorted.len() / 2;
        match self.sorted.len() {
            0 => Duration::ZERO,
            count if count.is_multiple_of(2) => (self.sorted[middle - 1] + self.sorted[middle]) / 2,
            _ => self.sorted[middle],
        }
    }

    /// A percentile: the smallest value that at least `hundredths` percent do not exceed.
    pub(crate) fn percentile(&self, hundredths: usize) -> Duration {
        let rank = (self.sorted.len() * hundredths).div_ceil(100);
        self.sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub(crate) fn longest(&self) -> Duration {
        self.sorted.last().copied().unwrap_or_default()
    }
}

/// Milliseconds with one decimal, as a table shows them.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(milliseconds: impl IntoIterator<Item = u64>) -> Sample {
        Sample::of(milliseconds.into_iter().map(Duration::from_millis))
    }

    #[test]
    fn figures_are_those_of_the_definition() {
        let twenty = sample((1..=20).rev());
        assert_eq!(twenty.median(), Duration::from_micros(10_500));
        assert_eq!(twenty.percentile(95), Duration::from_millis(19));
        assert_eq!(twenty.longest(), Duration::from_millis(20));
        assert_eq!(sample([3, 1, 2]).median(), Duration::from_millis(2));
    }

    #[test]
    fn of_nothing_all_is_nothing() {
        let nothing = sample([]);
        assert_eq!((nothing.median(), nothing.percentile(95), nothing.longest()), Default::default());
    }
}
