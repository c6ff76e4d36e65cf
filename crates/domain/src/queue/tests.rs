//! The queue for a table: examples and properties.

use proptest::prelude::*;

use super::*;
use TableStatus::{Busy, Free, NoSignal};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(seconds * 1_000)
}

fn person(number: usize) -> (PersonId, PersonName) {
    (format!("p{number}").parse().unwrap(), format!("Person {number}").parse().unwrap())
}

fn joined(queue: &Queue, number: usize, status: TableStatus, now: Timestamp) -> Queue {
    let (id, name) = person(number);
    queue.join(&id, &name, status, now).unwrap().unwrap_or_else(|| queue.clone())
}

fn waiting(count: usize) -> Queue {
    let empty = Queue::new("lobby".parse().unwrap());
    (1..=count).fold(empty, |queue, number| joined(&queue, number, Busy, at(0)))
}

fn first(queue: &Queue) -> &str {
    queue.entries.first().map_or("", |entry| entry.person.as_str())
}

#[test]
fn the_first_is_called_when_the_table_gets_free_and_has_two_minutes() {
    let queue = waiting(2).advance(Free, at(10)).unwrap();
    let (entry, until) = queue.called().unwrap();
    assert_eq!((entry.person.as_str(), until, queue.calls), ("p1", at(130), 1));
    assert_eq!(queue.advance(Free, at(129)), None);
    let next = queue.advance(Free, at(130)).unwrap();
    assert_eq!((first(&next), next.calls, next.called().unwrap().1), ("p2", 2, at(250)));
}

#[test]
fn a_report_of_busy_ends_the_call() {
    let queue = waiting(2).advance(Free, at(10)).unwrap().advance(Busy, at(20)).unwrap();
    assert_eq!((first(&queue), &queue.turn), ("p2", &Turn::None));
    assert_eq!(queue.advance(Busy, at(30)), None);
}

#[test]
fn a_taken_table_is_kept_until_the_person_plays() {
    let called = waiting(2).advance(Free, at(10)).unwrap();
    let taken = called.take(&person(1).0, Free, at(20)).unwrap().unwrap();
    assert_eq!((first(&taken), taken.view().taken_by.unwrap().name.as_str()), ("p2", "Person 1"));
    assert_eq!(taken.take(&person(1).0, Free, at(21)), Ok(None), "twice is once");
    assert_eq!(taken.advance(Free, at(139)), None);
    let played = taken.advance(Busy, at(60)).unwrap();
    assert_eq!((first(&played), &played.turn), ("p2", &Turn::None));
    let forgotten = taken.advance(Free, at(140)).unwrap();
    assert_eq!(forgotten.called().unwrap().0.person.as_str(), "p2");
}

#[test]
fn passing_or_leaving_calls_the_next_person() {
    let called = waiting(3).advance(Free, at(10)).unwrap();
    let passed = called.pass(&person(1).0, Free, at(20)).unwrap().unwrap();
    assert_eq!((first(&passed), passed.entries.len(), passed.rev), ("p2", 2, called.rev + 1));
    assert_eq!(passed.called().unwrap().1, at(140));
    let left = passed.leave(&person(3).0, Free, at(21)).unwrap();
    assert_eq!((left.entries.len(), left.called().unwrap().1), (1, at(140)));
    assert_eq!(left.leave(&person(2).0, Free, at(22)).unwrap().turn, Turn::None);
    assert_eq!(left.leave(&person(9).0, Free, at(22)), None);
}

#[test]
fn only_the_called_person_can_answer_and_only_in_time() {
    let called = waiting(2).advance(Free, at(10)).unwrap();
    let refused = Err(QueueRefusal::NotYourTurn);
    assert_eq!(called.take(&person(2).0, Free, at(20)), refused);
    assert_eq!(called.pass(&person(2).0, Free, at(20)), refused);
    assert_eq!(called.take(&person(1).0, Free, at(130)), refused, "two minutes are over");
    assert_eq!(called.take(&person(1).0, Busy, at(20)), refused, "the table is busy");
}

