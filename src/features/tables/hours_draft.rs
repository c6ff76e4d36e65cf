//! View model of the hours in which a table notifies: what the user has entered, and the rule that it makes.

use domain::alert::{AlertRule, DayTime, Span, WORKDAYS};

use super::texts;

/// One end of the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// When they begin.
    From,
    /// When they end.
    To,
}

/// What the user has entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HoursDraft {
    /// The days: bit 0 is Monday.
    days: u8,
    /// The last complete times.
    hours: Span,
    /// Whether the beginning is being typed.
    is_from_missing: bool,
    /// Whether the end is being typed.
    is_to_missing: bool,
}

impl Default for HoursDraft {
    /// Working hours, as a proposal.
    fn default() -> Self {
        let hours = Span { from: DayTime::from_minutes(9 * 60), to: DayTime::from_minutes(17 * 60) };
        Self { days: WORKDAYS, hours, is_from_missing: false, is_to_missing: false }
    }
}

impl HoursDraft {
    /// The draft of a rule with hours; none of another rule.
    pub(super) fn of(rule: Option<&AlertRule>) -> Option<Self> {
        match rule? {
            AlertRule::FreeWithin { days, hours } => Some(Self { days: *days, hours: *hours, ..Self::default() }),
            _ => None,
        }
    }

    /// Whether a day is chosen, 0 being Monday.
    pub(super) const fn has_day(&self, day: usize) -> bool {
        self.days & (1 << day) != 0
    }

    /// Chooses a day, or no longer.
    pub(super) const fn set_day(&mut self, day: usize, is_chosen: bool) {
        self.days = if is_chosen { self.days | (1 << day) } else { self.days & !(1 << day) };
    }

    /// One end of the hours, the last complete one.
    pub(super) const fn time(&self, end: End) -> DayTime {
        match end {
            End::From => self.hours.from,
            End::To => self.hours.to,
        }
    }

    /// Whether one end is not complete.
    pub(super) const fn is_missing(&self, end: End) -> bool {
        match end {
            End::From => self.is_from_missing,
            End::To => self.is_to_missing,
        }
    }

    /// Takes what a time field says: nothing while it is not complete.
    pub(super) fn set_time(&mut self, end: End, text: &str) {
        let time = text.parse().ok();
        let (value, is_missing) = match end {
            End::From => (&mut self.hours.from, &mut self.is_from_missing),
            End::To => (&mut self.hours.to, &mut self.is_to_missing),
        };
        *is_missing = time.is_none();
        *value = time.unwrap_or(*value);
    }

