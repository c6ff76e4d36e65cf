//! The key of a guest. It is a module of its own, since a guest has an answer and the seats have the keys of guests.

use crate::room_id::short_id;

short_id! {
    /// What identifies a guest within a meetup: 10 lower-case letters and digits.
    GuestKey
}
