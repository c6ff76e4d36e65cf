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
}
