//! Where the issuer leads back to: goes on where the sign-in was begun, or says why it cannot.

use super::heading;
use crate::browser::element::{Element, el};
use crate::browser::{navigation, page};
use crate::components::action_button::failure;
use crate::components::notice::way_on;
use crate::state::Shared;
use crate::state::attempt::{Attempt, Progress};

/// The page.
pub(crate) fn signed_in_page(shared: Shared) -> Element {
    page::set_title("Signing in · Rally");
    let attempt = Attempt::new();
    let finish = shared.session.finish_sign_in();
    attempt.run(async move {
        let back = finish.await?;
        navigation::go(&back, true);
        Ok(())
    });
    let progress = attempt.progress();
    let failed = move || matches!(progress.get(), Progress::Failed(_));
    el("div")
        .child(heading("Signing in"))
        .child(el("p").set("role", "status").live_text(move || if failed() { "" } else { "One moment…" }.to_owned()))
        .child(failure(progress))
        .when(failed, || way_on("/rooms", "Go on without"))
}
