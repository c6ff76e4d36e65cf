//! A QR code as a drawing. Never knows what it leads to.

use qrcodegen::{QrCode, QrCodeEcc};

/// White around the code, in modules: readers need it (ISO/IEC 18004 asks for 4).
const QUIET: i32 = 4;

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WallCode {
    /// The length of a side with the white around it, in modules.
    pub(crate) side: i32,
    /// The dark modules, as the data of one SVG path.
    pub(crate) path: String,
}

impl WallCode {
    /// The code of an address; `None` if it is too long for any. A quarter of it may be hidden or dirty.
    pub(crate) fn of(address: &str) -> Option<Self> {
        let code = QrCode::encode_binary(address.as_bytes(), QrCodeEcc::Quartile).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                // One stroke for a run of dark modules: a path of a third of the length.
                let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
                if run > 0 {
                    path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
                }
                x += run.max(1);
            }
        }
        Some(Self { side: code.size() + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_every_dark_module_once() {
        let code = QrCode::encode_binary(b"https://rally.example/tables/lobby", QrCodeEcc::Quartile).unwrap();
        let drawn = WallCode::of("https://rally.example/tables/lobby").unwrap();
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y))
            .count();
        let runs = drawn.path.split('h').skip(1).step_by(2);
        let modules: usize = runs.map(|run| run.split('v').next().unwrap().parse::<usize>().unwrap()).sum();
        assert_eq!(modules, dark);
        assert_eq!(drawn.side, code.size() + 8);
        assert!(drawn.path.starts_with("M4 4h7v1h-7z"), "the finder pattern's upper edge");
    }

    #[test]
    fn an_address_that_is_too_long_has_none() {
        assert_eq!(WallCode::of(&"x".repeat(5_000)), None);
    }
}
