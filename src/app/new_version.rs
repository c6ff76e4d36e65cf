//! Notices that a newer site has been deployed, and offers it. The open page goes on until the user reloads.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::texts;
use crate::api;
use crate::live::{ConnectionStatus, Live};
use crate::platform::{focus, page, url};

/// The page looks for a new version this often while it is visible, in milliseconds, and at each reconnect.
const CHECK_INTERVAL: u32 = 10 * 60 * 1_000;

/// The version that index.html was built as. `trunk serve` writes none, and offers nothing.
const VERSION: &str = "rally-version";

/// The offer, once there is a new version.
#[component]
pub(super) fn NewVersion() -> impl IntoView {
    let live = expect_context::<Live>();
    let is_offered = RwSignal::new(false);
    if let Some(version) = page::meta(VERSION) {
        let check = move || {
            let version = version.clone();
            spawn_local(async move {
                // What fails here is looked for again at the next reconnect.
                if let Ok(deployed) = api::settings::version().await
                    && deployed != version
                {
                    is_offered.set(true);
                }
            });
        };
        let on_interval = check.clone();
        Interval::new(CHECK_INTERVAL, move || {
            if page::is_visible() {
                on_interval();
            }
        })
        .forget();
        Effect::new(move |before: Option<Connection>| {
            let before = before.unwrap_or(Connection::New);
            let now = before.next(live.status().get() == ConnectionStatus::Live);
            if before == Connection::Lost && now == Connection::Live {
                check();
            }
            now
        });
    }
    let close = move |_| {
        is_offered.set(false);
        focus::rescue_to("h1");
    };
    view! {
        <div role="status">
            {move || {
                is_offered.get().then(|| {
                    view! {
                        <section class="new-version" aria-label=texts::NEW_VERSION>
                            <p>{texts::NEW_VERSION}</p>
                            <div class="actions">
                                <button type="button" class="primary" on:click=|_| url::reload()>{texts::RELOAD}</button>
                                <button type="button" on:click=close>{texts::LATER}</button>
                            </div>
                        </section>
                    }
                })
            }}
        </div>
    }
}

/// What has become of the page's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connection {
    New,
    Live,
    Lost,
}

impl Connection {
    /// What it is next, now that it is live or not. The page itself was loaded just before its first connection: until then none is lost.
    const fn next(self, is_live: bool) -> Self {
        match (self, is_live) {
            (_, true) => Self::Live,
            (Self::New, false) => Self::New,
            (Self::Live | Self::Lost, false) => Self::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_lost_only_after_it_was_live() {
        let after = |statuses: &[bool]| statuses.iter().fold(Connection::New, |now, is_live| now.next(*is_live));
        assert_eq!(after(&[false, false]), Connection::New);
        assert_eq!(after(&[false, true]), Connection::Live);
        assert_eq!(after(&[true, false]), Connection::Lost);
        assert_eq!(after(&[true, false, false, true]), Connection::Live);
    }

    #[test]
    fn a_connection_that_was_never_live_is_never_lost() {
        let steps = [Connection::New, Connection::Live, Connection::Lost];
        for step in steps {
            assert_eq!(step.next(true), Connection::Live);
            assert_eq!(step.next(false) == Connection::New, step == Connection::New);
        }
    }
}
