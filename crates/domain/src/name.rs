//! The names of people and rooms: one line, without invisible characters.
//!
//! Two names that look the same should be the same text. So invisible characters are removed, white space is collapsed, and, with the
//! feature `normalization`, compatibility characters are replaced (NFKC, Unicode Standard Annex #15). The site is compiled without the
//! feature, since its tables are larger than the rest of a form's code: it sends what was typed, and shows the name that the server
//! returns.

use crate::validation::{Violation, within};

/// The longest name, in characters.
pub const NAME_LIMIT: usize = 80;

/// Requests the coloured form of the emoji before it.
const EMOJI_STYLE: char = '\u{fe0f}';

/// Joins the emoji before it to the one after it.
const JOINER: char = '\u{200d}';

/// Characters that are not seen by themselves, as ranges: format characters (general category `Cf`) that have no glyph, among them all that
/// change the direction of the text around them; variation selectors; fillers; blanks that are no white space.
pub const INVISIBLE: [(char, char); 20] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{13430}', '\u{13440}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// How a name is described. The invisible characters beyond the Basic Multilingual Plane stand for themselves: escapes of them are written
/// otherwise in each language.
#[cfg(feature = "openapi")]
pub(crate) fn schema() -> utoipa::openapi::schema::ObjectBuilder {
    let one = |character: char| match u32::from(character) {
        code @ ..=0xffff => format!("\\u{code:04x}"),
        _ => character.to_string(),
    };
    let invisible: String = INVISIBLE.iter().map(|(first, last)| format!("{}-{}", one(*first), one(*last))).collect();
    crate::schema::line_between(&invisible, 1, NAME_LIMIT)
}

/// Whether a character is not seen by itself.
pub fn is_invisible(character: char) -> bool {
    INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// A name as it is stored. A text has the form of one if it is one line of 1 to [`NAME_LIMIT`] characters, not counting white space
/// and invisible characters at its ends. What NFKC makes longer is cut.
///
/// # Errors It is empty, too long, or has control characters; `what` is its name in the sentence, like “A
/// name”.
pub(crate) fn name(property: &str, what: &str, text: &str) -> Result<String, Violation> {
    let seen = text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character));
    if seen.chars().any(char::is_control) {
        let message = format!("{what} is one line without control characters.");
        return Err(Violation::new(property, text, "characters", message));
    }
    within(property, what, seen, 1, NAME_LIMIT)?;
    let mut kept = text.to_owned();
    if !text.is_ascii() {
        // What is removed may have stood between two characters that compose.
        for _ in 0..2 {
            kept = composed(visible(&kept));
        }
    }
    let collapsed = kept.split_whitespace().collect::<Vec<&str>>().join(" ");
    let cut: String = collapsed.chars().take(NAME_LIMIT).collect();
    Ok(visible(&cut).trim_end().to_owned())
}

/// The same without invisible characters, but for those of an emoji.
fn visible(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut characters, mut before) = (text.chars().peekable(), None);
    while let Some(character) = characters.next() {
        let follows_emoji = before.is_some_and(is_emoji);
        let is_kept = match character {
            EMOJI_STYLE => follows_emoji,
            JOINER => {
                (follows_emoji || before == Some(EMOJI_STYLE)) && characters.peek().is_some_and(|next| is_emoji(*next))
            }
            other => !is_invisible(other),
        };
        if is_kept {
            kept.push(character);
            before = Some(character);
        }
    }
    kept
}

/// Whether a character is in a block of which most are emoji (Unicode Technical Standard #51), and no letter.
fn is_emoji(character: char) -> bool {
    !is_invisible(character)
        && matches!(character, '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(feature = "normalization")]
fn composed(text: String) -> String {
    use unicode_normalization::{UnicodeNormalization, is_nfkc};
    if is_nfkc(&text) { text } else { text.nfkc().collect() }
}

#[cfg(not(feature = "normalization"))]
const fn composed(text: String) -> String {
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(text: &str) -> String {
        name("name", "A name", text).unwrap()
    }

    #[test]
    fn white_space_is_collapsed() {
        assert_eq!(kept("  Ada \u{a0}  \u{2028}Lovelace\u{3000}"), "Ada Lovelace");
        assert_eq!(kept("\n Ada \t"), "Ada", "also at the ends");
    }

    #[test]
    fn what_cannot_be_seen_is_removed() {
        for (hidden, what) in [
            ('\u{200b}', "zero width space"),
            ('\u{200d}', "joiner outside emoji"),
            ('\u{ad}', "soft hyphen"),
            ('\u{202e}', "right-to-left override"),
            ('\u{2066}', "left-to-right isolate"),
            ('\u{200f}', "right-to-left mark"),
            ('\u{fe0f}', "variation selector outside emoji"),
            ('\u{e0101}', "variation selector"),
            ('\u{3164}', "Hangul filler"),
            ('\u{feff}', "byte order mark"),
            ('\u{e0041}', "tag"),
        ] {
            for place in 0..4 {
                let mut name = "Ada".to_owned();
                name.insert(place, hidden);
                assert_eq!(kept(&name), "Ada", "{what} at {place}");
            }
            assert!(name("name", "A name", &hidden.to_string().repeat(3)).is_err(), "{what} alone");
        }
    }

    #[test]
    fn emoji_stay_whole() {
        for emoji in ["❤\u{fe0f}", "👩\u{200d}💻", "👩\u{200d}❤\u{fe0f}\u{200d}👨", "👍🏽", "🇩🇪"]
        {
            assert_eq!(kept(&format!("Ada {emoji}")), format!("Ada {emoji}"));
        }
        assert_eq!(kept("👩\u{200d}"), "👩");
    }

    #[test]
    fn a_name_is_one_line_of_80_characters() {
        assert_eq!(kept(&format!("\u{200b} {} ", "x".repeat(80))), "x".repeat(80));
        for odd in ["", " \u{200b} ", "a\nb", "a\u{7f}", &"x".repeat(81)] {
            assert!(name("name", "A name", odd).is_err(), "{odd:?}");
        }
    }

    #[cfg(feature = "normalization")]
    #[test]
    fn canonically_equal_names_are_equal() {
        assert_eq!(kept("Ａｄａ"), "Ada", "full width");
        assert_eq!(kept("𝐀𝐝𝐚"), "Ada", "mathematical");
        assert_eq!(kept("Ame\u{301}lie"), "Amélie", "composed");
        assert_eq!(kept("e\u{200b}\u{301}"), "é", "also across what is removed");
        assert_eq!(kept(&"ﷺ".repeat(80)).chars().count(), NAME_LIMIT, "what grows is cut");
    }

    proptest! {
        #[test]
        fn stored_names_are_normalized_already(text in "\\PC{0,90}|[ae\u{301}\u{200b}-\u{200f}\u{fe0f}\u{2764}\u{1f469}\u{fdfa}\u{3164}\u{a8} ]{0,90}") {
            if let Ok(kept) = name("name", "A name", &text) {
                prop_assert!((1..=NAME_LIMIT).contains(&kept.chars().count()), "{:?}", kept);
                prop_assert_eq!(name("name", "A name", &kept), Ok(kept.clone()));
                prop_assert!(!kept.chars().any(|one| is_invisible(one) && one != EMOJI_STYLE && one != JOINER), "{:?}", kept);
            }
        }
    }
}
