//! How the forms of texts are described (JSON Schema, which OpenAPI 3.1 uses). A text that matches its pattern is rejected only by a rule
//! (422), any other text with 400. `FromStr` of each type does the checking, and tests compare it with the pattern.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};

/// White space at the ends of a text is dropped before it is checked (Unicode, property `White_Space`).
const SPACE: &str = r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
/// Characters that no line has (Unicode, general category `Cc`).
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f";

/// A moment of RFC 3339 in UTC from 1970 on, on a day that exists. A leap year's number ends in a multiple of four, and a century's in one
/// of four centuries.
const MOMENT: &str = concat!(
    "^((19[7-9][0-9]|[2-9][0-9]{3})-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)",
    "|(19(7[26]|8[048]|9[26])|[2-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[3579][26])00)-02-29)",
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]*)?(Z|\+00:00)$",
);

/// Describes a type by a schema, like [`text()`].
#[macro_export]
macro_rules! described {
    ($type:ty, $schema:expr) => {
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $schema.into()
            }
        }

        impl utoipa::ToSchema for $type {}
    };
}

/// A text of this pattern (ECMA-262).
pub fn text(pattern: impl Into<String>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
}

/// A list of up to `most` texts of this pattern.
pub fn texts(pattern: &str, most: usize) -> RefOr<Schema> {
    ArrayBuilder::new().items(text(pattern)).max_items(Some(most)).into()
}

/// One line of `shortest` to `longest` characters.
pub fn line(shortest: usize, longest: usize) -> ObjectBuilder {
    line_between("", shortest, longest)
}

/// Lines of `shortest` to `longest` characters in all.
pub fn lines(shortest: usize, longest: usize) -> ObjectBuilder {
    text(bounded(SPACE, "", shortest, longest))
}

/// One line of `shortest` to `longest` characters, at whose ends characters of the class `dropped` are dropped like white space.
pub fn line_between(dropped: &str, shortest: usize, longest: usize) -> ObjectBuilder {
    text(bounded(&[SPACE, dropped].concat(), CONTROL, shortest, longest))
}

/// The same, or null.
pub fn or_null(form: ObjectBuilder) -> ObjectBuilder {
    form.schema_type(SchemaType::from_iter([Type::String, Type::Null]))
}

/// A text between white space. `pattern` has no anchors.
pub fn trimmed(pattern: &str) -> ObjectBuilder {
    text(format!("^[{SPACE}]*{pattern}[{SPACE}]*$"))
}

/// `length` characters of this class, as people type a code: with spaces and hyphens.
pub fn code(class: &str, length: usize) -> ObjectBuilder {
    text(format!("^[{SPACE}-]*({class}[{SPACE}-]*){{{length}}}$"))
}

/// A moment that the server sends.
pub fn date_time() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
}

/// A moment that is sent to the server.
pub fn moment() -> ObjectBuilder {
    text(MOMENT)
}

fn bounded(space: &str, excluded: &str, shortest: usize, longest: usize) -> String {
    let end = format!("[^{space}{excluded}]");
    let between = if excluded.is_empty() { r"[\s\S]".to_owned() } else { format!("[^{excluded}]") };
    let text = format!("{end}({between}{{0,{}}}{end})?", longest.saturating_sub(2));
    let text = if shortest == 0 { format!("({text})?") } else { text };
    format!("^[{space}]*{text}[{space}]*$")
}

#[cfg(test)]
mod tests;
