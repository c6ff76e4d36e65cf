//! Random ids and join codes.

use domain::person::{GUEST_PREFIX, GuestId};
use domain::room::{CODE_ALPHABET, CODE_LENGTH, ID_ALPHABET, ID_LENGTH, JoinCode};
use domain::validation::Violation;

use crate::command::CommandError;

/// An id: 50 random bits.
pub(crate) fn short<T: std::str::FromStr<Err = Violation>>() -> Result<T, CommandError> {
    parse(&letters::<ID_LENGTH>(ID_ALPHABET)?)
}

/// A join code: one of 729 million.
pub(crate) fn code() -> Result<JoinCode, CommandError> {
    parse(&letters::<CODE_LENGTH>(CODE_ALPHABET)?)
}

/// A guest's id: 100 random bits, and a prefix that no issuer's id has.
pub(crate) fn guest() -> Result<GuestId, CommandError> {
    let (one, two) = (letters::<ID_LENGTH>(ID_ALPHABET)?, letters::<ID_LENGTH>(ID_ALPHABET)?);
    parse(&format!("{GUEST_PREFIX}{one}{two}"))
}

fn parse<T: std::str::FromStr<Err = Violation>>(text: &str) -> Result<T, CommandError> {
    text.parse().map_err(|violation: Violation| CommandError::Rejected(violation.into()))
}

/// Random letters of an alphabet, all equally likely: a byte that would favor some of them is discarded.
fn letters<const COUNT: usize>(alphabet: &[u8]) -> Result<String, getrandom::Error> {
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(COUNT);
    while text.len() < COUNT {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        text.extend(fair.take(COUNT - text.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use domain::room::RoomId;

    use super::*;

    #[test]
    fn random_ids_are_valid_and_distinct() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            assert!(seen.insert(short::<RoomId>().unwrap().to_string()));
            assert!(seen.insert(code().unwrap().to_string()));
            assert!(seen.insert(guest().unwrap().to_string()));
        }
    }
}
