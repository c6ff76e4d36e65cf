//! The seats of a meetup and its wait list.
//!
//! Seats are apart from the meetup, so that editing a text never conflicts with an answer. Each command returns the next seats together with
//! the next answers of the guests whom it concerns; the store writes all of them in one transaction, each under its revision.
//!
//! [`Seats::advance`] is the only way from the wait list to a seat. It may be called at any time and twice.

use serde::{Deserialize, Serialize};

use crate::meetup::guest_key::GuestKey;

/// The most people who wait, so that the seats remain one small record.
pub const WAITING_LIMIT: usize = 500;

/// The most guests who move up in one write: a transaction has a limit.
pub const PROMOTED_AT_ONCE: usize = 20;

/// What a guest has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum GuestAnswer {
    /// Nothing yet.
    #[default]
    None,
    /// They come, with this many others.
    Going {
        /// How many they bring.
        plus: u32,
    },
    /// They would come, with this many others, when enough seats are free.
    Waiting {
        /// How many they bring.
        plus: u32,
    },
    /// They do not come.
    Declined,
}

impl GuestAnswer {
    /// The number of seats that this answer takes.
    pub const fn seats(self) -> u32 {
        match self {
            Self::Going { plus } => 1 + plus,
            Self::None | Self::Waiting { .. } | Self::Declined => 0,
        }
    }
}

/// What a guest wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To come, with this many others.
    Come {
        /// How many they bring.
        plus: u32,
    },
    /// Not to come.
    Decline,
}

/// A guest who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingGuest {
    /// Who.
    pub guest: GuestKey,
    /// How many they bring.
    pub plus: u32,
}

impl WaitingGuest {
    /// The number of seats that they need.
    const fn seats(&self) -> u32 {
        1 + self.plus
    }
}

/// The seats of one meetup.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seats {
    /// How many there are; `None` if as many as people come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// How many guests and those whom they bring take.
    pub taken: u32,
    /// The guests who wait, the first one first.
    #[serde(default)]
    pub waiting: Vec<WaitingGuest>,
    /// Grows by one with each write.
    pub rev: u64,
}

/// The seats of a meetup as all who may see it see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatsView {
    /// The number of seats; absent if there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// The number of seats that guests have taken.
    pub taken: u32,
    /// The number of guests on the wait list.
    pub waiting: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

/// The next answer of a guest.
pub type NextAnswer = (GuestKey, GuestAnswer);

/// Why the seats refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeatsRefusal {
    /// [`WAITING_LIMIT`] is reached.
    #[error("All seats are taken, and {WAITING_LIMIT} people wait already.")]
    WaitListFull,
    /// A guest with seats wants more than there are.
    #[error("Only {0} more seats are free. Your answer stays as it was.")]
    TooFew(u32),
    /// The host wants fewer seats than are taken.
    #[error("{0} seats are taken. There cannot be fewer.")]
    Taken(u32),
}

impl Seats {
    /// The seats of a new meetup.
    pub const fn new(capacity: Option<u32>) -> Self {
        Self { capacity, taken: 0, waiting: Vec::new(), rev: 1 }
    }

    /// As all who may see the meetup see them.
    pub fn view(&self) -> SeatsView {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        SeatsView { capacity: self.capacity, taken: self.taken, waiting, rev: self.rev }
    }

    /// The number of free seats; `None` if there is no limit.
    pub fn free(&self) -> Option<u32> {
        self.capacity.map(|capacity| capacity.saturating_sub(self.taken))
    }

    /// A guest whose answer was `before` answers. Returns the next seats and the answers that change, those of guests who move up included;
    /// `None` if nothing changes.
    ///
    /// A guest who comes keeps their seats until they have others. A guest who waits keeps their position.
    ///
    /// # Errors
    /// Too few seats are free for a guest who has some already, or too many people wait.
    pub fn answer(
        &self,
        guest: &GuestKey,
        before: GuestAnswer,
        wish: Wish,
    ) -> Result<Option<(Self, Vec<NextAnswer>)>, SeatsRefusal> {
        let mut next = self.clone();
        let position = next.waiting.iter().position(|waiting| waiting.guest == *guest);
        let answer = match (wish, before) {
            (Wish::Decline, _) => {
                next.taken = next.taken.saturating_sub(before.seats());
                next.waiting.retain(|waiting| waiting.guest != *guest);
                GuestAnswer::Declined
            }
            (Wish::Come { plus }, GuestAnswer::Going { .. }) => {
                let others = next.taken.saturating_sub(before.seats());
                let available = next.capacity.map(|capacity| capacity.saturating_sub(others));
                // Those who wait come before another seat for a guest who has one.
                let is_more = 1 + plus > before.seats();
                if available.is_some_and(|available| 1 + plus > available) || is_more && !next.waiting.is_empty() {
                    let free = if next.waiting.is_empty() { self.free().unwrap_or_default() } else { 0 };
                    return Err(SeatsRefusal::TooFew(free));
                }
                next.taken = others + 1 + plus;
                GuestAnswer::Going { plus }
            }
            (Wish::Come { plus }, _) => {
                match position.and_then(|position| next.waiting.get_mut(position)) {
                    Some(waiting) => waiting.plus = plus,
                    None => next.waiting.push(WaitingGuest { guest: guest.clone(), plus }),
                }
                GuestAnswer::Waiting { plus }
            }
        };
        let mut answers = next.move_up();
        // The guest's own answer may be among them: they waited for an instant.
        if !answers.iter().any(|(moved, _)| moved == guest) {
            answers.insert(0, (guest.clone(), answer));
        }
        if next.waiting.len() > WAITING_LIMIT && next.waiting.len() > self.waiting.len() {
            return Err(SeatsRefusal::WaitListFull);
        }
        answers.retain(|(one, answer)| one != guest || *answer != before);
        Ok((next != *self || !answers.is_empty()).then(|| (next.with_next_rev(self), answers)))
    }

