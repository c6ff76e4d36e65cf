//! A QR code as a drawing.

use leptos::prelude::*;
use qrcodegen::{QrCode as Code, QrCodeEcc};

/// White around the code, in modules: readers need it (ISO/IEC 18004 requires 4).
const QUIET_ZONE: i32 = 4;

/// The QR code of an address; nothing if the address is too long for any.
#[component]
pub(crate) fn QrCode(
    /// The address.
    #[prop(into)]
    address: String,
    /// Where it leads, for assistive technology.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    Drawing::of(&address).map(|Drawing { side, path }| {
        view! {
            <svg class="wall-code-drawing" viewBox=format!("0 0 {side} {side}") role="img" aria-label=label>
                <rect width="100%" height="100%" fill="#fff"></rect>
                <path d=path fill="#000"></path>
            </svg>
        }
    })
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Drawing {
    /// The length of a side with the quiet zone, in modules.
    side: i32,
    /// The dark modules, as the data of one SVG path.
    path: String,
}

impl Drawing {
    /// A quarter of the code may be hidden or dirty.
    fn of(address: &str) -> Option<Self> {
        let code = Code::encode_binary(address.as_bytes(), QrCodeEcc::Quartile).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                // One stroke for a run of dark modules: a path of a third of the length.
                let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
                if run > 0 {
                    path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE));
                }
                x += run.max(1);
            }
        }
        Some(Self { side: code.size() + 2 * QUIET_ZONE, path })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    #[test]
    fn draws_every_dark_module_once() {
        let code = Code::encode_binary(b"https://rally.example/tables/lobby", QrCodeEcc::Quartile).unwrap();
        let drawn = Drawing::of("https://rally.example/tables/lobby").unwrap();
        let cells = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = cells.filter(|(x, y)| code.get_module(*x, *y)).count();
        let runs = drawn.path.split('h').skip(1).step_by(2);
        let modules: usize = runs.map(|run| run.split('v').next().unwrap().parse::<usize>().unwrap()).sum();
        assert_eq!(modules, dark);
        assert_eq!(drawn.side, code.size() + 8);
        assert!(drawn.path.starts_with("M4 4h7v1h-7z"), "the finder pattern's upper edge");
    }

    #[test]
    fn an_address_that_is_too_long_has_none() {
        assert_eq!(Drawing::of(&"x".repeat(5_000)), None);
    }

    proptest! {
        #[test]
        fn every_stroke_is_within_the_quiet_zone(address in "https://[a-z]{1,20}\\.example/[a-z0-9/]{0,60}") {
            let Drawing { side, path } = Drawing::of(&address).unwrap();
            for stroke in path.split('M').skip(1) {
                let (start, rest) = stroke.split_once('h').unwrap();
                let (x, y) = start.split_once(' ').unwrap();
                let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
                let run: i32 = rest.split_once('v').unwrap().0.parse().unwrap();
                prop_assert!(x >= QUIET_ZONE && x + run <= side - QUIET_ZONE, "{stroke}");
                prop_assert!(y >= QUIET_ZONE && y < side - QUIET_ZONE, "{stroke}");
            }
        }
    }
}
