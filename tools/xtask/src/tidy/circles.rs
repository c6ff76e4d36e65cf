//! Files of a crate that import each other in a cycle, and files of the backend that import a higher layer: none of them can be
//! understood, tested or moved by itself.
//!
//! A dependency leads from a file to each file whose module it names: in a `use`, or by a path that begins with `crate`, `super`, or a
//! module that the file declares. A module may name its own parts, which may name what it shares with them: that does not count.
//! Neither does code that is compiled only for tests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use syn::visit::{self, Visit};

use super::Finding;

/// A crate's files by their modules: `["rooms", "service"]`; the root is the empty path.
type Modules = BTreeMap<Vec<String>, String>;

/// The cycles in these files, given with their sources.
///
/// # Errors
/// A file is not valid Rust.
pub(super) fn check(sources: &[(String, String)]) -> Result<Vec<Finding>> {
    let mut crates: BTreeMap<&str, Vec<&(String, String)>> = BTreeMap::new();
    for source in sources {
        if let Some(root) = crate_of(&source.0) {
            crates.entry(root).or_default().push(source);
        }
    }
    let mut findings = Vec::new();
    for (root, files) in crates {
        let arrows = arrows(root, &files)?;
        findings.extend(circles(&arrows));
        findings.extend(arrows.iter().filter_map(|(from, to)| upward(from, to)));
    }
    Ok(findings)
}

/// The source folder of a file's crate: `infra/backend/src` of `infra/backend/src/rooms/api.rs`. `None` for tests and benches.
fn crate_of(path: &str) -> Option<&str> {
    if path.starts_with("src/") {
        return Some("src");
    }
    path.find("/src/")
        .map(|end| &path[..end + 4])
        .filter(|root| !root.contains("/tests/") || root.ends_with("support/src"))
}

fn module_of(root: &str, path: &str) -> Vec<String> {
    let inside = path.trim_start_matches(root).trim_start_matches('/').trim_end_matches(".rs");
    if inside == "lib" || inside == "main" { Vec::new() } else { inside.split('/').map(str::to_owned).collect() }
}

/// The dependencies between files, within a crate.
fn arrows(root: &str, files: &[&(String, String)]) -> Result<BTreeSet<(String, String)>> {
    // A program of its own is no module of the library.
    let inside: Vec<_> = files.iter().filter(|(path, _)| !path.starts_with(&format!("{root}/bin/"))).collect();
    let modules: Modules = inside.iter().map(|(path, _)| (module_of(root, path), path.clone())).collect();
    let mut arrows = BTreeSet::new();
    for (path, source) in inside {
        let file = syn::parse_file(source).with_context(|| format!("{path} cannot be parsed"))?;
        if file.attrs.iter().any(is_for_tests) || path.ends_with("/tests.rs") || path.ends_with("/testing.rs") {
            continue;
        }
        let mut reader = Reader { modules: &modules, module: module_of(root, path), within: 0, named: BTreeSet::new() };
        reader.visit_file(&file);
        arrows.extend(reader.named.into_iter().filter(|other| other != path).map(|other| (path.clone(), other)));
    }
    Ok(arrows)
}

fn circles(arrows: &BTreeSet<(String, String)>) -> Vec<Finding> {
    let graph: DiGraphMap<&str, ()> = arrows.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    circles
        .map(|mut circle| {
            circle.sort_unstable();
            Finding::of_file(circle[0], format!("these files import each other in a circle: {}", circle.join(", ")))
        })
        .collect()
}

/// The violation of a dependency on a higher layer: a store may not import a service, a service no route, and the shared base none of
/// them.
fn upward(from: &str, to: &str) -> Option<Finding> {
    let (above, below) = (layer(to)?, layer(from)?);
    let says = || format!("{from} imports {to}, which stands above it: api, service, store, then db and aws");
    (above > below).then(|| Finding::of_file(from, says()))
}

