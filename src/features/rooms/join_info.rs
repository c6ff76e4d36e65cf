//! How people join a room: its join code, its address, a QR code.

use domain::room::{JoinCode, Room, RoomId, RoomState};
use leptos::prelude::*;

use super::{entry_key, texts};
use crate::api;
use crate::paths::Path;
use crate::platform::url;
use crate::ui::{Loaded, Loader, QrCode};

/// How people come into a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invitation {
    /// The join code.
    pub(crate) code: JoinCode,
    /// Where the code is typed, without a scheme: “rally.example/rooms”.
    pub(crate) place: String,
    /// The room.
    id: RoomId,
    /// The room's address, without what opens the room.
    address: String,
}

impl Invitation {
    /// The invitation to a room of the site at `origin` (scheme, host and port) and `host` (host and port). `None` if
    /// no one can join: it is closed, or its code is not known to this user.
    fn new(room: &Room, origin: &str, host: &str) -> Option<Self> {
        let code = room.code.clone().filter(|_| room.state != RoomState::RoomClosed)?;
        let address = [origin, &Path::Room(room.id.clone()).to_string()].concat();
        Some(Self { code, place: [host, &Path::Rooms.to_string()].concat(), id: room.id.clone(), address })
    }

    /// The address for a QR code: with the token of the room's link, or with its join code if the token cannot be had.
    fn address(&self, link: Option<&str>) -> String {
        entry_key::address(&self.address, link.unwrap_or(self.code.as_str()))
    }

    /// The invitation to a room of this site. `None` if no one can join.
    pub(crate) fn of(room: &Room) -> Option<Self> {
        Self::new(room, &url::origin(), &url::host())
    }
}

/// A QR code of the room's address.
#[component]
pub(crate) fn JoinQrCode(
    /// The invitation.
    invitation: Invitation,
) -> impl IntoView {
    let id = invitation.id.clone();
    let link = Loader::new(move || {
        let id = id.clone();
        Box::pin(async move { api::rooms::link(&id).await })
    });
    move || {
        let address = match link.get() {
            Loaded::Loading => return None,
            Loaded::Ready(link) => invitation.address(Some(link.as_str())),
            Loaded::Failed(_) => invitation.address(None),
        };
        Some(view! { <QrCode address label=texts::QR_CODE/> })
    }
}

#[cfg(test)]
mod tests {
    use super::super::room_view::tests::room;
    use super::*;

    fn invitation(state: &str, code: Option<&str>) -> Option<Invitation> {
        let code = code.map(|code| code.parse().unwrap());
        Invitation::new(&Room { code, ..room(state, 0) }, "https://rally.example", "rally.example")
    }

    #[test]
    fn an_invitation_says_where_to_go() {
        let invitation = invitation("no_question", Some("DRTTMD")).unwrap();
        assert_eq!((invitation.code.as_str(), invitation.place.as_str()), ("DRTTMD", "rally.example/rooms"));
        let token = "AbCdEfGhIjKlMnOpQrSt-_";
        let address = "https://rally.example/rooms/k3j9x0a2bc#join=";
        assert_eq!(invitation.address(Some(token)), format!("{address}{token}"));
        assert_eq!(invitation.address(None), format!("{address}DRTTMD"));
    }

    #[test]
    fn a_closed_room_or_one_without_a_code_has_no_invitation() {
        assert_eq!(invitation("room_closed", Some("DRTTMD")), None);
        assert_eq!(invitation("no_question", None), None);
    }
}
