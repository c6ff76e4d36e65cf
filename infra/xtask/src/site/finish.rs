//! From what Trunk wrote to what is served: no inline script, names that say their content, compressed twins, and the
//! size of everything.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::scripts::Bundler;
use super::stamp::Served;
use super::{DOCUMENTS, compress, html};

/// How hard to compress.
#[derive(Clone, Copy)]
pub(super) enum Effort {
    /// As tight as it gets: seconds.
    Most,
    /// Quick, for debugging.
    Little,
}

/// What compresses well; pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 7] = ["html", "js", "css", "wasm", "svg", "json", "webmanifest"];

/// Hexadecimal digits in a name that says its content.
const HASH: usize = 16;

/// Edited where the site is deployed: a compressed twin would go on saying what it said before.
const SETTINGS: &str = "config.json";

/// Fills `next` from `built`, and says what is in it, the largest first.
pub(super) fn finish(built: &Path, next: &Path, esbuild: &Path, effort: Effort) -> Result<Vec<Served>> {
    if next.exists() {
        fs::remove_dir_all(next).context("An earlier, unfinished site cannot be removed")?;
    }
    copy(built, next)?;
    let bundler = Bundler { program: esbuild, folder: next };
    let mut pages = Vec::new();
    for document in DOCUMENTS {
        let page = fs::read_to_string(next.join(document.file)).context("Trunk wrote no page")?;
        pages.push((document.file, page));
    }
    // What both documents name is made once and then taken away: so each step is taken for all of them before the next.
    let pages = pad_hashes(pages, next)?;
    let pages = each(pages, |page| move_scripts(page, &bundler))?;
    let pages = join_stylesheets(pages, next)?;
    let pages = name_by_content(pages, &bundler)?;
    for (file, page) in &pages {
        fs::write(next.join(file), page).with_context(|| format!("{file} cannot be written"))?;
    }
    compressed(next, &pages, effort)
}

/// The documents by their names, each with its text.
type Pages = Vec<(&'static str, String)>;

fn each(pages: Pages, mut step: impl FnMut(String) -> Result<String>) -> Result<Pages> {
    pages.into_iter().map(|(file, page)| Ok((file, step(page)?))).collect()
}

/// Compresses what can be, and says what is there.
fn compressed(folder: &Path, pages: &Pages, effort: Effort) -> Result<Vec<Served>> {
    let files = files_of(folder)?;
    let asked: Vec<(&str, BTreeSet<String>)> =
        pages.iter().map(|(file, page)| (*file, first_load(file, page, folder))).collect();
    let quality = match effort {
        Effort::Most => 11,
        Effort::Little => 4,
    };
    let compressible: Vec<PathBuf> = files.iter().filter(|file| is_compressible(file)).cloned().collect();
    let sizes = compress::compress_all(&compressible, quality)?;
    let mut served = Vec::new();
    for file in &files {
        let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().into_owned();
        let compressed = compressible.iter().position(|other| other == file).and_then(|index| sizes[index]);
        let bytes = fs::metadata(file)?.len();
        let first_load = asked.iter().filter(|(_, names)| names.contains(&name)).map(|(file, _)| (*file).to_owned());
        served.push(Served { first_load: first_load.collect(), name, bytes, compressed });
    }
    served.sort_by_key(|file| std::cmp::Reverse(file.over_the_wire()));
    Ok(served)
}

/// Trunk writes a hash without its leading zeros; servers know a lasting name by all sixteen digits.
fn pad_hashes(mut pages: Pages, folder: &Path) -> Result<Pages> {
    for file in files_of(folder)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(padded) = padded(&name) {
            fs::rename(&file, file.with_file_name(&padded)).with_context(|| format!("{name} cannot be renamed"))?;
            pages.iter_mut().for_each(|(_, page)| *page = page.replace(&name, &padded));
        }
    }
    Ok(pages)
}

/// The name with all its digits, if some are missing. Fewer than twelve are no hash, but a word like `facade`.
fn padded(name: &str) -> Option<String> {
    let (stem, rest) = name.rsplit_once('-')?;
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let (hash, end) = rest.split_at(digits);
    ((12..HASH).contains(&digits) && end.starts_with(['.', '_'])).then(|| format!("{stem}-{hash:0>HASH$}{end}"))
}

/// Inline scripts become files, with all that they import in them.
fn move_scripts(page: String, bundler: &Bundler<'_>) -> Result<String> {
    let mut bundled = Vec::new();
    let page = html::move_inline_scripts(&page, |script| {
        if !script.module {
            return Ok(script.text.to_owned());
        }
        let bundle = bundler.bundle(script.text)?;
        bundled.extend(bundle.inputs);
        Ok(bundle.text)
    })?;
    for path in &bundled {
        fs::remove_file(bundler.folder.join(path)).with_context(|| format!("{path} cannot be removed"))?;
    }
    for script in &page.scripts {
        fs::write(bundler.folder.join(&script.name), &script.text).context("A script cannot be written")?;
    }
    Ok(html::without_links(&page.html, &bundled))
}

