//! Finds numbers in JSON that would change when they are stored. Numbers are stored as 64-bit integers or as doubles, as most programs read
//! them (RFC 8259, section 6). A number that fits neither is rejected, since rounding would change the client's data. The text has been
//! parsed before.

use domain::validation::Violation;
use serde_json::Value;

/// The number of characters of a number that an error message shows.
const SHOWN_CHARACTERS: usize = 60;

/// The most significant digits of a double, written out.
const DIGITS_OF_A_DOUBLE: usize = 767;

/// Checks that all numbers of a JSON text are stored as they are written.
///
/// # Errors
/// A number would change: which one, and what it would become.
pub(crate) fn check(json: &[u8]) -> Result<(), Violation> {
    let Some(number) = numbers(json).find(|number| !is_exact(number)) else { return Ok(()) };
    let excerpt = match number.get(..SHOWN_CHARACTERS) {
        Some(begin) if number.len() > SHOWN_CHARACTERS => format!("{begin}…"),
        _ => number.to_owned(),
    };
    let stored = number.parse::<f64>().ok().filter(|double| double.is_finite());
    let stored = stored.map_or_else(|| "no number at all".to_owned(), |double| format!("{double:?}"));
    let message = format!(
        "The number {excerpt} cannot be kept exactly: it would become {stored}. Send it as a text, in quotes, or with fewer digits."
    );
    Err(Violation::of_rule("body", number, "exactNumber", message))
}

/// Checks that no integer of a value was rounded when it was read from DynamoDB, whose numbers have up to 38 digits. They are read as
/// 64-bit integers if they fit, or else as doubles.
///
/// # Errors
/// An integer may have been rounded.
pub(crate) fn check_read(value: &Value) -> Result<(), Violation> {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::Number(number)
                if number.as_f64().is_some_and(|double| number.is_f64() && double.abs() >= TOO_LARGE) =>
            {
                let message =
                    format!("A number of about {number} has more digits than can be shown. Write it as a text.");
                return Err(Violation::of_rule("value", &number.to_string(), "exactNumber", message));
            }
            Value::Array(all) => rest.extend(all),
            Value::Object(all) => rest.extend(all.values()),
            _ => {}
        }
    }
    Ok(())
}

/// 2^63: above it, DynamoDB's numbers may have digits that a double does not have.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// The numbers of a JSON text as they are written, outside of strings.
fn numbers(json: &[u8]) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut in_text = false;
        while let Some(byte) = json.get(at) {
            match (in_text, byte) {
                (true, b'\\') => at += 1,
                (_, b'"') => in_text = !in_text,
                (false, b'-' | b'0'..=b'9') => {
                    let rest = json.get(at..)?;
                    let is_of_it = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                    let length = rest.iter().take_while(|byte| is_of_it(byte)).count();
                    at += length;
                    return std::str::from_utf8(rest.get(..length)?).ok();
                }
                _ => {}
            }
            at += 1;
        }
        None
    })
}

/// Whether a number is stored as it is written: as a 64-bit integer, or as a double with the same digits. A double may be written with more
/// digits than it needs, such as `23.100000000000001`. An integer may not, since each of its digits counts.
fn is_exact(number: &str) -> bool {
    // Each double keeps 15 digits ("DBL_DIG" in C), so most numbers need no further check.
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
    if (is_plain && number.len() <= 15) || number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() {
        return true;
    }
    let (Some(sent), Ok(double)) = (Decimal::parse(number), number.parse::<f64>()) else { return false };
    if !double.is_finite() {
        return false;
    }
    let written = |text: String| Decimal::parse(&text).is_some_and(|written| written == sent);
    written(format!("{double:e}"))
        || (!sent.is_integer()
            && (1..=DIGITS_OF_A_DOUBLE).contains(&sent.digits.len())
            && written(format!("{double:.*e}", sent.digits.len() - 1)))
}

/// A decimal number: its digits without zeros at their ends, times a power of ten.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// `None` if the exponent does not fit.
    fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.parse().ok()?;
        let (is_negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let digits = all.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits: String::new(), exponent: 0 });
        }
        let dropped = i64::try_from(all.len() - digits.len()).ok()?;
        let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
        Some(Self { is_negative, digits: digits.trim_start_matches('0').to_owned(), exponent })
    }

    const fn is_integer(&self) -> bool {
        self.exponent >= 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_that_would_be_rounded_is_an_error() {
        for number in [
            "18446744073709551616",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "0.1234567890123456789",
            "0.12345678901234567",
            "3.14159265358979323846",
            "9007199254740993.0",
            "1e400",
            "1e-400",
            "1e99999999999999999999",
            "1.00000000000000000001",
        ] {
            let violation = check(format!("{{\"a\": [0, {number}]}}").as_bytes()).unwrap_err();
            assert!(
                violation.is_rule && violation.message().contains(&format!("The number {number} cannot")),
                "{violation}"
            );
        }
        let message = check(b"[18446744073709551616]").unwrap_err().message();
        assert!(message.contains("it would become 1.8446744073709552e19"), "{message}");
        assert!(check(format!("[0.{}]", "1234567890".repeat(100_000)).as_bytes()).unwrap_err().message().len() < 300);
    }

    #[test]
    fn an_exact_number_passes() {
        for number in [
            "0",
            "-0",
            "0.0",
            "-0.000",
            "0e5",
            "1",
            "-1",
            "18446744073709551615",
            "-9223372036854775808",
            "9007199254740993",
            "21.5",
            "41.380000",
            "1e20",
            "1E+20",
            "100000000000000000000",
            "1.7976931348623157e308",
            "5e-324",
            "0.1",
            // As C's printf writes doubles with %.17g and %.20f.
            "23.100000000000001",
            "0.10000000000000001",
            "0.10000000000000000555",
            "0.30000000000000004",
        ] {
            assert_eq!(check(number.as_bytes()), Ok(()), "{number}");
        }
        let text = r#"{"18446744073709551616": "a \" 18446744073709551616 \\", "b\\": "0.1234567890123456789"}"#;
        assert_eq!(check(text.as_bytes()), Ok(()), "texts and names are no numbers");
    }

    proptest! {
        #[test]
        fn a_double_passes_however_many_digits_it_is_written_with(double in any::<f64>(), digits in 16_usize..40) {
            prop_assume!(double.is_finite());
            prop_assert_eq!(check(format!("{double:?}").as_bytes()), Ok(()));
            prop_assert_eq!(check(json!([double]).to_string().as_bytes()), Ok(()));
            let long = format!("{double:.digits$e}");
            // In an integer, each digit counts.
            prop_assume!(Decimal::parse(&long).is_some_and(|written| !written.is_integer()));
            prop_assert_eq!(check(long.as_bytes()), Ok(()));
        }

        #[test]
        fn a_number_that_passes_is_read_as_it_was_sent(number in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?(e[+-]?[0-9]{1,2})?") {
            prop_assume!(check(number.as_bytes()).is_ok());
            let read: Value = serde_json::from_str(&number).unwrap();
            let (sent, stored) = (Decimal::parse(&number).unwrap(), read.to_string());
            // Either each digit is the same, or both texts are the same double.
            let is_same = Decimal::parse(&stored).unwrap() == sent;
            prop_assert!(is_same || (!sent.is_integer() && number.parse::<f64>() == stored.parse::<f64>()), "{} {}", number, stored);
        }

        #[test]
        fn any_bytes_are_scanned_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = check(&bytes);
        }
    }
}
