//! The texts of signing in.

/// The browser stores nothing for this site.
pub(crate) const STORAGE_BLOCKED: &str = "This browser blocks storage for this site, and signing in needs it. Allow cookies and site data \
                                          for this page, then sign in again.";
/// This tab has not begun the sign-in.
pub(crate) const NOT_PENDING: &str = "This sign-in was not started in this tab, or is already complete. Sign in again.";
/// Another issuer answered.
pub(crate) const OTHER_ISSUER: &str = "The answer came from another sign-in page than the expected one. Sign in again.";
/// The code has expired.
pub(crate) const TOOK_TOO_LONG: &str = "Signing in took too long. Sign in again.";
/// The deployment has no issuer.
pub(crate) const NO_ISSUER: &str = "This site has no sign-in.";
/// The issuer does not answer.
pub(crate) const ISSUER_UNREACHABLE: &str = "The sign-in page can't be reached. Check your network and try again.";
/// The button that signs in.
pub(crate) const SIGN_IN: &str = "Sign in";
/// Signs out in this browser.
pub(crate) const SIGN_OUT: &str = "Sign out";
/// A button whose request is under way.
pub(crate) const ONE_MOMENT: &str = "One moment…";
/// The heading of the page that the issuer leads back to.
pub(crate) const SIGNING_IN: &str = "Signing in";
/// The way on if signing in failed.
pub(crate) const CONTINUE_WITHOUT: &str = "Continue without signing in";
/// The heading of the dialog after a sign-in has expired.
pub(crate) const EXPIRED: &str = "Your sign-in has expired";
/// The text of that dialog.
pub(crate) const EXPIRED_BODY: &str =
    "Sign in again to continue. You come back to this page, and what you have typed is kept.";
/// Its button.
pub(crate) const SIGN_IN_AGAIN: &str = "Sign in again";
/// Closes it.
pub(crate) const NOT_NOW: &str = "Not now";
/// Above a page for members only.
pub(crate) const SIGN_IN_TO_CONTINUE: &str = "Sign in to continue. You come back to this page.";
/// The same, without an issuer.
pub(crate) const MEMBERS_ONLY: &str = "This page is for members, and this site has no sign-in.";

/// The issuer refused, and why.
pub(crate) fn issuer_refused(why: &str) -> String {
    format!("The sign-in page refused: {why}.")
}

/// The issuer's token is not accepted, and why.
pub(crate) fn token_rejected(why: &str) -> String {
    format!("The sign-in can't be accepted: {why}. Sign in again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_that_failed_says_why_and_what_to_do() {
        let rejected = token_rejected("it is too old");
        assert!(rejected.contains("it is too old") && rejected.ends_with("Sign in again."), "{rejected}");
        assert_eq!(issuer_refused("access_denied"), "The sign-in page refused: access_denied.");
    }
}