/// One style sheet instead of one for each component, since a request costs more than what is in it; and one for what a
/// document alone needs.
fn join_stylesheets(pages: Pages, folder: &Path) -> Result<Pages> {
    let sheets = pages.first().map(|(_, page)| html::stylesheets(page)).unwrap_or_default();
    let mut joined = Vec::new();
    for document in std::iter::once(None).chain(DOCUMENTS.map(|document| Some(document.file))) {
        let own = sheets.iter().filter(|sheet| sheet.document.as_deref() == document);
        let paths: Vec<String> = own.map(|sheet| sheet.path.clone()).collect();
        if let Some(name) = join(&paths, folder)? {
            joined.push((document, paths, name));
        }
    }
    let linked = |file: &str, page: String| {
        joined.iter().fold(page, |page, (document, paths, name)| {
            // Of another's sheets not even the first stays.
            let is_needed = document.is_none_or(|document| document == file);
            match paths.split_first() {
                Some((first, others)) if is_needed => html::rename(&html::without_links(&page, others), first, name),
                _ => html::without_links(&page, paths),
            }
        })
    };
    Ok(pages.into_iter().map(|(file, page)| (file, linked(file, page))).collect())
}

/// Makes one style sheet of several; its name, unless there are none.
fn join(paths: &[String], folder: &Path) -> Result<Option<String>> {
    let mut style = String::new();
    for path in paths {
        let file = folder.join(path);
        style.push_str(&fs::read_to_string(&file).with_context(|| format!("{path} cannot be read"))?);
        style.push('\n');
        fs::remove_file(&file).with_context(|| format!("{path} cannot be removed"))?;
    }
    if paths.is_empty() {
        return Ok(None);
    }
    let name = format!("style-{}.css", html::content_hash(style.as_bytes()));
    fs::write(folder.join(&name), style).context("The style sheet cannot be written")?;
    Ok(Some(name))
}

/// Scripts and styles that the page names plainly become small, and get their content into the name, so that a browser may
/// keep them for ever.
fn name_by_content(mut pages: Pages, bundler: &Bundler<'_>) -> Result<Pages> {
    let paths: BTreeSet<String> = pages.iter().flat_map(|(_, page)| html::references(page)).collect();
    for path in paths {
        let (stem, extension) = match path.rsplit_once('.') {
            Some((stem, extension @ ("js" | "css"))) if !names_its_content(stem) => (stem, extension),
            _ => continue,
        };
        let old = bundler.folder.join(&path);
        // What is not there is the server's own, and keeps its name.
        if !old.is_file() {
            continue;
        }
        let content = bundler.minify(&path)?;
        let name = format!("{stem}-{}.{extension}", html::content_hash(content.as_bytes()));
        fs::write(bundler.folder.join(&name), content).with_context(|| format!("{name} cannot be written"))?;
        fs::remove_file(&old).with_context(|| format!("{path} cannot be removed"))?;
        pages = each(pages, |page| Ok(html::rename(&page, &path, &name)))?;
    }
    Ok(pages)
}

/// Whether a name holds a run of sixteen hexadecimal digits, as Trunk and we write them.
fn names_its_content(path: &str) -> bool {
    path.split(['-', '/', '_', '.']).any(|part| part.len() == HASH && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The page, all that it names, and the settings that it reads.
fn first_load(file: &str, page: &str, folder: &Path) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = html::references(page).into_iter().collect();
    names.insert(file.to_owned());
    names.insert(SETTINGS.to_owned());
    names.retain(|name| folder.join(name).is_file());
    names
}

fn is_compressible(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    COMPRESSIBLE.contains(&extension.as_ref()) && !file.ends_with(SETTINGS)
}

pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for file in files_of(from)? {
        let target = to.join(file.strip_prefix(from).unwrap_or(&file));
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        fs::copy(&file, &target).with_context(|| format!("{} cannot be copied", file.display()))?;
    }
    Ok(())
}

/// Every file below a folder, in the order of their names.
pub(super) fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_hash_is_known() {
        assert!(names_its_content("tables-beac7abfa8d6e805"));
        assert!(names_its_content("snippets/site-beac7abfa8d6e805/inline0"));
        assert!(!names_its_content("early"));
        assert!(!names_its_content("internationalise"));
    }

    #[test]
    fn a_hash_gets_its_zeros_back() {
        assert_eq!(padded("rally-eb0d43209db310c_bg.wasm").as_deref(), Some("rally-0eb0d43209db310c_bg.wasm"));
        assert_eq!(padded("rally-0eb0d43209db310c_bg.wasm"), None);
        assert_eq!(padded("the-facade.svg"), None);
        assert_eq!(padded("index.html"), None);
    }

    #[test]
    fn settings_are_never_compressed() {
        assert!(is_compressible(Path::new("dist/index.html")));
        assert!(is_compressible(Path::new("dist/manifest.webmanifest")));
        assert!(!is_compressible(Path::new("dist/config.json")));
        assert!(!is_compressible(Path::new("dist/icon.png")));
    }
}
