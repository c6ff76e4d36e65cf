//! From the site's compiled WebAssembly to the served files: splits the module into one for each visit and the chunks of single pages,
//! writes the glue with wasm-bindgen, shrinks everything with wasm-opt, puts content hashes into names, and writes the head of
//! `index.html`. It compiles nothing; `cargo xtask build-site` calls it after the compiler.
//!
//! | module | what it holds |
//! |---|---|
//! | `modules` | splitting, wasm-bindgen, wasm-opt |
//! | `scripts` | the glue as one file, and `boot.js`, which starts the site |
//! | `chunk_table` | which chunks the first page needs, by its path |
//! | `html` | `index.html` as text |
//! | `assets` | the served folder, with content hashes in names |
//! | `compress` | compressed twins |
//! | `report` | the size of everything |
//! | `parallel` | two things at once |

mod assets;
mod chunk_table;
mod compress;
mod html;
mod modules;
mod parallel;
mod report;
mod scripts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::assets::{Assets, content_hash};
use crate::chunk_table::ChunkTable;
use crate::modules::Modules;
use crate::scripts::Bundler;

/// Turns the site's compiled WebAssembly into the served files.
#[derive(Parser)]
#[command(name = "site-builder")]
struct Arguments {
    /// The folder that holds index.html and Cargo.toml
    #[arg(long)]
    root: PathBuf,
    /// The module that the compiler wrote
    #[arg(long)]
    wasm: PathBuf,
    /// Folder for intermediate files; its content is removed
    #[arg(long)]
    work: PathBuf,
    /// Folder for the served files; its content is removed
    #[arg(long)]
    out: PathBuf,
    /// Where to write the sizes, as JSON
    #[arg(long)]
    report: PathBuf,
    /// The program esbuild
    #[arg(long)]
    esbuild: PathBuf,
    /// The program wasm-opt; without it modules stay as they are
    #[arg(long)]
    wasm_opt: Option<PathBuf>,
    /// Split off what single pages need; the module must have been linked with --emit-relocs
    #[arg(long)]
    split: bool,
    /// Compress little, for debugging
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    match build(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build(arguments: &Arguments) -> Result<()> {
    assets::empty(&arguments.work)?;
    assets::empty(&arguments.out)?;
    let page = fs::read_to_string(arguments.root.join("index.html")).context("index.html cannot be read")?;
    let links = html::links(&page)?;
    let bundler = Bundler { program: &arguments.esbuild };
    let mut assets = Assets::new(&arguments.out);

    let title = if arguments.split { "Split, and write the glue" } else { "Write the glue" };
    let (glue, mut modules) = step(title, || {
        let bound = modules::bind(&arguments.wasm, &arguments.work, arguments.split)?;
        let glue = bundler.bundle_glue(&bound.glue, !arguments.quick)?;
        let modules = bound.write_main(&glue.names)?;
        Ok((glue, modules))
    })?;
    // Before the minutes of optimization: a wrong name is reported at once.
    let table = if arguments.split {
        ChunkTable::of(&chunk_table::read_manifest(&arguments.root)?, &modules.prefetch_map)?
    } else {
        ChunkTable::default()
    };
    if let Some(wasm_opt) = &arguments.wasm_opt {
        let title = format!("Optimise {} modules", modules.chunks.len() + 1);
        step(&title, || modules::optimise(wasm_opt, &arguments.work, &mut modules))?;
    }
    let chunks = place_chunks(&modules, &mut assets)?;
    let table = table.with_addresses(&chunks)?;
    let main = assets.add("rally", "wasm", &read(&modules.main)?)?;
    let glue = assets.add("rally", "js", glue.with_addresses(&chunks)?.as_bytes())?;
    let boot = assets.add("boot", "js", bundler.boot(&glue, &main, &table)?.as_bytes())?;

    for folder in &links.public {
        assets.copy(&arguments.root.join(folder))?;
    }
    let stylesheet = stylesheet(&arguments.root, &links.stylesheets, &bundler, &mut assets)?;
    let renamed = name_scripts_by_content(&links.scripts, &bundler, &mut assets)?;
    let head = html::Head { glue: &glue, main: &main, boot: &boot, stylesheet: stylesheet.as_deref() };
    finish_page(&page, &head, &renamed, &assets)?;

    let quality = if arguments.quick { compress::QUICK } else { compress::TIGHT };
    step("Compress", || report::write(&assets, &table, quality, &arguments.report))
}

/// Runs a step of the build, and prints its name and its time.
fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprint!("      {title} … ");
    let begun = Instant::now();
    let result = work();
    match &result {
        Ok(_) => eprintln!("{:.1} s", begun.elapsed().as_secs_f64()),
        Err(_) => eprintln!(),
    }
    result
}

/// Adds the chunks to the site: their addresses, by the stems that the loader uses.
fn place_chunks(modules: &Modules, assets: &mut Assets) -> Result<BTreeMap<String, String>> {
    let mut chunks = BTreeMap::new();
    for chunk in &modules.chunks {
        let stem = chunk.stem.trim_start_matches("split_").replace('_', "-");
        chunks.insert(chunk.stem.clone(), assets.add(&stem, "wasm", &read(&chunk.path)?)?);
    }
    Ok(chunks)
}

/// One style sheet of all, in the page's order: a later one may override an earlier one.
fn stylesheet(root: &Path, paths: &[String], bundler: &Bundler<'_>, assets: &mut Assets) -> Result<Option<String>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let mut style = String::new();
    for path in paths {
        style.push_str(&fs::read_to_string(root.join(path)).with_context(|| format!("{path} cannot be read"))?);
        style.push('\n');
    }
    let small = bundler.minify(&style, "css").context("The style sheets cannot be made small")?;
    Ok(Some(assets.add("style", "css", small.as_bytes())?))
}

/// Minifies the page's own scripts and puts content hashes into their names, so that a browser may cache them for ever.
fn name_scripts_by_content(
    scripts: &[String],
    bundler: &Bundler<'_>,
    assets: &mut Assets,
) -> Result<BTreeMap<String, String>> {
    let mut renamed = BTreeMap::new();
    for path in scripts {
        let Some(stem) = path.strip_suffix(".js") else { bail!("index.html names the script {path}: is it a .js?") };
        let text = assets.take(path)?;
        let small = bundler.minify(&text, "js").with_context(|| format!("{path} cannot be made small"))?;
        renamed.insert(path.clone(), assets.add(stem, "js", small.as_bytes())?);
    }
    Ok(renamed)
}

/// Writes `index.html`, and `version.json` beside it, from which an open page sees that a newer version is served.
fn finish_page(page: &str, head: &html::Head<'_>, renamed: &BTreeMap<String, String>, assets: &Assets) -> Result<()> {
    let unversioned = html::finish(page, head, renamed, "")?;
    let version = content_hash(format!("{}{unversioned}", assets.fingerprint()?).as_bytes());
    assets.write("version.json", serde_json::json!({ "version": version }).to_string().as_bytes())?;
    assets.write("index.html", html::finish(page, head, renamed, &version)?.as_bytes())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