#[test]
fn without_a_signal_no_one_is_called_and_no_one_loses_their_place() {
    let called = waiting(2).advance(Free, at(10)).unwrap();
    let silent = called.advance(NoSignal, at(20)).unwrap();
    assert_eq!((first(&silent), &silent.turn), ("p1", &Turn::None));
    assert_eq!(silent.advance(Free, at(500)).unwrap().called().unwrap().0.person.as_str(), "p1");
}

#[test]
fn a_free_table_calls_at_once_and_the_queue_has_a_limit() {
    let alone = joined(&waiting(0), 1, Free, at(5));
    assert_eq!(alone.called().unwrap().1, at(125));
    let (id, name) = person(21);
    assert_eq!(waiting(MAX_ENTRIES).join(&id, &name, Busy, at(0)), Err(QueueRefusal::Full));
    assert_eq!(waiting(MAX_ENTRIES).join(&person(3).0, &name, Busy, at(0)), Ok(None), "they wait already");
}

#[test]
fn the_public_view_has_names_and_no_ids() {
    let view = serde_json::to_string(&waiting(2).view()).unwrap();
    assert!(view.contains("Person 1") && !view.contains("\"p1\""), "{view}");
    assert_eq!(waiting(1).view().waiting[0].mark, mark(&"lobby".parse().unwrap(), &person(1).0));
}

/// What may happen to a queue.
#[derive(Debug, Clone)]
enum Step {
    Join(usize),
    Leave(usize),
    Take(usize),
    Pass(usize),
    Status(TableStatus),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0_usize..6;
    let status = prop_oneof![Just(Free), Just(Busy), Just(NoSignal)];
    let step = prop_oneof![
        3 => who.clone().prop_map(Step::Join),
        1 => who.clone().prop_map(Step::Leave),
        2 => who.clone().prop_map(Step::Take),
        1 => who.prop_map(Step::Pass),
        3 => status.prop_map(Step::Status),
        3 => (1_i64..200).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    /// In every run: no one waits twice, no one is overtaken, a free table with a queue always calls a person or is kept for
    /// one, no turn lasts longer than two minutes, and each write is a revision.
    #[test]
    fn the_queue_is_fair_and_never_stuck(steps in steps()) {
        let mut queue = Queue::new("lobby".parse().unwrap());
        let (mut status, mut now) = (Busy, 0_i64);
        for step in steps {
            let before = queue.clone();
            let next = match &step {
                Step::Join(who) => { let (id, name) = person(*who); queue.join(&id, &name, status, at(now)).unwrap_or(None) }
                Step::Leave(who) => queue.leave(&person(*who).0, status, at(now)),
                Step::Take(who) => queue.take(&person(*who).0, status, at(now)).unwrap_or(None),
                Step::Pass(who) => queue.pass(&person(*who).0, status, at(now)).unwrap_or(None),
                Step::Status(new) => { status = *new; queue.advance(status, at(now)) }
                Step::Wait(seconds) => { now += seconds; queue.advance(status, at(now)) }
            };
            if let Some(next) = next {
                prop_assert_eq!(next.rev, before.rev + 1);
                queue = next;
            }
            // A refused command may have left a turn that is over for the clock to end.
            if let Some(next) = queue.advance(status, at(now)) {
                queue = next;
            }
            prop_assert_eq!(queue.advance(status, at(now)), None, "settling twice is settling once");
            let mut people: Vec<&str> = queue.entries.iter().map(|entry| entry.person.as_str()).collect();
            // No one is overtaken: those who still wait keep their order.
            let stayed: Vec<&QueueEntry> = before.entries.iter().filter(|entry| queue.entries.contains(entry)).collect();
            let now_stand: Vec<&QueueEntry> = queue.entries.iter().filter(|entry| before.entries.contains(entry)).collect();
            prop_assert_eq!(stayed, now_stand);
            people.sort_unstable();
            people.dedup();
            prop_assert_eq!(people.len(), queue.entries.len());
            prop_assert!(queue.calls >= before.calls);
            match &queue.turn {
                Turn::None => prop_assert!(status != Free || queue.entries.is_empty()),
                Turn::Called { until } => prop_assert!(status == Free && !queue.entries.is_empty() && at(now) < *until),
                Turn::Taken { until, .. } => prop_assert!(status == Free && at(now) < *until),
            }
            prop_assert!(queue.next_timeout().is_none_or(|until| until <= at(now).plus(TURN)));
        }
    }
}
