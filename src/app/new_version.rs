//! Detects that a newer site has been deployed, and offers it. The open page goes on until the user reloads, unless the server is too new
//! for it: then the page reloads by itself, once for each version of the server.

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::texts;
use crate::api;
use crate::live::{ConnectionStatus, Live};
use crate::platform::storage::{self, Area};
use crate::platform::{focus, page, url};

/// The page looks for a new version this often while it is visible, in milliseconds, and at each reconnect.
const CHECK_INTERVAL: u32 = 10 * 60 * 1_000;

/// The version that index.html was built as. `trunk serve` writes none, and offers nothing.
const VERSION: &str = "rally-version";

/// The version of the server for which this tab was reloaded last.
const RELOADED_FOR: &str = "rally-reloaded-for";

/// The page says for this time that it reloads, in milliseconds.
const NOTICE: u32 = 2_000;

/// Whether the page is to reload for a server of this version. Not again for the same one or an older one: the page that came may be the same,
/// since the site is deployed after the server, or comes from a cache. And not if the tab cannot remember it.
fn claim_reload(version: u32) -> bool {
    let last = storage::get(Area::Session, RELOADED_FOR).and_then(|last| last.parse().ok());
    let is_due = is_reload_due(version, last) && storage::is_available(Area::Session);
    if is_due {
        storage::set(Area::Session, RELOADED_FOR, Some(&version.to_string()));
    }
    is_due
}

fn is_reload_due(version: u32, last: Option<u32>) -> bool {
    last.is_none_or(|last| version > last)
}

/// The offer, once there is a new version.
#[component]
pub(super) fn NewVersion() -> impl IntoView {
    let live = expect_context::<Live>();
    let offer = RwSignal::new(None);
    Effect::new(move |_| {
        if let Some(version) = api::version::newer() {
            let reloads = claim_reload(version);
            offer.set(Some(if reloads { texts::OUTDATED } else { texts::NEW_VERSION }));
            if reloads {
                Timeout::new(NOTICE, url::reload).forget();
            }
        }
    });
    if let Some(version) = page::meta(VERSION) {
        let check = move || {
            let version = version.clone();
            spawn_local(async move {
                // What fails here is looked for again at the next reconnect.
                if let Ok(deployed) = api::settings::version().await
                    && deployed != version
                {
                    offer.set(Some(texts::NEW_VERSION));
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
        offer.set(None);
        focus::rescue_to("h1");
    };
    view! {
        <div role="status">
            {move || {
                offer.get().map(|text| {
                    view! {
                        <section class="new-version" aria-label=texts::NEW_VERSION>
                            <p>{text}</p>
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
    fn a_page_reloads_once_for_each_version_of_the_server() {
        for (version, last, expected) in [(2, None, true), (2, Some(2), false), (3, Some(2), true), (2, Some(3), false)]
        {
            assert_eq!(is_reload_due(version, last), expected, "{version} after {last:?}");
        }
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
