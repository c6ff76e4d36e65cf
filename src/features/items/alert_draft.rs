//! View models of an item's alert: what is chosen, and the threshold that is being typed.

use domain::alert::AlertRule;
use domain::json_pointer::JsonPointer;
use domain::topic::Topic;
use serde_json::Number;

use super::texts;
use super::trend;

/// Integers up to this one are floating-point numbers without loss (IEEE 754: 2⁵³).
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// What the user is notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemAlert {
    /// Nothing.
    Off,
    /// Each change of the item.
    EachChange,
    /// A number that crosses a threshold.
    Threshold,
}

/// What the user has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ItemAlertDraft {
    /// What notifies.
    pub(super) when: ItemAlert,
    /// The threshold, kept while another choice is made.
    pub(super) threshold: ThresholdDraft,
}

impl ItemAlertDraft {
    /// The draft of a rule; without one the proposal, for an item that has numbers or none.
    pub(super) fn of(rule: Option<&AlertRule>, has_numbers: bool) -> Self {
        let when = match rule {
            Some(AlertRule::CrossesThreshold { .. }) => ItemAlert::Threshold,
            None if has_numbers => ItemAlert::Threshold,
            _ => ItemAlert::EachChange,
        };
        Self { when, threshold: ThresholdDraft::of(rule) }
    }

    /// The rule that the draft describes, of an item with numbers at `pointers`; none if the notifications are to end.
    ///
    /// # Errors
    /// What is missing or wrong, as a sentence.
    pub(super) fn rule(&self, topic: &Topic, pointers: &[JsonPointer]) -> Result<Option<AlertRule>, String> {
        match self.when {
            ItemAlert::Off => Ok(None),
            ItemAlert::EachChange => Ok(Some(AlertRule::EachChange)),
            ItemAlert::Threshold => self.threshold.rule(topic, pointers).map(Some),
        }
    }
}

/// A threshold as it is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ThresholdDraft {
    /// The number, if the user has chosen one; else the item's first.
    pub(super) pointer: Option<JsonPointer>,
    /// Whether the number is to get above the threshold, or below it.
    pub(super) is_above: bool,
    /// The threshold as it is typed.
    pub(super) bound: String,
}

impl ThresholdDraft {
    /// What a rule says; if it is about no threshold, a draft without one.
    pub(super) fn of(rule: Option<&AlertRule>) -> Self {
        match rule {
            Some(AlertRule::CrossesThreshold { path, above, bound }) => {
                Self { pointer: Some(path.clone()), is_above: *above, bound: bound.to_string() }
            }
            _ => Self { pointer: None, is_above: true, bound: String::new() },
        }
    }

    /// The rule that the draft describes, of an item with numbers at `pointers`.
    ///
    /// # Errors
    /// What is missing or wrong, as a sentence.
    pub(super) fn rule(&self, topic: &Topic, pointers: &[JsonPointer]) -> Result<AlertRule, String> {
        let bound = self.bound.trim();
        if bound.is_empty() {
            return Err(texts::ENTER_BOUND.to_owned());
        }
        let bound = number(bound).ok_or_else(|| texts::NO_BOUND.to_owned())?;
        let rule = AlertRule::CrossesThreshold {
            path: trend::shown(self.pointer.as_ref(), pointers),
            above: self.is_above,
            bound,
        };
        rule.check(topic).map_err(|violation| violation.message())?;
        Ok(rule)
    }
}

