//! How much the first page may weigh. Over the limit is a failure, grown by a twentieth is a warning, and the figure that
//! growth is measured from is committed, so that a change of it is seen in review.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::progress::thousands;
use crate::workspace::Workspace;

/// Bytes over the wire until the first page is there, whichever it is.
const LIMIT: u64 = 170_000;

/// Where the figure is recorded.
const RECORD: &str = "infra/xtask/first-load.json";

/// What a size is, beside its limit and its record.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    OverLimit,
    Grown,
    Fine,
}

/// Holds the first load against its limit and its record; `accept` makes it the new record.
pub(crate) fn hold(workspace: &Workspace, bytes: u64, accept: bool) -> Result<()> {
    let path = workspace.root().join(RECORD);
    if accept {
        let text = format!("{:#}\n", json!({"bytes": bytes}));
        fs::write(&path, text).with_context(|| format!("{RECORD} cannot be written"))?;
    }
    let recorded = fs::read_to_string(&path).ok().and_then(|text| recorded(&text));
    let size = thousands(bytes);
    match judge(bytes, recorded) {
        Verdict::OverLimit => bail!("The first load is {size} bytes; {} are allowed", thousands(LIMIT)),
        Verdict::Grown => eprintln!(
            "warning: the first load is {size} bytes, more than a twentieth above the recorded {}; \
             `cargo xtask test --accept-size` records it",
            thousands(recorded.unwrap_or_default())
        ),
        Verdict::Fine => eprintln!("      The first load is {size} bytes; {} are allowed.", thousands(LIMIT)),
    }
    Ok(())
}

fn judge(bytes: u64, recorded: Option<u64>) -> Verdict {
    if bytes > LIMIT {
        Verdict::OverLimit
    } else if recorded.is_some_and(|before| bytes * 20 > before * 21) {
        Verdict::Grown
    } else {
        Verdict::Fine
    }
}

fn recorded(text: &str) -> Option<u64> {
    serde_json::from_str::<Value>(text).ok()?["bytes"].as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_judged_by_limit_and_growth() {
        assert_eq!(judge(LIMIT, None), Verdict::Fine);
        assert_eq!(judge(LIMIT + 1, Some(LIMIT)), Verdict::OverLimit);
        assert_eq!(judge(105_000, Some(100_000)), Verdict::Fine);
        assert_eq!(judge(105_001, Some(100_000)), Verdict::Grown);
        assert_eq!(judge(90_000, Some(100_000)), Verdict::Fine);
    }

    #[test]
    fn the_record_is_one_number() {
        assert_eq!(recorded("{\n  \"bytes\": 98765\n}\n"), Some(98_765));
        assert_eq!(recorded("nothing"), None);
    }
}
