//! WebAssembly modules: splits one into several, writes the glue, and shrinks them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use wasm_bindgen_cli_support::{Bindgen, Output};

use crate::parallel;
use crate::scripts::{GLUE, is_generated_name};

/// The loader of chunks, which the glue and the main module import.
pub(crate) const LOADER: &str = "__wasm_split.js";

/// The WebAssembly features that Rust's compiler uses, as options of wasm-opt. A chunk does not declare them.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Size first; then similar functions beside each other, so that Brotli finds more to share. The stack is at the bottom of memory and
/// grows down, so its last kilobyte is unused, and constants may be folded into the offsets of loads.
const PASSES: [&str; 3] = ["-Oz", "--reorder-functions-by-name", "--low-memory-unused"];

/// Metadata of a module's production, which no browser reads.
const STRIPPED: [&str; 2] = ["--strip-producers", "--strip-target-features"];

/// A compiled site, split, with its glue.
pub(crate) struct Bound {
    /// The folder with [`GLUE`] and its imports.
    pub(crate) glue: PathBuf,
    output: Output,
    chunks: Vec<Chunk>,
    prefetch_map: BTreeMap<String, Vec<String>>,
}

/// The parts of a compiled site.
pub(crate) struct Modules {
    /// The module that each visit needs.
    pub(crate) main: PathBuf,
    /// The modules that only some pages need.
    pub(crate) chunks: Vec<Chunk>,
    /// The stems of a lazy unit's chunks, by its name: the first argument of `wasm_split`.
    pub(crate) prefetch_map: BTreeMap<String, Vec<String>>,
}

/// A module that is loaded later.
pub(crate) struct Chunk {
    /// Its file name without `.wasm`, as the loader uses it.
    pub(crate) stem: String,
    /// Its path.
    pub(crate) path: PathBuf,
}

/// Splits the module if requested, and writes wasm-bindgen's glue into a folder below `work`.
pub(crate) fn bind(wasm: &Path, work: &Path, split: bool) -> Result<Bound> {
    let glue = work.join("glue");
    fs::create_dir_all(&glue).with_context(|| format!("{} cannot be made", glue.display()))?;
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.typescript(false).demangle(false).remove_producers_section(true);
    let (chunks, prefetch_map) = if split {
        let main = work.join("rally.wasm");
        let found = split_off(wasm, &main, &glue)?;
        // The chunks use the function table and the memory of the main module.
        bindgen.keep_lld_exports(true).input_path(&main);
        found
    } else {
        bindgen.input_path(wasm);
        (Vec::new(), BTreeMap::new())
    };
    let mut output = bindgen.out_name("rally").generate_output().context("wasm-bindgen cannot make the glue")?;
    output.emit(&glue).context("wasm-bindgen cannot write the glue")?;
    Ok(Bound { glue, output, chunks, prefetch_map })
}

impl Bound {
    /// Renames the imports and exports between the main module and the glue: `names` has the new names by those of wasm-bindgen. A name
    /// with its hash is about 30 bytes in each of the two, and compresses badly.
    pub(crate) fn write_main(mut self, names: &BTreeMap<String, String>) -> Result<Modules> {
        let main = self.glue.join("rally_bg.wasm");
        if !names.is_empty() {
            let module = self.output.wasm_mut();
            for import in module.imports.iter_mut() {
                match names.get(&import.name) {
                    Some(name) => import.name.clone_from(name),
                    None if is_generated_name(&import.name) => bail!("The glue does not have {}", import.name),
                    None => {}
                }
            }
            for export in module.exports.iter_mut() {
                if let Some(name) = names.get(&export.name) {
                    export.name.clone_from(name);
                }
            }
            fs::write(&main, module.emit_wasm()).with_context(|| format!("{} cannot be written", main.display()))?;
        }
        Ok(Modules { main, chunks: self.chunks, prefetch_map: self.prefetch_map })
    }
}

type Split = (Vec<Chunk>, BTreeMap<String, Vec<String>>);

fn split_off(wasm: &Path, main: &Path, glue: &Path) -> Result<Split> {
    let input = fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()))?;
    let (main_module, link_name) = (format!("./{GLUE}"), format!("./{LOADER}"));
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = glue;
    options.main_out_path = main;
    options.main_module = &main_module;
    options.link_name = &link_name;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{error:#}"))
        .context("The module cannot be split")?;
    let mut chunks = Vec::new();
    for path in split.split_modules {
        // A lazy unit whose code is entirely in shared chunks has an empty module, which is never loaded.
        if is_loaded(&path, glue)? {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            chunks.push(Chunk { stem, path });
        }
    }
    Ok((chunks, split.prefetch_map.into_iter().collect()))
}

/// Whether the loader references this module.
fn is_loaded(chunk: &Path, glue: &Path) -> Result<bool> {
    let loader = fs::read_to_string(glue.join(LOADER)).context("The loader of chunks was not written")?;
    let name = chunk.file_name().unwrap_or_default().to_string_lossy();
    Ok(loader.contains(&format!("\"./{name}\"")))
}

/// Shrinks every module, the largest first.
pub(crate) fn optimise(wasm_opt: &Path, work: &Path, modules: &mut Modules) -> Result<()> {
    let folder = work.join("small");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut paths: Vec<&mut PathBuf> = modules.chunks.iter_mut().map(|chunk| &mut chunk.path).collect();
    paths.push(&mut modules.main);
    paths.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).map_or(0, |metadata| metadata.len())));
    let inputs: Vec<PathBuf> = paths.iter().map(|path| (**path).clone()).collect();
    let outputs = parallel::map(&inputs, |input| {
        let output = folder.join(input.file_name().unwrap_or_default());
        let mut command = Command::new(wasm_opt);
        command.args(PASSES).args(FEATURES).args(STRIPPED).arg(input).arg("-o").arg(&output);
        let ran = command.output().context("wasm-opt cannot be started")?;
        if !ran.status.success() {
            bail!("wasm-opt refuses {}:\n{}", input.display(), String::from_utf8_lossy(&ran.stderr));
        }
        Ok(output)
    })?;
    for (path, output) in paths.into_iter().zip(outputs) {
        *path = output;
    }
    Ok(())
}