    /// The host changes the number of seats. Returns the next seats and the guests who move up; `None` if nothing changes.
    ///
    /// # Errors
    /// More are taken.
    pub fn resize(&self, capacity: Option<u32>) -> Result<Option<(Self, Vec<NextAnswer>)>, SeatsRefusal> {
        if capacity.is_some_and(|capacity| capacity < self.taken) {
            return Err(SeatsRefusal::Taken(self.taken));
        }
        let mut next = Self { capacity, ..self.clone() };
        let answers = next.move_up();
        Ok((next != *self).then(|| (next.with_next_rev(self), answers)))
    }

    /// The guests who wait and for whom enough seats are free get them, first in, first out; `None` if no one does. At most
    /// [`PROMOTED_AT_ONCE`] move up, so it is called until it returns `None`.
    pub fn advance(&self) -> Option<(Self, Vec<NextAnswer>)> {
        let mut next = self.clone();
        let answers = next.move_up();
        (!answers.is_empty()).then(|| (next.with_next_rev(self), answers))
    }

    fn move_up(&mut self) -> Vec<NextAnswer> {
        let mut answers = Vec::new();
        while let Some(first) = self.waiting.first()
            && answers.len() < PROMOTED_AT_ONCE
            && self.free().is_none_or(|free| first.seats() <= free)
        {
            let WaitingGuest { guest, plus } = self.waiting.remove(0);
            self.taken += 1 + plus;
            answers.push((guest, GuestAnswer::Going { plus }));
        }
        answers
    }

