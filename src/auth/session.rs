//! The user of the page, as a context for all pages.
//!
//! The access token lives in memory. The refresh token is in this browser's storage, is replaced at each use, and is used by one tab
//! at a time for all.

use std::rc::Rc;

use domain::actor::Role;
use domain::person::PersonName;
use domain::room::{EntryKey, RoomId};
use futures::future::select;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::endpoints::Me;
use protocol::rooms::PersonView;
use protocol::settings::Settings;

use super::sign_in;
use super::tokens::{TokenChange, TokenStore};
use super::{guests, visitor};
use crate::api::{self, ApiError, LocalFuture, TokenSource};
use crate::platform::focus;
use crate::platform::storage::{self, Area};
use crate::platform::url;

/// What begins the name of everything that a user typed and this tab keeps: removed when they sign out.
pub(crate) const DRAFT_PREFIX: &str = "rally-draft-";

/// Signing out waits this long for the server to end push notifications, in milliseconds: without a network it must not seem to fail.
const SIGN_OUT_TIMEOUT: u32 = 2_000;

/// What is known of the user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Account {
    /// The server has not answered yet.
    Loading,
    /// The response of the server.
    Known(Me),
    /// The server could not be reached.
    Failed(ApiError),
}

/// The account of the user.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    account: RwSignal<Account>,
    /// The sign-in has expired; a dialog asks the user to sign in again.
    has_expired: RwSignal<bool>,
    /// The room whose page is shown: its guest makes the requests, if no member is signed in.
    room: RwSignal<Option<RoomId>>,
    guest: RwSignal<Option<PersonView>>,
    tokens: StoredValue<Rc<TokenStore>, LocalStorage>,
    /// Counts requests for the account, so that a late answer can be distinguished from the last one.
    request: StoredValue<u32>,
    /// The member is signing out everywhere: a rejected token is then no reason for a dialog.
    is_leaving: StoredValue<bool>,
}

impl Session {
    /// Requests the account from the server.
    pub(crate) fn start(settings: &Settings) -> Self {
        let issuer = settings.issuer_address(&url::origin());
        let tokens = TokenStore::start(issuer, settings.client_id.clone());
        let session = Self {
            account: RwSignal::new(Account::Loading),
            has_expired: RwSignal::new(false),
            room: RwSignal::new(None),
            guest: RwSignal::new(None),
            tokens: StoredValue::new_local(Rc::clone(&tokens)),
            request: StoredValue::new(0),
            is_leaving: StoredValue::new(false),
        };
        tokens.on_change(move |change| session.handle(change));
        api::set_token_source(Rc::new(session));
        session.reload();
        session
    }

    /// Requests the account again.
    pub(crate) fn reload(self) {
        if !matches!(self.account.get_untracked(), Account::Known(_)) {
            self.set_account(Account::Loading);
        }
        self.request.update_value(|request| *request += 1);
        let request = self.request.get_value();
        spawn_local(async move {
            let next = match api::session::me().await {
                Ok(me) => Account::Known(me),
                Err(error) => Account::Failed(error),
            };
            if self.request.get_value() == request && next != self.account.get_untracked() {
                self.set_account(next);
            }
        });
    }

    /// Pages are drawn again when another uses them: what had the focus may go, also when they have signed out in another tab.
    fn set_account(self, account: Account) {
        focus::keep();
        self.account.set(account);
    }

    /// Requests the account again if the server could not be reached: the network is back.
    pub(crate) fn retry(self) {
        if matches!(self.account.get_untracked(), Account::Failed(_)) {
            self.reload();
        }
    }

    /// What is known of the user (tracked).
    pub(crate) fn account(self) -> Account {
        self.account.get()
    }

    /// Whether the sign-in has expired and its dialog is open.
    pub(crate) fn has_expired(self) -> RwSignal<bool> {
        self.has_expired
    }

    /// Whether the user is known to be an admin (tracked).
    pub(crate) fn is_admin(self) -> bool {
        self.account.with(|account| matches!(account, Account::Known(Me { role: Role::Admin, .. })))
    }

    /// The member who is signed in (tracked).
    pub(crate) fn member(self) -> Option<PersonView> {
        self.account.with(|account| match account {
            Account::Known(me) => me.person.clone(),
            _ => None,
        })
    }

    /// The user in the room whose page is shown: the member, or else its guest (tracked).
    pub(crate) fn person(self) -> Option<PersonView> {
        self.member().or_else(|| self.guest.get())
    }

    /// Whether the server has answered the request for the account, or it has failed (tracked).
    pub(crate) fn is_settled(self) -> bool {
        self.account.with(|account| *account != Account::Loading)
    }

