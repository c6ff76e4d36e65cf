//! The chunks that the first page needs, by its path. They are configured in Cargo.toml, in `[package.metadata.site.chunks]`: a pattern
//! of paths, and the lazy units of its page. A lazy unit is all functions with the same name in `wasm_split(name, …)`. Or a table of
//! these `units` and of `data`, the addresses that the page requests at once. The compiled code cannot provide this: it is still
//! loading when the table is needed.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The patterns, more specific ones before more general ones.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ChunkTable {
    /// The entry of one pattern.
    pub(crate) pages: Vec<Page>,
}

/// The pages whose path matches a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// `/rooms/*/control`: a star stands for one segment of a path.
    pub(crate) pattern: String,
    /// The required chunks: their stems, or later their addresses.
    pub(crate) chunks: Vec<String>,
    /// The addresses that it requests at once.
    pub(crate) data: Vec<String>,
}

impl ChunkTable {
    /// Reads the table from the JSON in `manifest`: a lazy unit for each pattern, or a list of them. `prefetch_map` has the stems of a
    /// unit's chunks.
    pub(crate) fn of(manifest: &Value, prefetch_map: &BTreeMap<String, Vec<String>>) -> Result<Self> {
        let mut pages = Vec::new();
        let mut unused: BTreeSet<&String> = prefetch_map.keys().collect();
        for (pattern, units) in manifest.as_object().into_iter().flatten() {
            if !pattern.starts_with('/') {
                bail!("Cargo.toml: the pattern {pattern} of a page's chunks does not begin with /");
            }
            let mut chunks: BTreeSet<&String> = BTreeSet::new();
            let (units, data) = match units {
                Value::Object(table) => (&table["units"], table.get("data")),
                units => (units, None),
            };
            let data = data.map_or(Some(Vec::new()), names);
            let data = data.with_context(|| format!("Cargo.toml: what are the data of {pattern}?"))?;
            for unit in names(units).with_context(|| format!("Cargo.toml: what are the chunks of {pattern}?"))? {
                let Some(stems) = prefetch_map.get(unit) else {
                    let known: Vec<&str> = prefetch_map.keys().map(String::as_str).collect();
                    bail!("Cargo.toml: {pattern} needs {unit}, but the lazy units are {}", known.join(", "));
                };
                unused.retain(|name| *name != unit);
                chunks.extend(stems);
            }
            let data = data.into_iter().map(str::to_owned).collect();
            pages.push(Page { pattern: pattern.clone(), chunks: chunks.into_iter().cloned().collect(), data });
        }
        pages.sort_by(|one, other| by_precision(&one.pattern, &other.pattern));
        for unit in unused {
            eprintln!("      {unit} is loaded when it is called: Cargo.toml's table has it for no page");
        }
        Ok(Self { pages })
    }

    /// The same table with the address of each chunk in place of its stem.
    pub(crate) fn with_addresses(mut self, addresses: &BTreeMap<String, String>) -> Result<Self> {
        for chunk in self.pages.iter_mut().flat_map(|page| &mut page.chunks) {
            let address = addresses.get(chunk).with_context(|| format!("The chunk {chunk} was not written"))?;
            chunk.clone_from(address);
        }
        Ok(self)
    }

    /// Bytes of a page beyond those that every page needs, by the size of each address.
    pub(crate) fn first_cost(page: &Page, size: impl Fn(&str) -> u64) -> u64 {
        page.chunks.iter().map(|chunk| size(chunk)).sum()
    }

    /// Bytes of a page that follows another one, for the most expensive predecessor in the table: chunks that are already loaded cost
    /// nothing.
    pub(crate) fn later_cost(&self, page: &Page, size: impl Fn(&str) -> u64) -> u64 {
        let after = |first: &Page| {
            page.chunks.iter().filter(|chunk| !first.chunks.contains(chunk)).map(|chunk| size(chunk)).sum::<u64>()
        };
        self.pages.iter().filter(|first| first.pattern != page.pattern).map(after).max().unwrap_or_default()
    }
}

