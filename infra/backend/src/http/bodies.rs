//! The patterns of texts in bodies, for the API's description. A text that matches is rejected only by a rule (422); any other text is
//! rejected with 400. The types of `domain` do the checking, and a test compares these patterns with them.

use domain::answer::WORDS_LIMIT;
use domain::name::{INVISIBLE, NAME_LIMIT};
use domain::question::{FEEDBACK_LIMIT, OPTION_LIMIT, OPTION_TEXT_LIMIT, TEXT_LIMIT};
use domain::room::CODE_LENGTH;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, Schema};
use utoipa::openapi::{OpenApi, RefOr};

use crate::http::parameters::{ITEM, SHORT, TABLE};

/// White space at the ends of a text is dropped before it is looked at (Unicode, property `White_Space`).
const SPACE: &str = r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
/// What no line holds (Unicode, general category `Cc`).
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f";

const TABLE_OR_ANY: &str = r"^(\*|[A-Za-z0-9-]{3,64})$";
const ITEMS_OR_ANY: &str = r"^(\*|[A-Za-z0-9._:@~-]{1,256})$";
/// RFC 6838, section 4.2, as far as it is JSON.
const CONTENT_TYPE: &str = r"^[A-Za-z0-9!#$&^_.+-]+/([A-Za-z0-9!#$&^_.+-]*\+)?json$";
/// JSON Pointer (RFC 6901).
const PATH: &str = r"^(/([^~/]|~[01])*)*$";
const TIME_ZONE: &str = "^[A-Za-z0-9/_+-]{0,64}$";

/// A moment of RFC 3339 in UTC from 1970 on, on a day that there is. A leap year's number ends in a multiple of four, and a century's
/// in one of four centuries.
const MOMENT: &str = concat!(
    "^((19[7-9][0-9]|[2-9][0-9]{3})-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)",
    "|(19(7[26]|8[048]|9[26])|[2-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[3579][26])00)-02-29)",
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]*)?(Z|\+00:00)$",
);
/// A join code, as people type it: with spaces, hyphens and small letters.
const CODE: &str = "[A-HJKMNP-TV-Za-hjkmnp-tv-z2-9]";
/// The token of a link into a room.
const LINK: &str = "^[A-Za-z0-9_-]{22}$";
/// A secret of Slack's.
const SECRET: &str = "[A-Za-z0-9]{16,128}";

