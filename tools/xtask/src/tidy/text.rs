//! Splits Rust source into code and comments, as far as tidy needs it. Words in strings belong to neither.

/// Two copies of a source with the same lines and columns: in each, everything except its own kind is blank.
pub(super) struct Parts {
    pub(super) code: String,
    pub(super) comments: String,
}

impl Parts {
    pub(super) fn of(source: &str) -> Self {
        let characters: Vec<char> = source.chars().collect();
        let mut parts =
            Self { code: String::with_capacity(source.len()), comments: String::with_capacity(source.len()) };
        let mut at = 0;
        while at < characters.len() {
            let (kind, end) = next(&characters, at);
            for &character in &characters[at..end] {
                parts.push(kind, character);
            }
            at = end;
        }
        parts
    }

    fn push(&mut self, kind: Kind, character: char) {
        let blank = if character == '\n' { '\n' } else { ' ' };
        self.code.push(if kind == Kind::Code { character } else { blank });
        self.comments.push(if kind == Kind::Comment { character } else { blank });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Text,
}

/// The kind of token at `at`, and its end.
fn next(source: &[char], at: usize) -> (Kind, usize) {
    let rest = &source[at..];
    match rest {
        ['/', '/', ..] => (Kind::Comment, at + position(rest, '\n')),
        ['/', '*', ..] => (Kind::Comment, at + block_comment(rest)),
        ['"', ..] => (Kind::Text, at + quoted(rest, '"')),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => (Kind::Text, at + quoted(rest, '\'')),
        ['r', '"' | '#', ..] if !continues_a_name(source, at) => match raw_string(rest) {
            Some(length) => (Kind::Text, at + length),
            None => (Kind::Code, at + 1),
        },
        _ => (Kind::Code, at + 1),
    }
}

fn continues_a_name(source: &[char], at: usize) -> bool {
    // `br"…"` is a raw string too, so a single `b` before it is no name.
    let before = |back: usize| at.checked_sub(back).map(|index| source[index]);
    let is_name =
        |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || character == '_');
    is_name(before(1)) && (before(1) != Some('b') || is_name(before(2)))
}

fn position(text: &[char], wanted: char) -> usize {
    text.iter().position(|&character| character == wanted).unwrap_or(text.len())
}

/// Block comments nest.
fn block_comment(text: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        match &text[at..] {
            ['/', '*', ..] => {
                depth += 1;
                at += 2;
            }
            ['*', '/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

fn quoted(text: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            character if character == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of `r"…"` or `r##"…"##`, or `None` for a raw identifier like `r#type`.
fn raw_string(text: &[char]) -> Option<usize> {
    let hashes = text[1..].iter().take_while(|&&character| character == '#').count();
    if text.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let mut at = 2 + hashes;
    while at < text.len() {
        let closes = text[at] == '"'
            && text[at + 1..].iter().take(hashes).filter(|&&character| character == '#').count() == hashes;
        if closes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(text.len())
}

/// Whether `word` is in `line` by itself, not as a part of a longer name.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word)
        .any(|(start, _)| !line[..start].ends_with(is_name) && !line[start + word.len()..].starts_with(is_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_not_code() {
        let parts = Parts::of("let a = \"web_sys\"; // web_sys\nlet b = 'x'; /* one /* two */ still */ c");
        assert!(!parts.code.contains("web_sys"));
        assert!(parts.comments.contains("// web_sys"));
        assert!(!parts.code.contains("still"));
        assert!(parts.code.ends_with(" c"));
        assert_eq!(parts.code.lines().count(), 2);
    }

    #[test]
    fn raw_strings_end_where_their_hashes_do() {
        let parts = Parts::of("r#\"a \" b\"# + br\"c\\\" + r#type + for");
        assert!(!parts.code.contains('b'.to_string().as_str()) || !parts.code.contains("\" b"));
        assert!(parts.code.contains("r#type"));
        assert!(parts.code.ends_with("+ for"));
    }

    #[test]
    fn lifetimes_are_code_and_characters_are_not() {
        let parts = Parts::of("fn a<'a>(b: &'a str) { '\"'; '\\''; c }");
        assert!(parts.code.contains("&'a str"));
        assert!(parts.code.ends_with("c }"));
        assert!(!parts.code.contains('"'));
    }

    #[test]
    fn a_word_is_whole() {
        assert!(has_word("use std::time::Instant;", "Instant"));
        assert!(!has_word("Instantly, InstantView", "Instant"));
        assert!(!has_word("operand", "rand"));
    }
}
