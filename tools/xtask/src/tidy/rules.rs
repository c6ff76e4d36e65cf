//! The rules of each source file, by its path.

use super::Finding;
use super::text::{Parts, has_word};

/// A word that is forbidden in the files that `applies` selects, with the reason for the message.
struct Ban {
    applies: fn(&str) -> bool,
    words: &'static [&'static str],
    reason: &'static str,
}

const BANS: [Ban; 13] = [
    Ban {
        applies: |path| path.starts_with("src/") && path != "src/platform.rs" && !path.starts_with("src/platform/"),
        words: &[
            "js_sys",
            "web_sys::window",
            "web_sys::Window",
            "web_sys::Storage",
            "web_sys::WebSocket",
            "wasm_bindgen::prelude",
        ],
        reason: "only src/platform/ uses the browser's interfaces; element and event types may be named anywhere",
    },
    Ban {
        applies: |path| path.starts_with("src/") && path != "src/api/client.rs",
        words: &["gloo_net"],
        reason: "requests are made by src/api/client.rs",
    },
    Ban {
        applies: |path| path.starts_with("src/platform/"),
        words: &[
            "crate::api",
            "crate::app",
            "crate::auth",
            "crate::features",
            "crate::format",
            "crate::live",
            "crate::notifications",
            "crate::routes",
            "crate::ui",
        ],
        reason: "src/platform/ knows no other module of the site",
    },
    Ban {
        applies: |path| ["api", "auth", "live"].iter().any(|module| path.starts_with(&format!("src/{module}/"))),
        words: &["crate::app", "crate::features", "crate::notifications", "crate::routes", "crate::ui"],
        reason: "api, auth and live draw nothing and know no page",
    },
    Ban {
        applies: |path| path.starts_with("src/ui/"),
        words: &["crate::app", "crate::features", "crate::notifications", "crate::routes"],
        reason: "src/ui/ knows no feature",
    },
    Ban {
        applies: |path| path.starts_with("src/notifications/"),
        words: &["crate::app", "crate::features", "crate::routes"],
        reason: "src/notifications/ knows no page",
    },
    Ban {
        applies: |path| path.starts_with("src/app/") || path == "src/app.rs",
        words: &["crate::features"],
        reason: "the frame knows pages by src/routes.rs only",
    },
    Ban {
        applies: |path| path.starts_with("src/features/"),
        words: &["crate::live::connection", "crate::live::transport", "wasm_split_helpers"],
        reason: "a feature follows topics by use_topic, and its pages become chunks in src/routes.rs",
    },
    Ban {
        applies: is_pure,
        words: &["SystemTime::now", "Instant", "rand", "getrandom", "async", "await"],
        reason: "the crates that the browser shares are pure: time, ids and randomness are arguments, and nothing waits",
    },
    Ban {
        applies: is_pure,
        words: &["std::env", "std::fs", "std::net", "std::process", "std::thread"],
        reason: "the crates that the browser shares have no environment: take what is needed as an argument",
    },
    Ban {
        applies: is_test_file,
        words: &["thread::sleep", "time::sleep"],
        reason: "a test that sleeps is slow where it passes and wrong where it does not: wait for what is to happen",
    },
    Ban {
        applies: |_| true,
        words: &["#[ignore]", "#[ignore ="],
        reason: "a test that never runs proves nothing: mend it or remove it",
    },
    Ban { applies: |_| true, words: &["todo!", "unimplemented!"], reason: "half a thing is not committed" },
];

/// All violations of one file.
pub(super) fn check(path: &str, source: &str) -> Vec<Finding> {
    let parts = Parts::of(source);
    let mut findings = Vec::new();
    if !opens_with_its_purpose(source) {
        findings.push(Finding::of_file(path, "opens with `//!` and a sentence on what it is and what it never does"));
    }
    for (index, line) in parts.code.lines().enumerate() {
        let mut refuse = |says: String| findings.push(Finding { path: path.to_owned(), line: index + 1, says });
        for ban in BANS.iter().filter(|ban| (ban.applies)(path)) {
            if let Some(word) = ban.words.iter().find(|word| stands(line, word)) {
                refuse(format!("`{word}`: {}", ban.reason));
            }
        }
        if (path.starts_with("crates/") || path.starts_with("src/")) && names_aws(line) {
            refuse("an AWS crate: rules and pages know nothing of AWS".to_owned());
        }
    }
    for (index, line) in parts.comments.lines().enumerate() {
        if ["TODO", "FIXME", "XXX"].iter().any(|word| has_word(line, word)) {
            let says = "a note to do something later: do it, or write it down where work is planned".to_owned();
            findings.push(Finding { path: path.to_owned(), line: index + 1, says });
        }
    }
    findings
}