    /// The rule.
    ///
    /// # Errors
    /// What is missing, in a sentence.
    pub(super) const fn rule(&self) -> Result<AlertRule, &'static str> {
        if self.is_from_missing || self.is_to_missing {
            return Err(texts::NO_TIME);
        }
        if self.days == 0 {
            return Err(texts::NO_DAY);
        }
        Ok(AlertRule::FreeWithin { days: self.days, hours: self.hours })
    }

    /// What the hours mean, where it is not obvious.
    pub(super) fn hint(&self) -> &'static str {
        match self.hours.to.cmp(&self.hours.from) {
            std::cmp::Ordering::Equal => texts::ALL_DAY,
            std::cmp::Ordering::Less => texts::OVER_MIDNIGHT,
            std::cmp::Ordering::Greater => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MONDAY: usize = 0;
    const SATURDAY: usize = 5;
    const SUNDAY: usize = 6;

    fn rule(days: u8, from: &str, to: &str) -> AlertRule {
        AlertRule::FreeWithin { days, hours: Span { from: from.parse().unwrap(), to: to.parse().unwrap() } }
    }

    #[test]
    fn the_proposal_is_working_hours() {
        assert_eq!(HoursDraft::default().rule(), Ok(rule(0b001_1111, "09:00", "17:00")));
    }

    #[test]
    fn a_saved_rule_is_what_is_changed() {
        let saved = rule(0b100_0000, "12:00", "13:00");
        let mut draft = HoursDraft::of(Some(&saved)).unwrap();
        assert_eq!(draft.rule(), Ok(saved));
        draft.set_day(SATURDAY, true);
        assert_eq!(draft.rule(), Ok(rule(0b110_0000, "12:00", "13:00")), "Sunday and its hours stay");
    }

    #[test]
    fn days_are_kept_however_quickly_they_are_chosen() {
        let mut draft = HoursDraft { days: 0, ..HoursDraft::default() };
        for day in [SATURDAY, SUNDAY, MONDAY] {
            draft.set_day(day, true);
        }
        assert!(draft.has_day(MONDAY) && draft.has_day(SATURDAY) && draft.has_day(SUNDAY) && !draft.has_day(1));
        draft.set_day(SUNDAY, false);
        assert_eq!(draft.rule(), Ok(rule(0b010_0001, "09:00", "17:00")));
    }

    #[test]
    fn other_rules_have_no_hours() {
        assert_eq!(HoursDraft::of(None), None);
        assert_eq!(HoursDraft::of(Some(&AlertRule::FreeOnce)), None);
    }

    #[test]
    fn what_is_missing_is_said_and_not_sent() {
        let mut draft = HoursDraft::default();
        for day in 0..7 {
            draft.set_day(day, false);
        }
        assert_eq!(draft.rule(), Err(texts::NO_DAY));
        draft.set_day(MONDAY, true);
        draft.set_time(End::To, "");
        assert_eq!(draft.rule(), Err(texts::NO_TIME));
        assert!(draft.is_missing(End::To) && !draft.is_missing(End::From));
        assert_eq!(draft.time(End::To).to_string(), "17:00", "the last complete time is kept");
        draft.set_time(End::To, "18:30");
        assert_eq!(draft.rule(), Ok(rule(0b000_0001, "09:00", "18:30")));
    }

    #[test]
    fn unusual_hours_are_explained() {
        let mut draft = HoursDraft::default();
        assert_eq!(draft.hint(), "");
        draft.set_time(End::To, "08:00");
        assert_eq!(draft.hint(), texts::OVER_MIDNIGHT);
        draft.set_time(End::To, "09:00");
        assert_eq!(draft.hint(), texts::ALL_DAY);
    }

    #[test]
    fn a_time_that_is_missing_is_said_until_it_is_complete() {
        let mut draft = HoursDraft::default();
        draft.set_time(End::From, "");
        draft.set_time(End::To, "18:00");
        assert_eq!(draft.rule(), Err(texts::NO_TIME), "the other end does not make up for it");
        draft.set_day(MONDAY, false);
        draft.set_time(End::From, "10:00");
        assert_eq!(draft.rule(), Ok(rule(0b001_1110, "10:00", "18:00")));
    }

    fn any_time() -> impl Strategy<Value = DayTime> {
        (0..1_440_u16).prop_map(DayTime::from_minutes)
    }

    proptest! {
        #[test]
        fn a_draft_of_a_rule_is_this_rule(days in 1..128_u8, from in any_time(), to in any_time()) {
            let rule = AlertRule::FreeWithin { days, hours: Span { from, to } };
            prop_assert_eq!(HoursDraft::of(Some(&rule)).unwrap().rule(), Ok(rule));
        }

        #[test]
        fn what_a_time_field_says_is_the_end_of_the_rule(from in any_time(), to in any_time()) {
            let mut draft = HoursDraft::default();
            draft.set_time(End::From, &from.to_string());
            draft.set_time(End::To, &to.to_string());
            prop_assert_eq!((draft.time(End::From), draft.time(End::To)), (from, to));
        }

        /// A day has its last choice, whatever becomes of the other days.
        #[test]
        fn days_do_not_depend_on_each_other(presses in prop::collection::vec((0..7_usize, any::<bool>()), 0..30)) {
            let (mut draft, mut expected) = (HoursDraft { days: 0, ..HoursDraft::default() }, [false; 7]);
            for (day, is_chosen) in presses {
                draft.set_day(day, is_chosen);
                expected[day] = is_chosen;
            }
            prop_assert_eq!(std::array::from_fn(|day| draft.has_day(day)), expected);
            prop_assert_eq!(draft.rule().is_ok(), expected.contains(&true));
        }
    }
}