    /// Whether a member has come back and the server has not yet returned their account (tracked).
    pub(crate) fn is_returning(self) -> bool {
        !self.is_settled() && self.tokens.with_value(|tokens| tokens.is_signed_in())
    }

    /// Whether this deployment has an issuer.
    pub(crate) fn can_sign_in(self) -> bool {
        self.tokens.with_value(|tokens| tokens.has_issuer())
    }

    /// Leaves for the issuer, which leads back to this page.
    pub(crate) async fn sign_in(self) -> Result<(), ApiError> {
        let tokens = self.tokens.get_value();
        sign_in::begin(tokens, url::path()).await
    }

    /// The issuer has led back: gives the path to go on with.
    pub(crate) async fn finish_sign_in(self) -> Result<String, ApiError> {
        let tokens = self.tokens.get_value();
        sign_in::finish(tokens, url::query()).await
    }

    /// Signs out, in every tab, and forgets what the user leaves in this browser.
    pub(crate) fn sign_out(self) {
        let tokens = self.tokens.get_value();
        storage::remove_all(Area::Session, DRAFT_PREFIX);
        spawn_local(async move {
            if let Some((_, id)) = visitor::push_owner().filter(|(owner, id)| !owner.is_empty() && !id.is_empty()) {
                // If the server does not get this now, the next user's registration moves the browser to them.
                let removal = std::pin::pin!(api::notifications::remove_browser(&id));
                _ = select(removal, TimeoutFuture::new(SIGN_OUT_TIMEOUT)).await;
            }
            forget_user();
            tokens.end().await;
        });
    }

    /// Ends all sessions of the member at the server, then this one. If the server cannot be reached, nothing changes here.
    pub(crate) async fn sign_out_everywhere(self) -> Result<(), ApiError> {
        self.is_leaving.set_value(true);
        let result = api::session::sign_out_everywhere().await;
        match result {
            Ok(()) => self.sign_out(),
            Err(_) => self.is_leaving.set_value(false),
        }
        result
    }

    /// The member whose sign-in has expired does not sign in again now: they continue as a visitor. What they typed is kept, under their
    /// name.
    pub(crate) fn abandon(self) {
        self.tokens.with_value(|tokens| tokens.abandon());
    }

    /// The page of a room is shown, or no longer.
    pub(crate) fn set_room(self, room: Option<RoomId>) {
        let guest = room.as_ref().and_then(guests::load).map(|guest| guest.person);
        self.guest.set(guest);
        self.room.set(room);
    }

    /// Joins a room as a guest.
    pub(crate) async fn join(self, room: RoomId, name: PersonName, key: EntryKey) -> Result<(), ApiError> {
        let guest = api::rooms::join(&room, name, key).await?;
        guests::store(&room, Some(&guest));
        if self.is_shown(&room) {
            self.guest.set(Some(guest.person));
        }
        Ok(())
    }

    /// Forgets the guest that this browser is in a room: they may join again.
    pub(crate) fn leave(self, room: &RoomId) {
        guests::store(room, None);
        if self.is_shown(room) {
            self.guest.set(None);
        }
    }

    /// Whether the page of this room is shown: the user may have left it meanwhile.
    fn is_shown(self, room: &RoomId) -> bool {
        self.room.with_untracked(|shown| shown.as_ref() == Some(room))
    }

    fn handle(self, change: TokenChange) {
        match change {
            TokenChange::Renewed => self.has_expired.set(false),
            TokenChange::SignedIn => {
                self.has_expired.set(false);
                self.reload();
            }
            TokenChange::Expired => self.has_expired.set(!self.is_leaving.get_value()),
            TokenChange::Abandoned => self.end(),
            TokenChange::SignedOut => {
                self.is_leaving.set_value(false);
                forget_user();
                self.guest.set(None);
                self.end();
            }
        }
    }

    /// No member uses the page any more.
    fn end(self) {
        self.has_expired.set(false);
        self.set_account(Account::Loading);
        self.reload();
    }

    /// The guest's token for a request to this path.
    fn guest_token(self, path: &str, was_rejected: bool) -> Option<String> {
        let room = self.room.with_untracked(|shown| guests::room_of_request(path, shown.as_ref()))?;
        if !was_rejected {
            return guests::load(&room).map(|guest| guest.token);
        }
        // It has expired.
        self.leave(&room);
        None
    }
}

/// Removes what a user leaves in this browser: what they typed, the tokens of guests, the key of the visitor. The next user of this browser
/// is none of these.
fn forget_user() {
    storage::remove_all(Area::Session, DRAFT_PREFIX);
    guests::forget_all();
    visitor::forget();
}

impl TokenSource for Session {
    fn token(&self, path: &str, was_rejected: bool) -> LocalFuture<Option<String>> {
        let (session, path) = (*self, path.to_owned());
        let tokens = self.tokens.get_value();
        Box::pin(async move {
            if tokens.is_signed_in() {
                return tokens.access_token(was_rejected).await;
            }
            session.guest_token(&path, was_rejected)
        })
    }

