//! The API's description has the limits of the domain: in attributes they can only be literal numbers.

use domain::factory::CHILDREN_LIMIT;
use domain::item::BATCH_LIMIT;
use domain::meetup::{CAPACITY_LIMIT, DURATION, PLUS_LIMIT};
use domain::pick::SHOWN_ANSWERS_LIMIT;
use domain::question::{LONGEST_TIME, OPTION_LIMIT, SHORTEST_TIME, TEXT_LIMIT};
use domain::run_list::RUN_LIST_LIMIT;
use serde_json::Value;

use super::openapi;
use crate::notifications::push::ENDPOINT_LIMIT;

#[test]
fn the_description_has_the_limits_of_the_domain() {
    let document: Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
    for (schema, property, keyword, limit) in [
        ("Batch", "items", "maxItems", BATCH_LIMIT),
        ("NewShown", "answers", "maxItems", SHOWN_ANSWERS_LIMIT),
        ("NewRunList", "questions", "maxItems", RUN_LIST_LIMIT),
        ("NewTime", "seconds", "maximum", LONGEST_TIME as usize),
        ("NewPreview", "text", "maxLength", TEXT_LIMIT),
        ("Subscription", "endpoint", "maxLength", ENDPOINT_LIMIT),
        ("Draft", "options", "maxItems", OPTION_LIMIT),
        ("Draft", "timeLimitSeconds", "maximum", LONGEST_TIME as usize),
        ("Draft", "timeLimitSeconds", "minimum", SHORTEST_TIME as usize),
        ("Table", "waiting", "maximum", domain::queue::MAX_ENTRIES),
        ("NewFactory", "count", "maximum", CHILDREN_LIMIT),
        ("MeetupForm", "capacity", "maximum", CAPACITY_LIMIT as usize),
        ("MeetupForm", "plusLimit", "maximum", PLUS_LIMIT as usize),
        ("MeetupForm", "minutes", "minimum", DURATION.0 as usize),
        ("MeetupForm", "minutes", "maximum", DURATION.1 as usize),
        ("MeetupAnswer", "plus", "maximum", PLUS_LIMIT as usize),
    ] {
        let described = &document["components"]["schemas"][schema]["properties"][property][keyword];
        assert_eq!(described.as_u64(), Some(limit as u64), "{keyword} of {property} in {schema}");
    }
}
