//! View models of the drawing of one number over time, and of the choice between an item's numbers.

use domain::json_pointer::{JsonPointer, numbers};
use domain::time::Timestamp;
use protocol::items::PastValue;
use serde_json::{Number, Value};

use crate::ui::Point;

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
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trend {
    /// The line's points, as SVG's `points` has them.
    pub(super) points: String,
    /// The lowest number.
    pub(super) lowest: String,
    /// The highest number.
    pub(super) highest: String,
    /// Each number, when it was written, and where it is in the drawing, in percent.
    values: Vec<(Point, Timestamp, String)>,
}

impl Trend {
    /// The line of the number at a pointer; none if no value has one there.
    pub(super) fn of(values: &[PastValue], pointer: &JsonPointer) -> Option<Self> {
        let known: Vec<(Timestamp, &Number, f64)> = values
            .iter()
            .filter_map(|past| {
                let number = pointer.number_in(&past.value)?;
                Some((past.at, number, number.as_f64()?))
            })
            .collect();
        let by_value = |a: &&(Timestamp, &Number, f64), b: &&(Timestamp, &Number, f64)| a.2.total_cmp(&b.2);
        let (lowest, highest) = (known.iter().min_by(by_value)?, known.iter().max_by(by_value)?);
        let (first, end) = (known.iter().map(|one| one.0).min()?, known.iter().map(|one| one.0).max()?);
        let milliseconds = |from: Timestamp, to: Timestamp| (to.milliseconds() - from.milliseconds()) as f64;
        let (time, range) = (milliseconds(first, end).max(1.0), highest.2 - lowest.2);
        let text = |number: &Number| Value::Number(number.clone()).to_string();
        let (mut points, mut values) = (String::new(), Vec::new());
        for (at, number, value) in &known {
            let x = milliseconds(first, *at) / time;
            // A number that never changes is drawn in the middle.
            let share = if range > 0.0 { (value - lowest.2) / range } else { 0.5 };
            let y = HEIGHT - (share * f64::from(HEIGHT)) as i32;
            points.push_str(&format!("{},{y} ", (x * f64::from(WIDTH)) as i32));
            values.push(((x * 100.0, (1.0 - share) * 100.0), *at, text(number)));
        }
        if known.len() == 1 {
            points.push_str(&format!("{WIDTH},{}", HEIGHT / 2));
        }
        Some(Self { points, lowest: text(lowest.1), highest: text(highest.1), values })
    }

    /// The line in a sentence.
    pub(super) fn summary(&self) -> String {
        let Self { lowest, highest, values, .. } = self;
        match values.last() {
            Some((.., last)) if values.len() == 1 => format!("{last}; one value so far"),
            Some((.., last)) => {
                format!("Now {last}; between {lowest} and {highest} in the last {} values", values.len())
            }
            None => String::new(),
        }
    }

    /// Where the numbers are in the drawing.
    pub(super) fn stops(&self) -> Vec<Point> {
        self.values.iter().map(|(place, ..)| *place).collect()
    }

    /// The number that is nearest in time to a place, and when it was written: “14:05:31: 22.5”.
    pub(super) fn describe(&self, (x, _): Point, clock: impl Fn(Timestamp) -> String) -> Option<String> {
        let distance = |((at, _), ..): &(Point, Timestamp, String)| (at - x).abs();
        let nearest = self.values.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)));
        nearest.map(|(_, at, number)| [&clock(*at), ": ", number].concat())
    }

    /// When the first and the last number were written.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.values.first().zip(self.values.last()).map(|((_, first, _), (_, last, _))| (*first, *last))
    }
}

/// How a value that is one number differs from the number before: whether it is higher, and by how much; none if it does not.
pub(super) fn movement(before: &Value, now: &Value) -> Option<(bool, String)> {
    let by = now.as_f64()? - before.as_f64()?;
    // Without what fractions in binary leave over: 21.5 - 21.3 is 0.2.
    let rounded = (by.abs() * 1e6).round() / 1e6;
    let whole = rounded.fract() == 0.0 && rounded < 1e15;
    let text = if whole { Number::from(rounded as i64) } else { Number::from_f64(rounded)? };
    (rounded > 0.0).then(|| (by > 0.0, text.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn each_number_is_read_with_its_time() {
        let all = values(&[(1_000, json!(20)), (2_000, json!(22.5)), (5_000, json!(-5))]);
        let trend = Trend::of(&all, &JsonPointer::default()).unwrap();
        assert_eq!(trend.stops().iter().map(|(x, _)| *x as i32).collect::<Vec<_>>(), [0, 25, 100]);
        let read = |x: f64| trend.describe((x, 0.0), |at| format!("{} s", at.seconds())).unwrap();
        assert_eq!((read(3.0), read(20.0), read(99.0)), ("1 s: 20".into(), "2 s: 22.5".into(), "5 s: -5".into()));
        assert_eq!((trend.lowest.as_str(), trend.highest.as_str()), ("-5", "22.5"));
        assert_eq!(trend.span().map(|(first, last)| (first.seconds(), last.seconds())), Some((1, 5)));
    }

    #[test]
    fn a_number_moves_up_or_down_by_what_people_would_say() {
        let by = |before: Value, now: Value| movement(&before, &now);
        assert_eq!(by(json!(21.3), json!(21.5)), Some((true, "0.2".to_owned())));
        assert_eq!(by(json!(7), json!(4)), Some((false, "3".to_owned())));
        assert_eq!((by(json!(7), json!(7.0)), by(json!("7"), json!(8)), by(json!(1), json!([2]))), (None, None, None));
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
