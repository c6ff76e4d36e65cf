//! How one number of an item went, as a line: where it goes, and the same in words. Never draws.

use domain::reading::Path;
use domain::wire::items::PastValue;
use serde_json::{Number, Value};

/// The drawing's width; its height is [`HEIGHT`].
pub(crate) const WIDTH: i32 = 1_000;
/// The drawing's height.
pub(crate) const HEIGHT: i32 = 200;

/// The line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sparkline {
    /// Its points, as SVG's `points` has them.
    pub(crate) points: String,
    /// The lowest value, the highest, and the last.
    pub(crate) lowest: String,
    pub(crate) highest: String,
    pub(crate) last: String,
    /// So many values it is made of.
    pub(crate) count: usize,
}

impl Sparkline {
    /// The line in a sentence.
    pub(crate) fn summary(&self) -> String {
        let Self { lowest, highest, last, count, .. } = self;
        match count {
            1 => format!("{last}; one value so far"),
            _ => format!("Now {last}; between {lowest} and {highest} in the last {count} values"),
        }
    }
}

/// The line of the number at a path; none if no value has one.
pub(crate) fn sparkline(values: &[PastValue], path: &Path) -> Option<Sparkline> {
    let known: Vec<(i64, &Number, f64)> = values
        .iter()
        .filter_map(|past| {
            let number = path.number_in(&past.value)?;
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
        // One that never changes is in the middle.
        let share = if range > 0.0 { (value - lowest.2) / range } else { 0.5 };
        let y = HEIGHT - (share * f64::from(HEIGHT)) as i32;
        points.push_str(&format!("{x},{y} "));
    }
    if known.len() == 1 {
        points.push_str(&format!("{WIDTH},{}", HEIGHT / 2));
    }
    let text = |number: &Number| Value::Number(number.clone()).to_string();
    Some(Sparkline { points, lowest: text(lowest.1), highest: text(highest.1), last: text(last), count: known.len() })
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn it_goes_from_the_first_to_the_last_and_from_the_lowest_to_the_highest() {
        let all = values(&[
            (1_000, json!({"t": 20})),
            (2_000, json!({"t": 22.5})),
            (5_000, json!({"t": -5})),
            (9_000, json!({})),
        ]);
        let line = sparkline(&all, &"/t".parse().unwrap()).unwrap();
        assert_eq!(line.points, "0,19 250,0 1000,200 ");
        assert_eq!(line.summary(), "Now -5; between -5 and 22.5 in the last 3 values");
    }

    #[test]
    fn one_value_and_values_that_are_all_the_same_are_lines_too() {
        let path = Path::default();
        assert_eq!(sparkline(&values(&[(7, json!(3))]), &path).unwrap().points, "0,100 1000,100");
        let same = sparkline(&values(&[(7, json!(3)), (7, json!(3))]), &path).unwrap();
        assert_eq!(same.points, "0,100 0,100 ");
        assert_eq!(sparkline(&values(&[(7, json!("3"))]), &path), None);
        let huge = sparkline(&values(&[(0, json!(f64::MAX)), (1, json!(f64::MIN))]), &path);
        assert!(huge.is_some(), "{huge:?}");
    }
}
