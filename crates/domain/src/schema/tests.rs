//! The patterns, compared with what reads the texts.

use std::collections::BTreeMap;
use std::str::FromStr;

use proptest::prelude::*;
use proptest::string::string_regex;
use regex::Regex;
use utoipa::PartialSchema;

use super::*;
use crate::access::PUBLIC_TOPIC;
use crate::alert::{DayTime, Preferences};
use crate::answer::Answer;
use crate::device::{DeviceName, ItemScope, TableScope};
use crate::factory::{FactoryId, FactoryName};
use crate::item::{ContentType, ItemKey, SchemaName};
use crate::json_pointer::JsonPointer;
use crate::person::{GuestId, PersonId, PersonName};
use crate::question::{Draft, QuestionId, QuestionKind, QuestionOption};
use crate::room::{JoinCode, JoinLink, RoomId, RoomName};
use crate::table::{Description, TableId};
use crate::time::Timestamp;
use crate::topic::Topic;

/// A form, and whether a text is accepted that is said to have it.
type Form = (String, Option<usize>, fn(&str) -> bool);

fn form(schema: impl Into<RefOr<Schema>>, is_accepted: fn(&str) -> bool) -> Form {
    let RefOr::T(Schema::Object(object)) = schema.into() else { panic!("it is no text") };
    (object.pattern.unwrap(), object.max_length, is_accepted)
}

fn parsed<T: FromStr + PartialSchema>() -> Form {
    form(T::schema(), |text| text.parse::<T>().is_ok())
}

fn of_list<T: TryFrom<Vec<String>> + PartialSchema>() -> Form {
    let RefOr::T(Schema::Array(array)) = T::schema() else { panic!("it is no list") };
    let utoipa::openapi::schema::ArrayItems::RefOrSchema(items) = array.items else { panic!("it has no items") };
    form(*items, |text| T::try_from(vec![text.to_owned()]).is_ok())
}

/// A property of an object.
fn property<T: PartialSchema>(name: &str) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut object)) = T::schema() else { panic!("it is no object") };
    object.properties.remove(name).unwrap()
}

fn is_accepted(text: &str, option: QuestionOption) -> bool {
    Draft { text: text.to_owned(), options: vec![option], ..Draft::default() }.check().is_ok()
}

fn option(text: &str, feedback: &str) -> QuestionOption {
    QuestionOption { text: text.to_owned(), feedback: feedback.to_owned(), ..QuestionOption::default() }
}

fn forms() -> BTreeMap<&'static str, Form> {
    BTreeMap::from([
        (
            "answer",
            form(lines(1, crate::answer::WORDS_LIMIT), |text| {
                Answer::Text(text.to_owned()).check(QuestionKind::Discursive, 0).is_ok()
            }),
        ),
        ("content type", parsed::<ContentType>()),
        ("description", parsed::<Description>()),
        ("device name", parsed::<DeviceName>()),
        ("factory id", parsed::<FactoryId>()),
        ("factory name", parsed::<FactoryName>()),
        ("feedback", form(property::<QuestionOption>("feedback"), |text| is_accepted("a", option("a", text)))),
        ("guest id", parsed::<GuestId>()),
        ("item key", parsed::<ItemKey>()),
        ("item scope", of_list::<ItemScope>()),
        ("join code", parsed::<JoinCode>()),
        ("join link", parsed::<JoinLink>()),
        ("moment", form(moment(), |text| text.parse::<Timestamp>().is_ok())),
        ("option", form(property::<QuestionOption>("text"), |text| is_accepted("a", option(text, "")))),
        ("path", parsed::<JsonPointer>()),
        ("person id", parsed::<PersonId>()),
        ("person name", parsed::<PersonName>()),
        ("question", form(property::<Draft>("text"), |text| is_accepted(text, option("a", "")))),
        ("question id", parsed::<QuestionId>()),
        ("room id", parsed::<RoomId>()),
        ("room name", parsed::<RoomName>()),
        ("schema", parsed::<SchemaName>()),
        ("table id", parsed::<TableId>()),
        ("table scope", of_list::<TableScope>()),
        ("time of day", parsed::<DayTime>()),
        ("time zone", form(crate::alert::time_zone_schema(), |text| Preferences::check_time_zone(text).is_ok())),
        (
            "topic",
            form(text(format!("^{PUBLIC_TOPIC}$")), |text| text.parse::<Topic>().is_ok_and(|topic| topic.is_public())),
        ),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_has_the_form_is_accepted(made in forms().into_iter().map(|(name, (pattern, longest, is_accepted))| {
        let inner = pattern.trim_start_matches('^').trim_end_matches('$').to_owned();
        string_regex(&inner).unwrap().prop_map(move |text| (name, text, longest, is_accepted))
    }).collect::<Vec<_>>()) {
        for (name, text, longest, is_accepted) in made {
            let is_long = longest.is_some_and(|longest| text.chars().count() > longest);
            prop_assert!(is_accepted(&text) || is_long, "{name}: {text:?}");
        }
    }

    #[test]
    fn what_is_accepted_has_the_form(text in concat!(
        "[ \\t\\n\\u{85}\\u{a0}\\u{3000}\\u{7f}\\u{0}a-cT:/~+.*0-9Z-]{0,30}|[\\u{200b}\\u{ad}\\u{e0041}a -]{0,12}",
        "|\\PC{0,90}|[a-z0-9]{10}|guest:[a-z0-9]{19,21}|[a-z/:@.~]{0,40}|[0-2][0-9]:[0-6][0-9]"
    )) {
        for (name, (pattern, longest, is_accepted)) in forms() {
            let is_long = longest.is_some_and(|longest| text.chars().count() > longest);
            let has_form = Regex::new(&pattern).unwrap().is_match(&text) && !is_long;
            prop_assert_eq!(is_accepted(&text), has_form, "{}: {:?}", name, text);
        }
    }

    #[test]
    fn a_moment_is_on_a_day_that_exists(year in 1960_u32..2410, month in 0_u32..14, day in 0_u32..33, hour in 0_u32..26) {
        let text = format!("{year}-{month:02}-{day:02}T{hour:02}:00:00.5Z");
        let has_form = Regex::new(MOMENT).unwrap().is_match(&text);
        prop_assert_eq!(text.parse::<Timestamp>().is_ok(), has_form, "{}", text);
    }
}
