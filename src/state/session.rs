//! Who looks at the page: a member by the issuer's word, a room's guest by the server's, or a visitor. Never decides what
//! they may do: the server does, each time.
//!
//! The access token lives in memory. The refresh token is in this browser's storage, where Cognito's own library for
//! single-page apps keeps it, is replaced at each use, and is used by one tab at a time for all.

mod tokens;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use domain::actor::Role;
use domain::person::PersonName;
use domain::room::RoomId;
use domain::wire::endpoints::Me;
use domain::wire::rooms::{self, GuestToken, NewGuest, PersonView};
use domain::wire::settings::Settings;

use super::api::{self, Bearers, Failure};
use super::this_browser;
use crate::browser::storage::{self, Kept};
use crate::browser::{self, navigation};
use crate::reactive::*;

use tokens::TokenStore;

/// What is known of who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The server has not answered yet.
    Asking,
    /// This is what the server says.
    Known(Me),
    /// The server could not be asked.
    Unknown(Failure),
}

/// Who looks at the page.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    standing: RwSignal<Standing>,
    /// They were signed in, and are asked to sign in again.
    over: RwSignal<bool>,
    /// The room whose page is shown: its guest is who asks, if nobody is signed in.
    room: RwSignal<Option<RoomId>>,
    /// The guest of that room.
    guest: RwSignal<Option<PersonView>>,
    tokens: StoredValue<Rc<TokenStore>>,
    /// Counts the asking, so that an answer that comes late can be told from the last one.
    asked: StoredValue<u32>,
}

impl Session {
    /// Asks who it is.
    pub(crate) fn start(settings: &Settings) -> Self {
        let (standing, over) = (RwSignal::new(Standing::Asking), RwSignal::new(false));
        let issuer = settings.issuer_address(&navigation::origin());
        let tokens = TokenStore::start(issuer, settings.client_id.clone());
        let session = Self {
            standing,
            over,
            room: RwSignal::new(None),
            guest: RwSignal::new(None),
            tokens: StoredValue::new(Rc::clone(&tokens)),
            asked: StoredValue::new(0),
        };
        tokens.when_changed(move |change| session.handle(change));
        api::set_bearers(Rc::new(session));
        session.ask();
        session
    }

    /// Asks the server again.
    pub(crate) fn ask(self) {
        if !matches!(self.standing.get_untracked(), Standing::Known(_)) {
            self.standing.set(Standing::Asking);
        }
        self.asked.update_value(|asked| *asked += 1);
        let asking = self.asked.get_value();
        browser::run(async move {
            let next = match api::me().await {
                Ok(me) => Standing::Known(me),
                Err(failure) => Standing::Unknown(failure),
            };
            if self.asked.get_value() == asking && next != self.standing.get_untracked() {
                self.standing.set(next);
            }
        });
    }

    /// What is known.
    pub(crate) fn standing(self) -> ReadSignal<Standing> {
        self.standing.read_only()
    }

    /// Whether their sign-in has ended, and they are asked to sign in again.
    pub(crate) fn over(self) -> RwSignal<bool> {
        self.over
    }

    /// Whether they are known to be an admin.
    pub(crate) fn is_admin(self) -> bool {
        self.standing.with(|standing| matches!(standing, Standing::Known(Me { role: Role::Admin, .. })))
    }

    /// The member who is signed in.
    pub(crate) fn member(self) -> Option<PersonView> {
        self.standing.with(|standing| match standing {
            Standing::Known(me) => me.person.clone(),
            _ => None,
        })
    }

    /// Who they are in the room whose page is shown: the member, or else its guest.
    pub(crate) fn person(self) -> Option<PersonView> {
        self.member().or_else(|| self.guest.get())
    }

    /// Whether it is known yet who they are.
    pub(crate) fn is_settled(self) -> bool {
        self.standing.with(|standing| *standing != Standing::Asking)
    }

    /// Whether anybody can sign in here.
    pub(crate) fn can_sign_in(self) -> bool {
        self.tokens.with_value(|tokens| tokens.can_sign_in())
    }

    /// Leads to the issuer, which leads back to this page.
    pub(crate) fn sign_in(self) -> Pin<Box<dyn Future<Output = Result<(), Failure>>>> {
        let tokens = self.tokens.get_value();
        Box::pin(async move { tokens.begin(&navigation::path()).await })
    }

    /// The issuer has led back: gives the page to go on with.
    pub(crate) fn finish_sign_in(self) -> Pin<Box<dyn Future<Output = Result<String, Failure>>>> {
        let tokens = self.tokens.get_value();
        Box::pin(async move { tokens.finish(&navigation::query()).await })
    }

    /// Signs out, in every tab.
    pub(crate) fn sign_out(self) {
        let tokens = self.tokens.get_value();
        browser::run(async move {
            this_browser::leave().await;
            tokens.end().await;
        });
    }

    /// The page of a room is shown, or no longer.
    pub(crate) fn set_room(self, room: Option<RoomId>) {
        self.guest.set(room.as_ref().and_then(kept_guest).map(|guest| guest.person));
        self.room.set(room);
    }

    /// Comes into a room as a guest.
    pub(crate) async fn join(self, room: RoomId, name: PersonName) -> Result<(), Failure> {
        let joined: serde_json::Value = api::send("POST", &rooms::room_guests(&room), &NewGuest { name }, None).await?;
        let text = joined.to_string();
        let Some(guest) = read_guest(&text) else { return Err(Failure::new("The answer makes no sense. Try again.")) };
        storage::set(Kept::Always, &guest_name(&room), Some(&text));
        self.guest.set(Some(guest.person));
        Ok(())
    }

    fn handle(self, change: tokens::Change) {
        match change {
            tokens::Change::Renewed => self.over.set(false),
            tokens::Change::SignedIn => {
                self.over.set(false);
                self.ask();
            }
            tokens::Change::Over => self.over.set(true),
            tokens::Change::SignedOut => {
                self.over.set(false);
                self.standing.set(Standing::Asking);
                self.ask();
            }
        }
    }

    /// The guest's token for a request to this path: for their own room, and on its page for the ticket and for what is
    /// one's own.
    fn guest_token(self, path: &str, refused: bool) -> Option<String> {
        let room = match path.strip_prefix(rooms::ROOMS) {
            Some(rest) => rest.trim_start_matches('/').split('/').next()?.parse().ok()?,
            None if path == rooms::TICKETS || path.starts_with("/v1/me/") => self.room.get_untracked()?,
            None => return None,
        };
        if refused {
            // It has ended: they may join again.
            storage::set(Kept::Always, &guest_name(&room), None);
            self.guest.set(None);
            return None;
        }
        kept_guest(&room).map(|guest| guest.token)
    }
}

impl Bearers for Session {
    fn bearer(&self, path: &str, refused: bool) -> Pin<Box<dyn Future<Output = Option<String>>>> {
        let (session, path) = (*self, path.to_owned());
        let tokens = self.tokens.get_value();
        Box::pin(async move {
            if tokens.is_signed_in() {
                return tokens.access(refused).await;
            }
            session.guest_token(&path, refused)
        })
    }
}

fn guest_name(room: &RoomId) -> String {
    format!("rally-guest-{room}")
}

fn kept_guest(room: &RoomId) -> Option<GuestToken> {
    read_guest(&storage::get(Kept::Always, &guest_name(room))?)
}

fn read_guest(text: &str) -> Option<GuestToken> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let (id, name) = (text(&value["person"]["id"])?.parse().ok()?, text(&value["person"]["name"])?.parse().ok()?);
    Some(GuestToken { token: text(&value["token"])?, person: PersonView { id, name } })
}
