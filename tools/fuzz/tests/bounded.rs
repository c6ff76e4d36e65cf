//! Some thousand mutations of each parser's seeds, the same in each run.

use fastrand::Rng;
use fuzz::TARGETS;

/// Mutations of each parser's seeds.
const MUTATIONS: usize = 20_000;

/// Characters with a meaning in one of the syntaxes.
const TOKENS: [&[u8]; 12] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b",",
    b":",
    b"null",
    b"\\u0000",
    b"-1",
    b"18446744073709551616",
    b"\xff",
    b"\xe2\x80\xa8",
];

fn mutate(bytes: &mut Vec<u8>, chance: &mut Rng) {
    let index = chance.usize(..=bytes.len());
    match chance.u8(..6) {
        0 => bytes.insert(index, chance.u8(..)),
        1 => bytes.truncate(index),
        2 if index < bytes.len() => bytes[index] ^= 1 << chance.u8(..8),
        3 if index < bytes.len() => _ = bytes.remove(index),
        4 => {
            let end = (index + chance.usize(..32)).min(bytes.len());
            let part = bytes[index..end].to_vec();
            bytes.splice(index..index, part);
        }
        _ => _ = bytes.splice(index..index, chance.choice(TOKENS).unwrap_or_default().iter().copied()),
    }
    bytes.truncate(4_096);
}

#[test]
fn every_parser_accepts_arbitrary_input_without_a_panic() {
    for target in TARGETS {
        let mut chance = Rng::with_seed(7);
        for seed in target.seeds {
            (target.check)(seed);
        }
        for _ in 0..MUTATIONS {
            let mut bytes = chance.choice(target.seeds).copied().unwrap_or_default().to_vec();
            for _ in 0..chance.usize(1..8) {
                mutate(&mut bytes, &mut chance);
            }
            let outcome = std::panic::catch_unwind(|| (target.check)(&bytes));
            assert!(outcome.is_ok(), "{} with {:?}", target.name, String::from_utf8_lossy(&bytes));
        }
    }
}
