//! Parts of a whole, in rounded percent.

/// A part of a whole: how many of all have chosen an option, how much of a question is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Share {
    /// The part.
    pub(crate) part: u32,
    /// The whole.
    pub(crate) whole: u32,
}

impl Share {
    /// In percent from 0 to 100, rounded half up; 0 of nothing.
    pub(crate) fn percent(self) -> u32 {
        let (part, whole) = (u64::from(self.part), u64::from(self.whole));
        let rounded = (part * 200 + whole).checked_div(whole * 2).unwrap_or_default();
        // Counts that come at different times may have a part above the whole for a moment.
        u32::try_from(rounded.min(100)).unwrap_or(100)
    }

    /// “2 · 67 %”.
    pub(crate) fn label(self) -> String {
        format!("{} · {} %", self.part, self.percent())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentages_are_rounded_half_up() {
        let percent = |part, whole| Share { part, whole }.percent();
        assert_eq!([percent(0, 3), percent(1, 3), percent(2, 3), percent(3, 3)], [0, 33, 67, 100]);
        assert_eq!([percent(1, 8), percent(1, 200), percent(1, 201)], [13, 1, 0]);
        assert_eq!(percent(u32::MAX, u32::MAX), 100);
    }

    #[test]
    fn nothing_of_nothing_is_nothing_and_no_part_exceeds_its_whole() {
        assert_eq!([Share::default().percent(), Share { part: 3, whole: 2 }.percent()], [0, 100]);
        assert_eq!(Share { part: 2, whole: 3 }.label(), "2 · 67 %");
    }

    proptest! {
        #[test]
        fn a_percentage_is_at_most_half_a_percent_off(part: u32, whole in 1..u32::MAX) {
            let part = part.min(whole);
            let exact = f64::from(part) * 100.0 / f64::from(whole);
            let rounded = f64::from(Share { part, whole }.percent());
            prop_assert!((rounded - exact).abs() <= 0.5 + 1e-9);
        }
    }
}
