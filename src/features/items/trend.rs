//! View models of the drawing of one number over time, and of the choice between an item's numbers.

use domain::reading::{Path as JsonPointer, numbers};
use protocol::items::PastValue;
use serde_json::{Number, Value};

/// The drawing's width; its height is [`HEIGHT`].
pub(super) const WIDTH: i32 = 1_000;
/// The drawing's height.
pub(super) const HEIGHT: i32 = 200;

/// Where the numbers of a value stand.
pub(super) fn pointers(value: &Value) -> Vec<JsonPointer> {
    numbers(value).into_iter().map(|(pointer, _)| pointer).collect()
}

/// The number that is shown: the chosen one, or else the first.
pub(super) fn shown(chosen: Option<&JsonPointer>, all: &[JsonPointer]) -> JsonPointer {
    chosen.or(all.first()).cloned().unwrap_or_default()
}

/// The numbers to choose from: those of the value, and the chosen one, which the value may lack for a moment.
pub(super) fn choices(chosen: &JsonPointer, all: &[JsonPointer]) -> Vec<JsonPointer> {
    let missing = (!all.contains(chosen)).then(|| chosen.clone());
    all.iter().cloned().chain(missing).collect()
}

/// One number over time, as a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trend {
    /// The line's points, as SVG's `points` has them.
    pub(super) points: String,
    lowest: String,
    highest: String,
    last: String,
    count: usize,
}

impl Trend {
    /// The line of the number at a pointer; none if no value has one there.
    pub(super) fn of(values: &[PastValue], pointer: &JsonPointer) -> Option<Self> {
        let known: Vec<(i64, &Number, f64)> = values
            .iter()
            .filter_map(|past| {
                let number = pointer.number_in(&past.value)?;
                Some((past.at.milliseconds(), number, number.as_f64()?))
            })
            .collect();
        let (_, last, _) = known.last()?;
        let by_value = |a: &&(i64, &Number, f64), b: &&(i64, &Number, f64)| a.2.total_cmp(&b.2);
        let (lowest, highest) = (known.iter().min_by(by_value)?, known.iter().max_by(by_value)?);
        let (first, end) = (known.iter().map(|one| one.0).min()?, known.iter().map(|one| one.0).max()?);
        let (time, range) = ((end - first).max(1) as f64, highest.2 - lowest.2);
        let mut points = String::new();
        for (at, _, value) in &known {
            let x = ((at - first) as f64 / time * f64::from(WIDTH)) as i32;
            // A number that never changes is drawn in the middle.
            let share = if range > 0.0 { (value - lowest.2) / range } else { 0.5 };
            let y = HEIGHT - (share * f64::from(HEIGHT)) as i32;
            points.push_str(&format!("{x},{y} "));
        }
        if known.len() == 1 {
            points.push_str(&format!("{WIDTH},{}", HEIGHT / 2));
        }
        let text = |number: &Number| Value::Number(number.clone()).to_string();
        Some(Self { points, lowest: text(lowest.1), highest: text(highest.1), last: text(last), count: known.len() })
    }