    fn handle_refusal(&self) {
        let tokens = self.tokens.get_value();
        if tokens.is_signed_in() {
            tokens.expire();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    impl Session {
        /// A session of which this is known, without a browser.
        pub(crate) fn with_account(account: Account) -> Self {
            Self {
                account: RwSignal::new(account),
                has_expired: RwSignal::new(false),
                room: RwSignal::new(None),
                guest: RwSignal::new(None),
                tokens: StoredValue::new_local(TokenStore::without_browser(None)),
                request: StoredValue::new(0),
                is_leaving: StoredValue::new(false),
            }
        }
    }

    fn known(role: Role, person: Option<&str>) -> Account {
        let person = person.map(|id| serde_json::from_value(json!({"id": id, "name": "Ada"})).unwrap());
        Account::Known(Me { role, person, may_edit_factories: false, release: String::new() })
    }

    fn id_of(person: Option<PersonView>) -> Option<String> {
        person.map(|person| person.id.to_string())
    }

    #[test]
    fn only_an_admin_is_one() {
        Owner::new().with(|| {
            assert!(Session::with_account(known(Role::Admin, Some("ada"))).is_admin());
            for account in [known(Role::Member, Some("ada")), Account::Loading, Account::Failed(ApiError::Unreachable)]
            {
                assert!(!Session::with_account(account).is_admin());
            }
        });
    }

    #[test]
    fn the_user_is_known_once_the_server_has_responded() {
        Owner::new().with(|| {
            assert!(!Session::with_account(Account::Loading).is_settled());
            assert!(Session::with_account(Account::Failed(ApiError::Unreachable)).is_settled());
            assert!(Session::with_account(known(Role::Visitor, None)).is_settled());
        });
    }

    #[test]
    fn a_member_takes_part_as_a_member_and_not_as_a_guest() {
        Owner::new().with(|| {
            let guest: PersonView = serde_json::from_value(json!({"id": "guest-1", "name": "Bo"})).unwrap();
            let session = Session::with_account(known(Role::Visitor, None));
            assert_eq!(id_of(session.person()), None);
            session.guest.set(Some(guest));
            assert_eq!((id_of(session.member()), id_of(session.person()).as_deref()), (None, Some("guest-1")));
            session.account.set(known(Role::Member, Some("ada")));
            assert_eq!(id_of(session.person()).as_deref(), Some("ada"));
        });
    }

    #[test]
    fn the_dialog_of_an_expired_sign_in_stays_until_there_is_another_token() {
        Owner::new().with(|| {
            let session = Session::with_account(known(Role::Member, Some("ada")));
            session.handle(TokenChange::Expired);
            assert!(session.has_expired().get_untracked());
            assert_eq!(id_of(session.member()).as_deref(), Some("ada"), "the page stays as it is");
            session.handle(TokenChange::Renewed);
            assert!(!session.has_expired().get_untracked());
            session.is_leaving.set_value(true);
            session.handle(TokenChange::Expired);
            assert!(!session.has_expired().get_untracked(), "they have asked for it");
        });
    }

    #[test]
    fn a_user_who_signs_out_is_no_guest_and_no_visitor_any_more() {
        Owner::new().with(|| {
            let room: RoomId = "k3j9x0a2bc".parse().unwrap();
            let guest = json!({"token": "t", "person": {"id": "guest:b1", "name": "Bo"}});
            guests::store(&room, serde_json::from_value(guest).ok().as_ref());
            storage::set(Area::Local, "rally-visitor", Some("k"));
            storage::set(Area::Session, &[DRAFT_PREFIX, "answer"].concat(), Some("Because"));
            storage::set(Area::Local, "rally-theme", Some("dark"));
            assert!(guests::load(&room).is_some() && visitor::key().is_some());
            forget_user();
            assert!(guests::load(&room).is_none() && visitor::key().is_none());
            assert_eq!(storage::get(Area::Session, &[DRAFT_PREFIX, "answer"].concat()), None);
            assert_eq!(storage::get(Area::Local, "rally-theme").as_deref(), Some("dark"), "it is the browser's");
        });
    }

    #[test]
    fn only_the_room_whose_page_is_open_is_shown() {
        Owner::new().with(|| {
            let (room, other): (RoomId, RoomId) = ("k3j9x0a2bc".parse().unwrap(), "aaaaaaaaaa".parse().unwrap());
            let session = Session::with_account(Account::Loading);
            assert!(!session.is_shown(&room));
            session.room.set(Some(room.clone()));
            assert!(session.is_shown(&room) && !session.is_shown(&other));
        });
    }
}
