//! View model: how big a question can be projected.

use domain::pick::{PickPhase, PickView};

/// A size of the type on the projector.
struct Size {
    /// As style sheets name it.
    name: &'static str,
    /// How high the question may be, in hundredths of the type's size.
    height: usize,
    /// How many characters a line of the question's text holds.
    text_width: usize,
    /// How many characters a line of an option holds.
    option_width: usize,
}

/// The sizes, the biggest first. Measured at 1280 × 720.
const SIZES: [Size; 3] = [
    Size { name: "large", height: 1_020, text_width: 36, option_width: 46 },
    Size { name: "medium", height: 1_340, text_width: 48, option_width: 62 },
    Size { name: "small", height: 1_770, text_width: 62, option_width: 84 },
];

/// The size for what fits none of them.
const SMALLEST: &str = "tiny";

/// The height of a line of the text, in hundredths of the type's size; so are the next ones.
const TEXT_LINE: usize = 170;
/// The height of a line of an option.
const OPTION_LINE: usize = 130;
/// The space between options.
const OPTION_GAP: usize = 55;
/// The height of a bar.
const BAR: usize = 65;

/// The biggest size in which a question fits on the screen, as style sheets name it.
pub(super) fn projection_size(pick: &PickView) -> &'static str {
    let bar = if pick.phase == PickPhase::Closed { BAR } else { 0 };
    let fits = |size: &&Size| {
        let option =
            |text: &str| OPTION_GAP + OPTION_LINE * text.chars().count().div_ceil(size.option_width).max(1) + bar;
        let options: usize = pick.options.iter().map(|it| option(&it.text)).sum();
        lines(&pick.html, size.text_width) * TEXT_LINE + options <= size.height
    };
    SIZES.iter().find(fits).map_or(SMALLEST, |size| size.name)
}

/// About how many lines HTML takes if a line holds `width` characters.
fn lines(html: &str, width: usize) -> usize {
    let (mut lines, mut length, mut is_tag) = (0, 0_usize, false);
    for character in html.chars() {
        match character {
            '<' => is_tag = true,
            '>' => is_tag = false,
            '\n' => lines += std::mem::take(&mut length).div_ceil(width),
            _ if !is_tag => length += 1,
            _ => {}
        }
    }
    lines + length.div_ceil(width)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn size(html: &str, options: &[&str], phase: &str) -> &'static str {
        let options: Vec<_> = options.iter().map(|text| json!({"text": text})).collect();
        let pick = json!({"number": 1, "phase": phase, "html": html, "type": "single_answer", "options": options,
            "answered": 0, "rev": 1});
        projection_size(&serde_json::from_value(pick).unwrap())
    }

    #[test]
    fn a_long_question_is_projected_smaller() {
        assert_eq!(size("<p>How many?</p>\n", &["Seven"; 4], "open"), "large");
        let code = "<p>What is x?</p>\n<pre><code>let x = 1;\nlet y = 2;\nlet z = 3;\n</code></pre>\n";
        assert_eq!(size(code, &["1"; 4], "open"), "small");
        assert_eq!(size("<p>How many?</p>\n", &["Seven"; 10], "closed"), "tiny");
    }

    #[test]
    fn bars_take_room() {
        assert_eq!(size("<p>How many?</p>\n", &["Seven"; 4], "closed"), "medium");
    }

    #[test]
    fn lines_are_counted_without_tags() {
        assert_eq!(lines("<p class=\"long\">1234567890</p>", 5), 2);
        assert_eq!(lines("<p>1</p>\n<p>2</p>\n", 5), 2);
        assert_eq!(lines("", 5), 0);
    }

    /// The sizes from the biggest to the smallest.
    const NAMES: [&str; 4] = ["large", "medium", "small", SMALLEST];

    fn rank(name: &str) -> usize {
        NAMES.iter().position(|one| *one == name).unwrap()
    }

    #[test]
    fn long_options_take_lines_too() {
        let long = "x".repeat(200);
        assert_eq!(size("<p>How many?</p>\n", &["Seven"; 2], "open"), "large");
        assert_eq!(size("<p>How many?</p>\n", &[&long, &long], "open"), "medium");
        assert_eq!(size("<p>How many?</p>\n", &[long.as_str(); 4], "open"), SMALLEST);
    }

    #[test]
    fn a_size_counts_characters_and_not_bytes() {
        let latin = "e".repeat(46);
        let cyrillic = "д".repeat(46);
        assert_eq!(size("", &[latin.as_str(); 5], "open"), size("", &[cyrillic.as_str(); 5], "open"));
    }

    proptest! {
        /// What is longer never gets bigger, so that nothing runs off the screen.
        #[test]
        fn more_to_show_is_never_projected_bigger(
            text in "[a-z ]{0,400}",
            more in "[a-z ]{0,200}",
            options in prop::collection::vec("[a-z]{1,120}", 0..10),
        ) {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let now = rank(size(&format!("<p>{text}</p>\n"), &options, "open"));
            let longer = rank(size(&format!("<p>{text}{more}</p>\n"), &options, "open"));
            let with_option = rank(size(&format!("<p>{text}</p>\n"), &[options.as_slice(), &["one more"]].concat(), "open"));
            let closed = rank(size(&format!("<p>{text}</p>\n"), &options, "closed"));
            prop_assert!(longer >= now && with_option >= now && closed >= now);
        }

        #[test]
        fn a_line_holds_at_most_its_width(text in "[a-z]{0,300}", width in 1_usize..80) {
            let lines = lines(&format!("<p>{text}</p>"), width);
            prop_assert!(lines * width >= text.len());
            prop_assert!(lines * width < text.len() + width);
        }
    }
}
