//! View model of the searchable list: which questions match, and a question's text in one line.

use domain::question::LibraryQuestion;

use crate::platform::intl;

/// A question matches if each word of `search` is part of its text or of an option; the case makes no difference.
pub(super) fn matches(question: &LibraryQuestion, search: &str) -> bool {
    let contains = |word: &str| {
        let has = |text: &str| intl::lower_case(text).contains(word);
        has(question.content.text()) || question.content.options().iter().any(|option| has(&option.text))
    };
    intl::lower_case(search).split_whitespace().all(contains)
}

/// Markdown in one line without its markup, for lists.
pub(crate) fn plain_text(markdown: &str) -> String {
    let lines = markdown.lines().filter(|line| !line.trim_start().starts_with("```"));
    let words = lines.flat_map(str::split_whitespace).map(|word| word.replace(['*', '`', '#', '_'], ""));
    words.filter(|word| !word.is_empty()).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn question(text: &str, option: &str) -> LibraryQuestion {
        let state = json!({"id": "k3j9x0a2bc", "updatedAt": "2026-11-20T12:00:00.000Z", "rev": 1,
            "content": {"text": text, "options": [{"text": option}]}});
        serde_json::from_value(state).unwrap()
    }

    #[test]
    fn a_search_finds_by_words_in_text_and_options() {
        let question = question("How *many* continents?", "Seven");
        assert!(matches(&question, ""));
        assert!(matches(&question, "MANY seven"));
        assert!(matches(&question, "  nents  "), "parts of words");
        assert!(!matches(&question, "many eight"), "each word");
    }

    #[test]
    fn the_case_of_any_script_makes_no_difference() {
        assert!(matches(&question("Что это?", "ÉTÉ"), "ЧТО été"));
    }

    #[test]
    fn plain_text_is_one_line_without_markup() {
        assert_eq!(plain_text("How *many* continents?"), "How many continents?");
        assert_eq!(plain_text("Prints?\n```rust\nlet  x;\n```\n## So"), "Prints? let x; So");
        assert_eq!(plain_text(" ** "), "");
    }

    #[test]
    fn words_may_stand_in_different_places() {
        let question = question("What is the capital of Peru?", "Lima");
        assert!(matches(&question, "lima capital"));
        assert!(!matches(&question, "capitallima"), "no word reaches from the text into an option");
    }

    proptest! {
        #[test]
        fn a_question_is_found_by_any_part_of_any_of_its_words(
            words in prop::collection::vec("[a-zA-Zäö]{1,8}", 1..6),
            index: prop::sample::Index,
            cut: prop::sample::Index,
        ) {
            let word: Vec<char> = words[index.index(words.len())].chars().collect();
            let part: String = word[cut.index(word.len())..].iter().collect();
            prop_assert!(matches(&question(&words.join(" "), "none"), &part.to_uppercase()));
        }

        #[test]
        fn plain_text_is_in_one_line_and_final(markdown in "[a-z*_#` \n]{0,60}") {
            let plain = plain_text(&markdown);
            prop_assert!(!plain.contains(['\n', '*', '_', '#', '`']) && !plain.contains("  "));
            prop_assert_eq!(plain.trim(), &plain);
            prop_assert_eq!(plain_text(&plain), plain);
        }
    }
}