fn opens_with_its_purpose(source: &str) -> bool {
    source.lines().next().and_then(|line| line.strip_prefix("//!")).is_some_and(|text| !text.trim().is_empty())
}

/// Words match as whole words; other texts match anywhere.
fn stands(line: &str, banned: &str) -> bool {
    if banned.starts_with('#') { line.contains(banned) } else { has_word(line, banned) }
}

/// Whether a file belongs to the crates that run in the browser and on the server.
fn is_pure(path: &str) -> bool {
    path.starts_with("crates/") && path.contains("/src/")
}

fn names_aws(line: &str) -> bool {
    ["aws_config", "aws_lambda_events", "aws_sdk_", "aws_smithy_", "aws_sigv4", "lambda_runtime", "lambda_http"]
        .iter()
        .any(|name| line.contains(name))
}

/// Integration tests; the test modules inside a source file are too short to need the rule.
fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The violations of a file that is correct except for `body`.
    fn said(path: &str, body: &str) -> Vec<String> {
        let source = format!("//! What it is.\n\n{body}\n");
        check(path, &source).into_iter().map(|finding| format!("{}: {}", finding.line, finding.says)).collect()
    }

    fn refuses(path: &str, body: &str, word: &str) {
        let said = said(path, body);
        assert!(said.len() == 1 && said[0].contains(word), "{path}: {body}: {said:?}");
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(check("src/a.rs", "//! A page.\n"), []);
        assert_eq!(check("src/a.rs", "//!\n").len(), 1);
        assert_eq!(check("src/a.rs", "use std::fs;\n").len(), 1);
    }

    #[test]
    fn the_browser_has_one_home() {
        refuses("src/features/tables/bell.rs", "let now = js_sys::Date::now();", "js_sys");
        refuses("src/live/topic.rs", "web_sys::window();", "web_sys::window");
        refuses("src/features/items.rs", "gloo_net::http::Request::get(path);", "gloo_net");
        assert!(said("src/platform/clock.rs", "use js_sys::Date;").is_empty());
        assert!(said("src/ui/dialog.rs", "use web_sys::HtmlElement;").is_empty());
        assert!(said("src/features/items.rs", "// js_sys is elsewhere").is_empty());
    }

    #[test]
    fn modules_of_the_site_know_each_other_one_way() {
        refuses("src/platform/page.rs", "use crate::ui::Dialog;", "crate::ui");
        refuses("src/live/topic.rs", "use crate::features::tables;", "crate::features");
        refuses("src/ui/field.rs", "use crate::notifications::Toaster;", "crate::notifications");
        refuses("src/notifications/alerts.rs", "use crate::routes::Path;", "crate::routes");
        refuses("src/app/header.rs", "use crate::features::rooms;", "crate::features");
        assert!(said("src/features/rooms.rs", "use crate::ui::Dialog;").is_empty());
    }

    #[test]
    fn the_domain_is_pure() {
        refuses("crates/domain/src/table.rs", "let now = Instant::now();", "Instant");
        refuses("crates/domain/src/table.rs", "pub async fn take() {}", "async");
        refuses("crates/domain/src/table.rs", "let id: u8 = rand::random();", "rand");
        refuses("crates/domain/src/table.rs", "std::env::var(\"X\");", "std::env");
        assert!(said("crates/domain/src/table.rs", "let operand = \"async\";").is_empty());
        assert!(said("infra/local/src/main.rs", "async fn main() {}").is_empty());
    }

    #[test]
    fn rules_and_pages_know_nothing_of_aws() {
        refuses("crates/protocol/src/lib.rs", "use aws_lambda_events::apigw::X;", "AWS");
        refuses("src/main.rs", "use aws_sdk_dynamodb::Client;", "AWS");
        assert!(said("infra/backend/src/lib.rs", "use aws_sdk_dynamodb::Client;").is_empty());
    }

    #[test]
    fn tests_wait_for_what_is_to_happen() {
        refuses("tests/tests/live.rs", "std::thread::sleep(a);", "thread::sleep");
        refuses("infra/local/tests/stream.rs", "tokio::time::sleep(a).await;", "time::sleep");
        assert!(said("infra/local/src/gateway.rs", "tokio::time::sleep(a).await;").is_empty());
    }

    #[test]
    fn nothing_is_put_off() {
        refuses("src/a.rs", "fn a() { todo!() }", "todo!");
        refuses("src/a.rs", "// TODO: the rest", "later");
        refuses("src/a.rs", "#[test]\n#[ignore]\nfn a() {}", "#[ignore]");
        refuses("src/a.rs", "#[ignore = \"slow\"]", "#[ignore =");
        assert!(said("src/a.rs", "let text = \"TODO\";").is_empty());
    }
}