/// What people type as a number: that of JSON, and also `.5`, `5.` and `007`.
fn number(text: &str) -> Option<Number> {
    serde_json::from_str(text).ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        let is_integer = number.fract() == 0.0 && number.abs() <= LARGEST_EXACT;
        if is_integer { Some(Number::from(number as i64)) } else { Number::from_f64(number) }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq};
    use proptest::proptest;

    use super::*;

    fn threshold(pointer: &str, above: bool, bound: i64) -> AlertRule {
        AlertRule::CrossesThreshold { path: pointer.parse().unwrap(), above, bound: bound.into() }
    }

    fn topic() -> Topic {
        Topic::Item("vehicle:3".parse().unwrap())
    }

    #[test]
    fn a_rule_that_holds_is_shown_and_what_an_item_can_tell_is_proposed() {
        let when = |rule: Option<&AlertRule>, has_numbers| ItemAlertDraft::of(rule, has_numbers).when;
        assert_eq!(when(Some(&AlertRule::EachChange), true), ItemAlert::EachChange);
        assert_eq!(when(Some(&threshold("/speed", true, 50)), false), ItemAlert::Threshold);
        assert_eq!((when(None, true), when(None, false)), (ItemAlert::Threshold, ItemAlert::EachChange));
    }

    #[test]
    fn each_choice_is_its_rule() {
        let draft = |when| ItemAlertDraft { when, ..ItemAlertDraft::of(Some(&threshold("/speed", true, 50)), true) };
        assert_eq!(draft(ItemAlert::Off).rule(&topic(), &[]), Ok(None));
        assert_eq!(draft(ItemAlert::EachChange).rule(&topic(), &[]), Ok(Some(AlertRule::EachChange)));
        assert_eq!(draft(ItemAlert::Threshold).rule(&topic(), &[]), Ok(Some(threshold("/speed", true, 50))));
        assert_eq!(ItemAlertDraft::of(None, true).rule(&topic(), &[]), Err(texts::ENTER_BOUND.to_owned()));
    }

    #[test]
    fn a_draft_of_a_rule_describes_this_rule() {
        let rule = threshold("/speed", false, -7);
        assert_eq!(ThresholdDraft::of(Some(&rule)).rule(&topic(), &[]), Ok(rule));
    }

    #[test]
    fn a_draft_needs_a_number() {
        let rule = |bound: &str| {
            let draft = ThresholdDraft { bound: bound.to_owned(), ..ThresholdDraft::of(None) };
            draft.rule(&topic(), &["/speed".parse().unwrap()])
        };
        assert_eq!(rule(" 50 "), Ok(threshold("/speed", true, 50)), "the first number, if none is chosen");
        assert_eq!(rule(""), Err(texts::ENTER_BOUND.to_owned()));
        for odd in ["fast", "1,5", "inf", "NaN"] {
            assert_eq!(rule(odd), Err(texts::NO_BOUND.to_owned()), "{odd}");
        }
        assert!(rule("1e120").unwrap_err().contains("1e100"), "the rules of the domain");
    }

    #[test]
    fn numbers_may_be_typed_as_people_do() {
        let typed = |text: &str| number(text).map(|number| number.to_string());
        for (text, read) in [("20.5", "20.5"), (".5", "0.5"), ("5.", "5"), ("007", "7"), ("+3", "3"), ("-0", "-0")] {
            assert_eq!(typed(text).as_deref().map(|text| text.trim_end_matches(".0")), Some(read), "{text}");
        }
    }

    #[test]
    fn a_rule_of_something_else_is_no_threshold() {
        let empty = ThresholdDraft::of(None);
        assert_eq!((empty.is_above, empty.bound.as_str(), &empty.pointer), (true, "", &None));
        assert_eq!(ThresholdDraft::of(Some(&AlertRule::EachChange)), empty);
    }

    #[test]
    fn the_chosen_number_is_the_rules_also_while_the_value_lacks_it() {
        let draft = ThresholdDraft { pointer: "/height".parse().ok(), is_above: false, bound: "2".to_owned() };
        assert_eq!(draft.rule(&topic(), &["/speed".parse().unwrap()]), Ok(threshold("/height", false, 2)));
        assert_eq!(draft.rule(&topic(), &[]), Ok(threshold("/height", false, 2)));
    }

    proptest! {
        #[test]
        fn a_whole_number_is_read_as_it_is_typed(typed: i64) {
            prop_assert_eq!(number(&typed.to_string()), Some(Number::from(typed)));
        }

        /// Up to 15 digits: beyond them serde_json may be one unit off in the last place.
        #[test]
        fn a_fraction_is_read_as_it_is_typed(whole in -99_999_999..99_999_999_i64, digits in "[0-9]{1,7}") {
            let typed = format!("{whole}.{digits}");
            let exact: f64 = typed.parse().unwrap();
            prop_assert_eq!(number(&typed).and_then(|number| number.as_f64()), Some(exact));
        }

        #[test]
        fn leading_zeros_and_a_point_at_the_end_make_no_difference(typed in 0..1_000_000_u32) {
            for text in [format!("00{typed}"), format!("{typed}."), format!("+{typed}")] {
                prop_assert_eq!(number(&text), Some(Number::from(typed)), "{}", text);
            }
        }

        #[test]
        fn what_is_typed_is_a_rule_or_a_sentence(typed in "\\PC{0,12}", is_above in any::<bool>()) {
            let draft = ThresholdDraft { pointer: None, is_above, bound: typed };
            match draft.rule(&topic(), &[]) {
                Ok(rule) => prop_assert!(rule.check(&topic()).is_ok()),
                Err(sentence) => prop_assert!(sentence.ends_with('.'), "{}", sentence),
            }
        }
    }
}