    /// The line in a sentence.
    pub(super) fn summary(&self) -> String {
        let Self { lowest, highest, last, count, .. } = self;
        match count {
            1 => format!("{last}; one value so far"),
            _ => format!("Now {last}; between {lowest} and {highest} in the last {count} values"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    fn values(all: &[(i64, Value)]) -> Vec<PastValue> {
        let past = |(rev, (at, value)): (u64, &(i64, Value))| PastValue {
            rev,
            at: Timestamp::from_milliseconds(*at),
            value: value.clone(),
        };
        (1..).zip(all).map(past).collect()
    }

    fn pointer(text: &str) -> JsonPointer {
        text.parse().unwrap()
    }

    #[test]
    fn it_goes_from_the_first_to_the_last_and_from_the_lowest_to_the_highest() {
        let all = values(&[
            (1_000, json!({"t": 20})),
            (2_000, json!({"t": 22.5})),
            (5_000, json!({"t": -5})),
            (9_000, json!({})),
        ]);
        let trend = Trend::of(&all, &pointer("/t")).unwrap();
        assert_eq!(trend.points, "0,19 250,0 1000,200 ");
        assert_eq!(trend.summary(), "Now -5; between -5 and 22.5 in the last 3 values");
    }

    #[test]
    fn one_value_and_values_that_are_all_the_same_are_lines_too() {
        let whole = JsonPointer::default();
        let one = Trend::of(&values(&[(7, json!(3))]), &whole).unwrap();
        assert_eq!((one.points.as_str(), one.summary().as_str()), ("0,100 1000,100", "3; one value so far"));
        let same = Trend::of(&values(&[(7, json!(3)), (7, json!(3))]), &whole).unwrap();
        assert_eq!(same.points, "0,100 0,100 ");
        assert_eq!(Trend::of(&values(&[(7, json!("3"))]), &whole), None);
        let huge = Trend::of(&values(&[(0, json!(f64::MAX)), (1, json!(f64::MIN))]), &whole);
        assert!(huge.is_some(), "{huge:?}");
    }

    #[test]
    fn a_chosen_number_stays_a_choice_while_the_value_lacks_it() {
        let all = pointers(&json!({"lat": 41.5, "speed": 40}));
        assert_eq!(all, [pointer("/lat"), pointer("/speed")]);
        assert_eq!(shown(None, &all), pointer("/lat"));
        assert_eq!(shown(Some(&pointer("/height")), &all), pointer("/height"));
        assert_eq!(shown(None, &[]), JsonPointer::default());
        assert_eq!(choices(&pointer("/speed"), &all), all);
        assert_eq!(choices(&pointer("/height"), &all).last(), Some(&pointer("/height")));
    }

    #[test]
    fn only_values_that_have_the_number_count() {
        let all =
            values(&[(1, json!({"t": 1})), (2, json!({"t": "2"})), (3, json!({"t": null})), (4, json!({"t": 3}))]);
        let summary = Trend::of(&all, &pointer("/t")).map(|trend| trend.summary());
        assert_eq!(summary.as_deref(), Some("Now 3; between 1 and 3 in the last 2 values"));
    }

    #[test]
    fn without_any_choice_the_whole_value_is_shown() {
        let all = pointers(&json!(7));
        assert_eq!((shown(None, &all), all.len()), (JsonPointer::default(), 1));
        assert!(pointers(&json!({"name": "van"})).is_empty());
    }

    proptest! {
        /// Whatever the numbers: a point for each, in the drawing, the lowest at its foot and the highest at its head.
        #[test]
        fn the_line_fills_the_drawing(
            numbers in prop::collection::vec((1..100_000_i64, -1_000_000..1_000_000_i64), 2..40),
        ) {
            let mut at = 1_800_000_000_000;
            let known: Vec<(i64, Value)> = numbers
                .iter()
                .map(|(gap, number)| {
                    at += gap;
                    (at, json!(number))
                })
                .collect();
            let trend = Trend::of(&values(&known), &JsonPointer::default()).unwrap();
            let points: Vec<(i32, i32)> = trend
                .points
                .split_whitespace()
                .map(|point| point.split_once(',').unwrap())
                .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
                .collect();
            prop_assert_eq!(points.len(), numbers.len());
            prop_assert!(points.is_sorted_by_key(|(x, _)| *x));
            prop_assert_eq!((points[0].0, points[points.len() - 1].0), (0, WIDTH));
            let lowest = numbers.iter().map(|(_, number)| *number).min().unwrap();
            let highest = numbers.iter().map(|(_, number)| *number).max().unwrap();
            for ((_, y), (_, number)) in points.into_iter().zip(&numbers) {
                prop_assert!((0..=HEIGHT).contains(&y));
                prop_assert!(lowest == highest || *number != lowest || y == HEIGHT);
                prop_assert!(lowest == highest || *number != highest || y == 0);
            }
        }

        #[test]
        fn the_chosen_number_is_one_of_the_choices(
            all in prop::collection::btree_set("/[a-c]{1,2}", 0..6),
            chosen in "/[a-c]{1,2}",
        ) {
            let all: Vec<JsonPointer> = all.iter().map(|text| pointer(text)).collect();
            let choices = choices(&pointer(&chosen), &all);
            prop_assert_eq!(choices.iter().filter(|choice| choice.as_str() == chosen).count(), 1);
            prop_assert_eq!(&choices[..all.len()], &all[..]);
        }
    }
}