/// The layer of a file of the backend, from the bottom up; `None` for files outside the layers.
fn layer(path: &str) -> Option<u8> {
    let module = path.strip_prefix("infra/backend/src/")?.trim_end_matches(".rs");
    let is = |name: &str| module.split('/').any(|part| part == name || part.ends_with(&format!("_{name}")));
    match module.split('/').next()? {
        "db" | "aws" => Some(0),
        "router" | "reactions" => Some(4),
        _ if is("store") => Some(1),
        _ if is("service") => Some(2),
        _ if is("api") => Some(3),
        _ => None,
    }
}

/// Whether an item is compiled only for tests.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().trim() == "test")
}

/// Collects the files that a file names.
struct Reader<'a> {
    modules: &'a Modules,
    module: Vec<String>,
    /// The number of modules around the current position within the file.
    within: usize,
    named: BTreeSet<String>,
}

impl Reader<'_> {
    fn note(&mut self, path: &[String]) {
        let Some(mut path) = self.absolute(path) else { return };
        // The longest prefix that is a module; the rest is in it. The crate's root only re-exports its parts.
        while !path.is_empty() {
            if let Some(file) = self.modules.get(&path) {
                if !path.starts_with(&self.module) {
                    self.named.insert(file.clone());
                }
                return;
            }
            path.pop();
        }
    }

    /// A path from the crate's root, if it is one of this crate's.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&self.module, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|one| *one == "super").count();
                let kept = self.module.len().checked_sub(ups.saturating_sub(self.within))?;
                Some([&self.module[..kept], &path[ups..]].concat())
            }
            _ => {
                let child = [&self.module[..], std::slice::from_ref(first)].concat();
                self.modules.contains_key(&child).then(|| [&self.module, path].concat())
            }
        }
    }

    fn note_tree(&mut self, tree: &syn::UseTree, before: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.note_tree(&path.tree, before);
                before.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.note_tree(item, before)),
            syn::UseTree::Name(syn::UseName { ident }) | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                before.push(ident.to_string());
                self.note(before);
                before.pop();
            }
            syn::UseTree::Glob(_) => self.note(before),
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(one) => &one.attrs,
            syn::Item::Impl(one) => &one.attrs,
            syn::Item::Mod(one) => &one.attrs,
            syn::Item::Use(one) => &one.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() {
            self.within += 1;
            visit::visit_item_mod(self, module);
            self.within -= 1;
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.note(&segments);
        }
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(path, source)| ((*path).to_owned(), (*source).to_owned())).collect();
        check(&files).unwrap().into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn a_circle_is_found_however_it_is_named() {
        for back in [
            "use crate::rooms::service::own;",
            "use super::service;",
            "fn f() { crate::rooms::service::own(); }",
            "mod inner { use super::super::service::own; }",
        ] {
            let found = said(&[
                ("infra/a/src/rooms/service.rs", "use crate::rooms::{access, store};"),
                ("infra/a/src/rooms/access.rs", back),
                ("infra/a/src/rooms/store.rs", ""),
            ]);
            assert_eq!(found.len(), 1, "{back}");
            assert!(found[0].ends_with("infra/a/src/rooms/access.rs, infra/a/src/rooms/service.rs"), "{found:?}");
        }
    }

    #[test]
    fn in_the_backend_no_arrow_leads_up() {
        let found = said(&[
            ("infra/backend/src/rooms/service.rs", "use crate::rooms::store;"),
            ("infra/backend/src/rooms/store.rs", "use crate::db::keys; use crate::queue::service::advance;"),
            ("infra/backend/src/db/keys.rs", "use crate::rooms::pick_api;"),
            ("infra/backend/src/queue/service.rs", ""),
            ("infra/backend/src/rooms/pick_api.rs", ""),
        ]);
        assert!(found[0].starts_with("infra/backend/src/db/keys.rs imports infra/backend/src/rooms/pick_api.rs"));
        assert!(found[1].starts_with("infra/backend/src/rooms/store.rs imports infra/backend/src/queue/service.rs"));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn one_way_is_no_circle_and_neither_are_tests() {
        let found = said(&[
            ("src/rooms.rs", "mod page;\nuse page::Page;"),
            (
                "src/rooms/page.rs",
                "use crate::ui::Button;\nuse super::Room;\n#[cfg(test)] mod tests { use crate::rooms; }",
            ),
            ("src/ui.rs", "#[cfg(test)] use crate::rooms::page;"),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }
}