    fn with_next_rev(self, before: &Self) -> Self {
        Self { rev: before.rev + 1, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn key(number: u8) -> GuestKey {
        format!("guest00{:03}", number).parse().unwrap()
    }

    /// A meetup's seats and the answers of its guests, as the store would have them.
    #[derive(Debug, Clone, Default)]
    struct House {
        seats: Seats,
        answers: BTreeMap<GuestKey, GuestAnswer>,
    }

    impl House {
        fn new(capacity: Option<u32>) -> Self {
            Self { seats: Seats::new(capacity), answers: BTreeMap::new() }
        }

        fn apply(&mut self, next: Option<(Seats, Vec<NextAnswer>)>) {
            if let Some((seats, answers)) = next {
                assert_eq!(seats.rev, self.seats.rev + 1);
                self.seats = seats;
                self.answers.extend(answers);
            }
        }

        fn answer(&mut self, number: u8, wish: Wish) -> Result<(), SeatsRefusal> {
            let before = self.of(number);
            self.apply(self.seats.answer(&key(number), before, wish)?);
            Ok(())
        }

        fn of(&self, number: u8) -> GuestAnswer {
            self.answers.get(&key(number)).copied().unwrap_or_default()
        }
    }

    const COME: Wish = Wish::Come { plus: 0 };

    #[test]
    fn the_last_seat_is_given_once_and_the_next_guest_waits() {
        let mut house = House::new(Some(2));
        for number in 0..4 {
            house.answer(number, COME).unwrap();
        }
        assert_eq!(house.of(1), GuestAnswer::Going { plus: 0 });
        assert_eq!((house.of(2), house.of(3)), (GuestAnswer::Waiting { plus: 0 }, GuestAnswer::Waiting { plus: 0 }));
        house.answer(0, Wish::Decline).unwrap();
        assert_eq!((house.of(2), house.of(3)), (GuestAnswer::Going { plus: 0 }, GuestAnswer::Waiting { plus: 0 }));
    }

    #[test]
    fn the_same_answer_again_writes_nothing() {
        let mut house = House::new(Some(1));
        for wish in [COME, Wish::Decline, COME] {
            house.answer(0, wish).unwrap();
            assert_eq!(house.seats.answer(&key(0), house.of(0), wish), Ok(None), "{wish:?}");
        }
        house.answer(1, COME).unwrap();
        assert_eq!(house.seats.answer(&key(1), house.of(1), COME), Ok(None), "a guest who waits");
        assert_eq!(house.seats.advance(), None);
    }

    #[test]
    fn a_guest_with_a_seat_keeps_it_when_there_is_none_for_more() {
        let mut house = House::new(Some(3));
        house.answer(0, COME).unwrap();
        house.answer(1, COME).unwrap();
        assert_eq!(house.answer(0, Wish::Come { plus: 2 }), Err(SeatsRefusal::TooFew(1)));
        house.answer(0, Wish::Come { plus: 1 }).unwrap();
        assert_eq!(house.of(0), GuestAnswer::Going { plus: 1 });
        house.answer(2, COME).unwrap();
        assert_eq!(house.answer(1, Wish::Come { plus: 1 }), Err(SeatsRefusal::TooFew(0)), "another guest waits");
        house.answer(0, COME).unwrap();
        assert_eq!(house.of(2), GuestAnswer::Going { plus: 0 }, "the seat that became free is the waiting guest's");
    }

    #[test]
    fn a_large_party_at_the_front_is_not_passed() {
        let mut house = House::new(Some(2));
        house.answer(0, COME).unwrap();
        house.answer(1, Wish::Come { plus: 1 }).unwrap();
        house.answer(2, COME).unwrap();
        assert_eq!(house.of(2), GuestAnswer::Waiting { plus: 0 }, "one seat is free, but guest 1 is first");
        house.answer(1, COME).unwrap();
        assert_eq!(house.of(1), GuestAnswer::Going { plus: 0 }, "the party got smaller");
    }

    #[test]
    fn more_seats_move_the_wait_list_up_and_fewer_than_taken_are_refused() {
        let mut house = House::new(Some(1));
        for number in 0..50 {
            house.answer(number, COME).unwrap();
        }
        house.apply(house.seats.resize(Some(40)).unwrap());
        assert_eq!(house.seats.taken, 1 + 20, "no more in one write");
        while let Some(next) = house.seats.advance() {
            house.apply(Some(next));
        }
        assert_eq!((house.seats.taken, house.seats.waiting.len()), (40, 10));
        assert_eq!(house.seats.resize(Some(39)), Err(SeatsRefusal::Taken(40)));
        assert_eq!(house.seats.resize(Some(40)), Ok(None));
    }

    #[test]
    fn the_wait_list_has_an_end() {
        let mut seats = Seats::new(Some(0));
        seats.waiting = vec![WaitingGuest { guest: key(1), plus: 0 }; WAITING_LIMIT];
        assert_eq!(seats.answer(&key(2), GuestAnswer::None, COME), Err(SeatsRefusal::WaitListFull));
        let before = GuestAnswer::Waiting { plus: 0 };
        assert!(seats.answer(&key(1), before, Wish::Come { plus: 1 }).is_ok(), "who waits may change their answer");
    }

    fn steps() -> impl Strategy<Value = Vec<(u8, Option<u32>, Option<u32>)>> {
        proptest::collection::vec(
            (0..8_u8, proptest::option::of(0..4_u32), proptest::option::weighted(0.1, 0..12_u32)),
            0..60,
        )
    }

    proptest! {
        /// Whatever the order: no seat is given twice, no free seat is left to no one while the first guest waits for it, and the
        /// seats agree with the answers.
        #[test]
        fn seats_and_answers_agree(capacity in proptest::option::of(0..10_u32), steps in steps()) {
            let mut house = House::new(capacity);
            for (number, plus, resized) in steps {
                let order: Vec<GuestKey> = house.seats.waiting.iter().map(|waiting| waiting.guest.clone()).collect();
                match resized {
                    Some(capacity) => {
                        if let Ok(next) = house.seats.resize(Some(capacity)) {
                            house.apply(next);
                        }
                    }
                    None => {
                        let wish = plus.map_or(Wish::Decline, |plus| Wish::Come { plus });
                        let _ = house.answer(number, wish);
                    }
                }
                let seats = &house.seats;
                let taken: u32 = house.answers.values().map(|answer| answer.seats()).sum();
                prop_assert_eq!(taken, seats.taken);
                prop_assert!(seats.capacity.is_none_or(|capacity| seats.taken <= capacity));
                let waiting: BTreeMap<GuestKey, u32> = seats.waiting.iter().map(|one| (one.guest.clone(), one.plus)).collect();
                prop_assert_eq!(waiting.len(), seats.waiting.len(), "each guest waits once");
                let answered: BTreeMap<GuestKey, u32> = house.answers.iter().filter_map(|(guest, answer)| match answer {
                    GuestAnswer::Waiting { plus } => Some((guest.clone(), *plus)),
                    _ => None,
                }).collect();
                prop_assert_eq!(waiting, answered);
                prop_assert_eq!(seats.advance(), None, "no one waits for seats that are free");
                // Those who still wait are in the same order as before.
                let still: Vec<&GuestKey> = seats.waiting.iter().map(|one| &one.guest).collect();
                let kept: Vec<&GuestKey> = order.iter().filter(|guest| still.contains(guest)).collect();
                let first: Vec<&GuestKey> = still.iter().copied().filter(|guest| order.contains(guest)).collect();
                prop_assert_eq!(kept, first);
            }
        }
    }
}