/// One name or several names.
fn names(units: &Value) -> Option<Vec<&str>> {
    match units {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => names.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// Literal segments sort before stars, so that the first match is the most specific.
fn by_precision(one: &str, other: &str) -> Ordering {
    let key = |pattern: &str| -> Vec<(bool, String)> {
        pattern.split('/').map(|part| (part == "*", part.to_owned())).collect()
    };
    key(one).cmp(&key(other))
}

/// The table as Cargo reads it from the manifest of the root package.
pub(crate) fn read_manifest(root: &Path) -> Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .context("Cargo cannot be started")?;
    if !output.status.success() {
        bail!("Cargo cannot describe the site:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("Cargo's description is not JSON")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = root.join("Cargo.toml");
    let site = packages.into_iter().find(|package| package["manifest_path"].as_str().map(Path::new) == Some(&manifest));
    Ok(site.context("Cargo.toml at the root describes no package")?["metadata"]["site"]["chunks"].clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn strings<const N: usize>(names: [&str; N]) -> Vec<String> {
        names.map(str::to_owned).to_vec()
    }

    fn table(manifest: &Value) -> Result<ChunkTable> {
        let prefetch_map = [
            ("tables", strings(["chunk_1", "split_tables"])),
            ("table", strings(["chunk_1", "split_table"])),
            ("host", strings(["split_host"])),
        ];
        let sizes = ["chunk_1", "split_tables", "split_table", "split_host"];
        ChunkTable::of(manifest, &prefetch_map.map(|(name, stems)| (name.to_owned(), stems)).into())?
            .with_addresses(&sizes.map(|stem| (stem.to_owned(), format!("/assets/{stem}.wasm"))).into())
    }

    fn size(address: &str) -> u64 {
        match address {
            "/assets/chunk_1.wasm" => 100,
            "/assets/split_tables.wasm" => 20,
            "/assets/split_table.wasm" => 30,
            _ => 5,
        }
    }

    #[test]
    fn a_pattern_has_the_chunks_of_its_units() {
        let table = table(&json!({"/": "tables", "/rooms/*": ["host", "table"]})).unwrap();
        let chunks: Vec<(&str, usize)> =
            table.pages.iter().map(|page| (page.pattern.as_str(), page.chunks.len())).collect();
        assert_eq!(chunks, [("/", 2), ("/rooms/*", 3)]);
    }

    #[test]
    fn the_more_specific_pattern_comes_first() {
        let table =
            table(&json!({"/rooms/*": "host", "/*/new": "host", "/rooms/new": "host", "/rooms": "host"})).unwrap();
        let patterns: Vec<&str> = table.pages.iter().map(|page| page.pattern.as_str()).collect();
        assert_eq!(patterns, ["/rooms", "/rooms/new", "/rooms/*", "/*/new"]);
    }

    #[test]
    fn what_is_there_already_costs_nothing_later() {
        let table = table(&json!({"/": "tables", "/tables/*": "table"})).unwrap();
        let page = &table.pages[1];
        assert_eq!(page.pattern, "/tables/*");
        assert_eq!(ChunkTable::first_cost(page, size), 130);
        assert_eq!(table.later_cost(page, size), 30);
    }

    #[test]
    fn a_page_may_read_data_at_once() {
        let table = table(&json!({"/": {"units": [], "data": ["/v1/tables"]}, "/rooms": "host"})).unwrap();
        assert_eq!((table.pages[0].data.as_slice(), table.pages[0].chunks.len()), (&["/v1/tables".to_owned()][..], 0));
        assert_eq!((table.pages[1].data.len(), table.pages[1].chunks.len()), (0, 1));
    }

    #[test]
    fn a_name_that_no_unit_has_is_refused() {
        let error = table(&json!({"/": "tabels"})).unwrap_err().to_string();
        assert!(error.contains("tabels") && error.contains("host, table, tables"), "{error}");
        assert!(table(&json!({"/": 7})).is_err());
        assert!(table(&json!({"/": {"units": "host", "data": 7}})).is_err());
        assert!(table(&json!({"rooms": "host"})).is_err());
    }
}
