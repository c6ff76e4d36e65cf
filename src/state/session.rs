//! Who looks at the page, as the server tells it. Never decides what they may do: the server does, each time.

use domain::actor::Role;

use super::api::{self, Failure};
use crate::browser;
use crate::reactive::*;

/// What is known of who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The server has not answered yet.
    Asking,
    /// They have this role.
    Known(Role),
    /// The server could not be asked.
    Unknown(Failure),
}

/// Who looks at the page.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    standing: RwSignal<Standing>,
}

impl Session {
    /// Asks the server.
    pub(crate) fn start() -> Self {
        let session = Self { standing: RwSignal::new(Standing::Asking) };
        session.ask();
        session
    }

    /// Asks the server again.
    pub(crate) fn ask(self) {
        self.standing.set(Standing::Asking);
        browser::run(async move {
            self.standing.set(match api::me().await {
                Ok(me) => Standing::Known(me.role),
                Err(failure) => Standing::Unknown(failure),
            });
        });
    }

    /// What is known.
    pub(crate) fn standing(self) -> ReadSignal<Standing> {
        self.standing.read_only()
    }

    /// Whether they are known to be an admin.
    pub(crate) fn is_admin(self) -> bool {
        self.standing.with(|standing| *standing == Standing::Known(Role::Admin))
    }
}
