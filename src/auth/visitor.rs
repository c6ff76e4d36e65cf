//! The key by which the server identifies this browser while no member is signed in, and the owner of its push subscription.

use crate::platform::random;
use crate::platform::storage::{self, Area};

/// The key by which the server knows a visitor: 32 random bytes in base64url.
const VISITOR_KEY: &str = "rally-visitor";

/// The owner of this browser's push subscription, and its id on the server.
const PUSH_OWNER: &str = "rally-browser";

/// The owner of a push subscription whose user has signed out. No person has this id.
const NO_USER: &str = "#";

/// This browser's visitor key, if one was made.
pub(crate) fn key() -> Option<String> {
    storage::get(Area::Local, VISITOR_KEY)
}

/// Makes a visitor key, if there is none.
pub(crate) fn ensure_key() {
    if key().is_none() {
        storage::set(Area::Local, VISITOR_KEY, Some(&random::token()));
    }
}

/// Forgets the visitor key, and the owner of the push subscription; not that push was turned on: the next user's begins again.
pub(super) fn forget() {
    storage::set(Area::Local, VISITOR_KEY, None);
    if push_owner().is_some() {
        set_push_owner(Some((NO_USER, "")));
    }
}

/// The owner of this browser's push subscription (the empty id is a visitor), and the subscription's id.
pub(crate) fn push_owner() -> Option<(String, String)> {
    read_owner(&storage::get(Area::Local, PUSH_OWNER)?)
}

/// Stores the owner of the push subscription; `None` forgets it.
pub(crate) fn set_push_owner(owner: Option<(&str, &str)>) {
    storage::set(Area::Local, PUSH_OWNER, owner.map(owner_text).as_deref());
}

/// An owner and the subscription's id as they are stored. Neither holds a space.
fn owner_text((owner, id): (&str, &str)) -> String {
    format!("{owner} {id}")
}

/// Reads what was stored.
fn read_owner(stored: &str) -> Option<(String, String)> {
    stored.split_once(' ').map(|(owner, id)| (owner.to_owned(), id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_as_it_was_stored() {
        for owner in ["ada", ""] {
            let stored = owner_text((owner, "b1"));
            assert_eq!(read_owner(&stored), Some((owner.to_owned(), "b1".to_owned())), "the empty id is a visitor");
        }
        assert_eq!(read_owner("b1"), None, "it does not say whose it is");
    }

    #[test]
    fn a_user_who_signs_out_leaves_no_key_and_no_name() {
        storage::set(Area::Local, VISITOR_KEY, Some("k"));
        set_push_owner(Some(("ada", "b1")));
        forget();
        assert_eq!((key(), push_owner()), (None, Some((NO_USER.to_owned(), String::new()))));
        set_push_owner(None);
        forget();
        assert_eq!(push_owner(), None, "push was never turned on");
    }
}
