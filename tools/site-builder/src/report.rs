//! The sizes of the build: each file, and each page of the chunk table as the first one and as a later one. xtask reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::assets::Assets;
use crate::chunk_table::{ChunkTable, Page};
use crate::{compress, html};

/// Compresses everything, and writes the sizes in bytes: `{"files": [{"name", "bytes", "compressed"}], "pages": [{"pattern", "first",
/// "later"}]}`. `compressed` is null if there is no twin; `first` is the transfer for the page in an empty browser, `later` the
/// transfer for it after the most different page.
pub(crate) fn write(assets: &Assets, table: &ChunkTable, quality: i32, report: &Path) -> Result<()> {
    let names = assets.names()?;
    let compressed = compress::compress_all(assets.folder(), &names, quality)?;
    let mut files = Vec::new();
    let mut travels = BTreeMap::new();
    for (name, compressed) in names.iter().zip(compressed) {
        let bytes = fs::metadata(assets.folder().join(name)).with_context(|| format!("{name} cannot be read"))?.len();
        travels.insert(format!("/{name}"), compressed.unwrap_or(bytes));
        files.push(json!({"name": name, "bytes": bytes, "compressed": compressed}));
    }
    let page = fs::read_to_string(assets.folder().join("index.html")).context("index.html cannot be read")?;
    let report_text = json!({"files": files, "pages": pages(&page, table, &travels)}).to_string();
    fs::write(report, report_text).with_context(|| format!("{} cannot be written", report.display()))
}

/// The cost of each page. Without a table there is one entry for all.
fn pages(page: &str, table: &ChunkTable, travels: &BTreeMap<String, u64>) -> Vec<Value> {
    let size = |address: &str| travels.get(address).copied().unwrap_or_default();
    let mut shared: BTreeSet<String> = html::references(page).into_iter().map(|path| format!("/{path}")).collect();
    shared.insert("/index.html".to_owned());
    let shared: u64 = shared.iter().map(|address| size(address)).sum();
    let everything = [Page { pattern: "/".to_owned(), chunks: Vec::new(), data: Vec::new() }];
    let listed = if table.pages.is_empty() { &everything[..] } else { &table.pages };
    let cost = |page: &Page| {
        let first = shared + ChunkTable::first_cost(page, size);
        json!({"pattern": page.pattern, "first": first, "later": table.later_cost(page, size)})
    };
    listed.iter().map(cost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_costs_what_it_names_and_its_chunks() {
        let html = "<link rel=stylesheet href=/assets/a.css><link rel=icon href=/icon.svg><a href=/rooms>";
        let travels: BTreeMap<String, u64> =
            [("/index.html", 1), ("/assets/a.css", 20), ("/icon.svg", 300), ("/assets/c.wasm", 4_000), ("/rooms", 9)]
                .map(|(address, bytes)| (address.to_owned(), bytes))
                .into();
        let page = |pattern: &str, chunks: &[&str]| Page {
            pattern: pattern.to_owned(),
            chunks: chunks.iter().map(|chunk| (*chunk).to_owned()).collect(),
            data: Vec::new(),
        };
        let table = ChunkTable { pages: vec![page("/", &[]), page("/rooms", &["/assets/c.wasm"])] };
        assert_eq!(
            pages(html, &table, &travels),
            [
                json!({"pattern": "/", "first": 321, "later": 0}),
                json!({"pattern": "/rooms", "first": 4_321, "later": 4_000}),
            ]
        );
        assert_eq!(pages(html, &ChunkTable::default(), &travels), [json!({"pattern": "/", "first": 321, "later": 0})]);
    }
}
