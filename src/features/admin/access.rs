//! Decides whether the user may use the admin page.

use domain::actor::Role;

use crate::auth::Account;

/// What the page shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Access {
    /// The account is not known yet.
    Checking,
    /// The user is an admin.
    Granted,
    /// The user is not; `can_sign_in` says that they might be once they have signed in.
    Denied {
        /// Whether signing in is offered.
        can_sign_in: bool,
    },
    /// The server could not be reached, for this reason.
    Failed(String),
}

impl Access {
    /// The access of an account; `has_issuer` says that this deployment has accounts.
    pub(super) fn of(account: &Account, has_issuer: bool) -> Self {
        match account {
            Account::Loading => Self::Checking,
            Account::Failed(error) => Self::Failed(error.to_string()),
            Account::Known(me) if me.role == Role::Admin => Self::Granted,
            Account::Known(me) => Self::Denied { can_sign_in: has_issuer && me.person.is_none() },
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::endpoints::Me;
    use serde_json::json;

    use super::*;
    use crate::api::ApiError;

    #[test]
    fn only_admins_are_let_in() {
        let known = |role| Account::Known(Me { role, person: None, may_edit_factories: false, release: String::new() });
        assert_eq!(Access::of(&known(Role::Admin), true), Access::Granted);
        assert_eq!(Access::of(&known(Role::Visitor), true), Access::Denied { can_sign_in: true });
        assert_eq!(Access::of(&known(Role::Visitor), false), Access::Denied { can_sign_in: false });
        for role in [Role::Member, Role::Guest, Role::Device] {
            assert!(matches!(Access::of(&known(role), true), Access::Denied { .. }), "{role:?}");
        }
    }

    #[test]
    fn access_is_unknown_before_the_server_has_responded() {
        assert_eq!(Access::of(&Account::Loading, true), Access::Checking);
        assert!(matches!(Access::of(&Account::Failed(ApiError::Unreachable), true), Access::Failed(_)));
    }

    #[test]
    fn a_member_without_admin_rights_is_not_offered_the_sign_in() {
        let ada = json!({"id": "ada", "name": "Ada"});
        let person = serde_json::from_value(ada).unwrap();
        let me = Me { role: Role::Member, person, may_edit_factories: false, release: String::new() };
        assert_eq!(Access::of(&Account::Known(me), true), Access::Denied { can_sign_in: false });
    }

    #[test]
    fn a_failure_says_why() {
        let failed = Account::Failed(ApiError::browser("No network."));
        assert_eq!(Access::of(&failed, true), Access::Failed("No network.".to_owned()));
    }
}