/// The form of a text, or of each text of a list.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// One line, so long at least and at most.
    Line(usize, usize),
    /// What people or rooms are called: one line, at whose ends invisible characters are dropped like white space.
    Name,
    /// A join code.
    Code,
    /// Lines, so long at least and at most.
    Lines(usize, usize),
    /// A pattern (ECMA-262).
    Pattern(&'static str),
    /// A pattern of what stands between white space.
    Trimmed(&'static str),
}

use Form::{Code, Line, Lines, Name, Pattern, Trimmed};

/// Each text of a body, by its schema and its name.
const TEXTS: [(&str, &str, Form); 29] = [
    ("NewTable", "description", Line(0, 280)),
    ("NewDescription", "description", Line(0, 280)),
    ("NewDevice", "name", Line(0, 80)),
    ("NewDevice", "tables", Pattern(TABLE_OR_ANY)),
    ("NewDevice", "items", Pattern(ITEMS_OR_ANY)),
    ("NewFactory", "name", Line(1, 80)),
    ("FactoryChange", "name", Line(1, 80)),
    ("NewItem", "contentType", Pattern(CONTENT_TYPE)),
    ("NewItem", "schema", Line(0, 200)),
    ("BatchItem", "key", Pattern(ITEM)),
    ("NewRoom", "name", Name),
    ("RoomChange", "name", Name),
    ("NewGuest", "name", Name),
    ("NewGuest", "code", Code),
    ("NewGuest", "link", Pattern(LINK)),
    ("NewEntry", "code", Code),
    ("NewEntry", "link", Pattern(LINK)),
    ("NewPick", "question", Pattern(SHORT)),
    ("NewRunList", "questions", Pattern(SHORT)),
    ("Answer", "text", Lines(1, WORDS_LIMIT)),
    ("Draft", "text", Lines(1, TEXT_LIMIT)),
    ("QuestionOption", "text", Line(1, OPTION_TEXT_LIMIT)),
    ("QuestionOption", "feedback", Lines(0, FEEDBACK_LIMIT)),
    ("Preferences", "timeZone", Pattern(TIME_ZONE)),
    ("NewAlert", "timeZone", Pattern(TIME_ZONE)),
    ("Preferences", "pausedUntil", Pattern(MOMENT)),
    ("AlertRule", "path", Pattern(PATH)),
    ("NewWebhook", "table", Pattern(TABLE)),
    ("NewSigningSecret", "secret", Trimmed(SECRET)),
];

impl Form {
    /// As a pattern (ECMA-262), which JSON Schema knows.
    fn pattern(self) -> String {
        let (inner, shortest, longest) = match self {
            Pattern(pattern) => return pattern.to_owned(),
            Trimmed(pattern) => return format!("^[{SPACE}]*{pattern}[{SPACE}]*$"),
            Code => return format!("^[{SPACE}-]*({CODE}[{SPACE}-]*){{{CODE_LENGTH}}}$"),
            Line(shortest, longest) => (CONTROL, shortest, longest),
            Name => (CONTROL, 1, NAME_LIMIT),
            Lines(shortest, longest) => ("", shortest, longest),
        };
        let space = match self {
            Name => [SPACE, &invisible()].concat(),
            _ => SPACE.to_owned(),
        };
        let end = format!("[^{space}{inner}]");
        let between = if inner.is_empty() { r"[\s\S]".to_owned() } else { format!("[^{inner}]") };
        let text = format!("{end}({between}{{0,{}}}{end})?", longest.saturating_sub(2));
        let text = if shortest == 0 { format!("({text})?") } else { text };
        format!("^[{space}]*{text}[{space}]*$")
    }
}

/// The invisible characters as a part of a class. Those beyond the Basic Multilingual Plane stand for themselves: escapes of them are written
/// otherwise in each language.
fn invisible() -> String {
    let one = |character: char| match u32::from(character) {
        code @ ..=0xffff => format!("\\u{code:04x}"),
        _ => character.to_string(),
    };
    INVISIBLE.iter().map(|(first, last)| format!("{}-{}", one(*first), one(*last))).collect()
}

/// Tells the form of each text in a body.
pub(crate) fn describe(document: &mut OpenApi) {
    let Some(components) = &mut document.components else { return };
    for (schema, property, form) in TEXTS {
        let found = components.schemas.get_mut(schema).and_then(|schema| property_of(schema, property));
        if let Some(text) = found.and_then(value_of) {
            text.pattern = Some(form.pattern());
            text.format = None;
            // What is empty until somebody writes it is not taken empty.
            text.default = text.default.take().filter(|_| !matches!(form, Line(1.., _) | Lines(1.., _) | Name));
        }
    }
    let Some(answer) = components.schemas.get_mut("Answer") else { return };
    if let Some(choice) = property_of(answer, "choices").and_then(value_of) {
        choice.maximum = Some((OPTION_LIMIT - 1).into());
    }
    // Of an answer there is one part, and no more.
    if let RefOr::T(Schema::OneOf(parts)) = answer {
        for part in &mut parts.items {
            let RefOr::T(Schema::Object(part)) = part else { continue };
            part.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// A property of an object, wherever in the schema it is said.
fn property_of<'a>(schema: &'a mut RefOr<Schema>, name: &str) -> Option<&'a mut RefOr<Schema>> {
    let RefOr::T(schema) = schema else { return None };
    match schema {
        Schema::Object(object) => object.properties.get_mut(name),
        Schema::AllOf(all) => all.items.iter_mut().find_map(|one| property_of(one, name)),
        Schema::OneOf(one) => one.items.iter_mut().find_map(|one| property_of(one, name)),
        _ => None,
    }
}

/// What a property is, or each member of it.
fn value_of(property: &mut RefOr<Schema>) -> Option<&mut Object> {
    match property {
        RefOr::T(Schema::Object(object)) => Some(object),
        RefOr::T(Schema::Array(array)) => match &mut array.items {
            ArrayItems::RefOrSchema(items) => value_of(items),
            ArrayItems::False => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::alert::Preferences;
    use domain::answer::Answer;
    use domain::device::{DeviceName, ItemScope, TableScope};
    use domain::factory::FactoryName;
    use domain::item::{ContentType, ItemKey, SchemaName};
    use domain::person::PersonName;
    use domain::question::{Draft, QuestionKind, QuestionOption};
    use domain::reading::Path;
    use domain::room::{JoinCode, JoinLink, RoomName};
    use domain::table::Description;
    use domain::time::Timestamp;
    use proptest::prelude::*;
    use proptest::string::string_regex;
    use regex::Regex;
    use serde_json::Value;

    use super::*;
    use crate::router::openapi;

    /// Whether the server takes this text there.
    fn takes(schema: &str, property: &str, text: &str) -> bool {
        let option = QuestionOption { text: "a".to_owned(), ..QuestionOption::default() };
        let draft = |text: &str, option| Draft { text: text.to_owned(), options: vec![option], ..Draft::default() };
        match (schema, property) {
            ("NewTable" | "NewDescription", _) => text.parse::<Description>().is_ok(),
            ("NewDevice", "tables") => TableScope::try_from(vec![text.to_owned()]).is_ok(),
            ("NewDevice", "items") => ItemScope::try_from(vec![text.to_owned()]).is_ok(),
            ("NewItem", "contentType") => text.parse::<ContentType>().is_ok(),
            ("NewItem", "schema") => text.parse::<SchemaName>().is_ok(),
            ("BatchItem", _) => text.parse::<ItemKey>().is_ok(),
            ("NewFactory" | "FactoryChange", _) => text.parse::<FactoryName>().is_ok(),
            ("NewRoom" | "RoomChange", _) => text.parse::<RoomName>().is_ok(),
            ("NewGuest", "name") => text.parse::<PersonName>().is_ok(),
            ("NewGuest" | "NewEntry", "code") => text.parse::<JoinCode>().is_ok(),
            ("NewGuest" | "NewEntry", _) => text.parse::<JoinLink>().is_ok(),
            ("NewDevice", "name") => text.parse::<DeviceName>().is_ok(),
            ("Answer", _) => Answer::Text(text.to_owned()).check(QuestionKind::Discursive, 0).is_ok(),
            ("Draft", _) => draft(text, option).check().is_ok(),
            ("QuestionOption", "text") => {
                draft("a", QuestionOption { text: text.to_owned(), ..option }).check().is_ok()
            }
            ("QuestionOption", _) => draft("a", QuestionOption { feedback: text.to_owned(), ..option }).check().is_ok(),
            ("Preferences" | "NewAlert", "timeZone") => Preferences::check_time_zone(text).is_ok(),
            ("Preferences", _) => text.parse::<Timestamp>().is_ok(),
            ("AlertRule", _) => text.parse::<Path>().is_ok(),
            _ => panic!("nobody knows who takes the {property} of {schema}"),
        }
    }

    /// The texts that the domain knows of; what is left is the way to Slack's own.
    fn known() -> impl Iterator<Item = (&'static str, &'static str, Form)> {
        let elsewhere = |schema: &str| ["NewPick", "NewRunList", "NewWebhook", "NewSigningSecret"].contains(&schema);
        TEXTS.into_iter().filter(move |(schema, ..)| !elsewhere(schema))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_has_the_form_is_taken(made in known().map(|(schema, name, form)| {
            let pattern = form.pattern();
            let inner = pattern.trim_start_matches('^').trim_end_matches('$').to_owned();
            string_regex(&inner).unwrap().prop_map(move |text| (schema, name, text))
        }).collect::<Vec<_>>()) {
            for (schema, name, text) in made {
                // How long these are is told beside the pattern.
                let is_short = !matches!(name, "contentType" | "path") || text.chars().count() <= 127;
                prop_assert!(takes(schema, name, &text) || !is_short, "{} {}: {:?}", schema, name, text);
            }
        }

        #[test]
        fn what_is_taken_has_the_form(text in "[ \\t\\n\\u{85}\\u{a0}\\u{3000}\\u{7f}\\u{0}a-cT:/~+.*0-9Z-]{0,30}|[\\u{200b}\\u{ad}\\u{e0041}a -]{0,12}|\\PC{0,90}") {
            for (schema, name, form) in known() {
                let has_form = Regex::new(&form.pattern()).unwrap().is_match(&text);
                prop_assert_eq!(takes(schema, name, &text), has_form, "{} {}: {:?}", schema, name, text);
            }
        }

        #[test]
        fn a_moment_is_on_a_day_that_there_is(year in 1960_u32..2410, month in 0_u32..14, day in 0_u32..33, hour in 0_u32..26) {
            let text = format!("{year}-{month:02}-{day:02}T{hour:02}:00:00.5Z");
            let has_form = Regex::new(MOMENT).unwrap().is_match(&text);
            prop_assert_eq!(text.parse::<Timestamp>().is_ok(), has_form, "{}", text);
        }
    }

    /// Who reads it has no other place to look.
    #[test]
    fn no_description_refers_to_the_code() {
        let document = openapi().to_json().unwrap();
        let link = document.find("[`").map(|at| document.get(at..at + 40));
        assert_eq!(link, None);
    }

    #[test]
    fn each_text_of_a_body_has_its_form() {
        let document: Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
        let patterns = document["components"]["schemas"].to_string();
        for (schema, name, form) in TEXTS {
            let told = serde_json::to_string(&form.pattern()).unwrap();
            assert!(
                document["components"]["schemas"][schema].to_string().contains(&told),
                "{schema} {name}: {patterns}"
            );
        }
    }
}
