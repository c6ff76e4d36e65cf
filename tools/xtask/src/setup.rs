//! The tools for building and testing, and how each is installed. They are in a cache outside the checkout, which all checkouts share;
//! an installed tool is left unchanged.

mod install;
mod links;
mod tools;

use std::fs::{self, File};

use anyhow::{Context, Result, bail};

pub(crate) use self::tools::{Tools, WASM_TARGET};
use crate::process;
use crate::progress::Ticker;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask setup`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave out the tools that only the tests need: the browser and its driver
    #[arg(long)]
    no_browser: bool,
    /// Also install trunk and wasm-bindgen, for `trunk serve`, and link them into Cargo's bin folder
    #[arg(long)]
    dev: bool,
}

/// The purpose of a set of tools.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Build the site.
    Build,
    /// Work on the site with `trunk serve`.
    Dev,
    /// Measure the replica, for which wasm-bindgen writes the glue.
    Replica,
    /// Run the checks without a browser.
    Check,
    /// Build the site and run it in a browser.
    Test,
    /// Measure every page with Lighthouse.
    Lighthouse,
    /// Build the site and the functions, and deploy them.
    Cloud,
    /// Fuzz the parsers.
    Fuzz,
    /// Deploy to an AWS emulator on this machine, and test the deployment in a browser.
    Parity,
}

/// A tool, or several that are installed together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    WasmTarget,
    Trunk,
    WasmBindgen,
    DevLinks,
    WasmOpt,
    Esbuild,
    Linter,
    Wscat,
    Schemathesis,
    Icalendar,
    Browser,
    Axe,
    Lighthouse,
    Mosquitto,
    Cloud,
    Emulator,
    CargoFuzz,
}

impl Tool {
    fn needed_for(purpose: Purpose) -> &'static [Self] {
        const ALL: [Tool; 10] = [
            Tool::WasmTarget,
            Tool::WasmOpt,
            Tool::Esbuild,
            Tool::Linter,
            Tool::Wscat,
            Tool::Schemathesis,
            Tool::Icalendar,
            Tool::Browser,
            Tool::Axe,
            Tool::Mosquitto,
        ];
        const PARITY: [Tool; 7] = [ALL[0], ALL[1], ALL[2], Tool::Browser, Tool::Axe, Tool::Cloud, Tool::Emulator];
        const LIGHTHOUSE: [Tool; 5] = [ALL[0], ALL[1], ALL[2], Tool::Browser, Tool::Lighthouse];
        const CLOUD: [Tool; 4] = [ALL[0], ALL[1], ALL[2], Tool::Cloud];
        match purpose {
            Purpose::Fuzz => &[Tool::CargoFuzz, Tool::Schemathesis],
            Purpose::Cloud => &CLOUD,
            Purpose::Parity => &PARITY,
            Purpose::Build => &ALL[..3],
            Purpose::Check => &ALL[..7],
            Purpose::Test => &ALL,
            Purpose::Lighthouse => &LIGHTHOUSE,
            Purpose::Dev => &[Tool::WasmTarget, Tool::WasmOpt, Tool::Trunk, Tool::WasmBindgen, Tool::DevLinks],
            Purpose::Replica => &[Tool::WasmTarget, Tool::WasmBindgen],
        }
    }

    fn name(self, tools: &Tools) -> String {
        match self {
            Self::WasmTarget => format!("Rust's target {}", tools::WASM_TARGET),
            Self::Trunk => format!("trunk {}", tools.trunk_version()),
            Self::WasmBindgen => format!("wasm-bindgen {}", tools.wasm_bindgen_version()),
            Self::DevLinks => "trunk, wasm-bindgen and wasm-opt on the PATH".to_owned(),
            Self::WasmOpt => format!("wasm-opt {}", tools::BINARYEN),
            Self::Esbuild => format!("esbuild {}", tools::ESBUILD),
            Self::Linter => format!("cfn-lint {} and tree-sitter {}", tools::CFN_LINT, tools::TREE_SITTER[0]),
            Self::Schemathesis => format!("schemathesis {}", tools::SCHEMATHESIS),
            Self::Icalendar => format!("icalendar {} for Python", tools::ICALENDAR),
            Self::Wscat => format!("wscat {}", tools::WSCAT),
            Self::Browser => "Chromium and ChromeDriver".to_owned(),
            Self::Axe => format!("axe-core {}", tools::AXE),
            Self::Lighthouse => format!("Lighthouse {}", tools::LIGHTHOUSE),
            Self::Mosquitto => "Mosquitto".to_owned(),
            Self::Cloud => format!("SAM {} and cargo-lambda {}", tools::SAM, tools::CARGO_LAMBDA),
            Self::Emulator => format!("MiniStack {}", tools::MINISTACK),
            Self::CargoFuzz => format!("cargo-fuzz {}", tools::CARGO_FUZZ),
        }
    }

    fn usual_time(self) -> &'static str {
        match self {
            Self::Trunk => "about 4 minutes",
            Self::WasmBindgen | Self::CargoFuzz => "about a minute",
            Self::Browser | Self::Cloud | Self::Emulator => "half a minute",
            Self::WasmTarget
            | Self::DevLinks
            | Self::WasmOpt
            | Self::Esbuild
            | Self::Linter
            | Self::Axe
            | Self::Lighthouse
            | Self::Mosquitto
            | Self::Schemathesis
            | Self::Icalendar
            | Self::Wscat => "a few seconds",
        }
    }

    /// A hint if a tool is not found after its installation.
    fn advice(self) -> &'static str {
        match self {
            Self::Browser => "are CHROME and CHROMEDRIVER right?",
            Self::DevLinks => "is Cargo's bin folder on the PATH, before other folders with programs of these names?",
            _ => "the log of the installation is in the tools' folder",
        }
    }

    fn is_installed(self, tools: &Tools) -> bool {
        match self {
            Self::WasmTarget => tools.has_wasm_target(),
            Self::Trunk => tools.has_trunk(),
            Self::WasmBindgen => tools.has_wasm_bindgen(),
            Self::DevLinks => links::missing(tools).is_empty(),
            Self::WasmOpt => tools.wasm_opt().is_file(),
            Self::Esbuild => tools.esbuild().is_file(),
            // The script is installed last.
            Self::Linter => tools.linter_folder().join("bin/cfn-lint").is_file(),
            Self::Browser => tools.chrome().is_some() && tools.chromedriver().is_some(),
            Self::Axe => tools.axe().is_file(),
            Self::Lighthouse => tools.lighthouse().is_file(),
            Self::Wscat => tools.wscat().is_file(),
            Self::Schemathesis => tools.schemathesis().is_file(),
            // The script is installed last.
            Self::Icalendar => tools.icalendar_folder().join("bin/icalendar").is_file(),
            Self::Mosquitto => tools.mosquitto().is_some(),
            Self::Cloud => tools.cloud("cargo-lambda").is_file() && tools.cloud("sam").is_file(),
            Self::Emulator => tools.emulator().is_file(),
            Self::CargoFuzz => tools.cargo_fuzz().is_file(),
        }
    }

    fn install(self, workspace: &Workspace, tools: &Tools, ticker: &mut Ticker) -> Result<()> {
        match self {
            Self::WasmTarget => install::wasm_target(workspace, tools, ticker),
            Self::Trunk => {
                install::with_cargo("trunk", tools.trunk_version(), &tools.trunk_folder(), workspace, tools, ticker)
            }
            Self::WasmBindgen => install::with_cargo(
                "wasm-bindgen-cli",
                tools.wasm_bindgen_version(),
                &tools.wasm_bindgen_folder(),
                workspace,
                tools,
                ticker,
            ),
            Self::DevLinks => links::link_missing(tools),
            Self::WasmOpt => {
                install::with_npm("binaryen", tools::BINARYEN, &tools.binaryen_folder(), workspace, tools, ticker)
            }
            Self::Esbuild => {
                install::with_npm("esbuild", tools::ESBUILD, &tools.esbuild_folder(), workspace, tools, ticker)
            }
            Self::Linter => {
                let [parser, grammar] = tools::TREE_SITTER;
                let packages = [
                    format!("cfn-lint=={}", tools::CFN_LINT),
                    format!("tree-sitter=={parser}"),
                    format!("tree-sitter-rust=={grammar}"),
                ];
                install::with_pip(&packages, &tools.linter_folder(), workspace, tools, ticker)
            }
            Self::Schemathesis => {
                let packages = [format!("schemathesis=={}", tools::SCHEMATHESIS)];
                install::with_pip(&packages, &tools.schemathesis_folder(), workspace, tools, ticker)
            }
            Self::Icalendar => {
                let packages = [format!("icalendar=={}", tools::ICALENDAR)];
                install::with_pip(&packages, &tools.icalendar_folder(), workspace, tools, ticker)
            }
            Self::Browser => install::browser(workspace, tools, ticker),
            Self::Axe => install::with_npm("axe-core", tools::AXE, &tools.axe_folder(), workspace, tools, ticker),
            Self::Lighthouse => {
                install::with_npm("lighthouse", tools::LIGHTHOUSE, &tools.lighthouse_folder(), workspace, tools, ticker)
            }
            Self::Wscat => install::with_npm("wscat", tools::WSCAT, &tools.wscat_folder(), workspace, tools, ticker),
            Self::Mosquitto => install::mosquitto(workspace, tools, ticker),
            Self::Cloud => {
                let packages = [
                    format!("aws-sam-cli=={}", tools::SAM),
                    format!("cargo-lambda=={}", tools::CARGO_LAMBDA),
                    "ziglang".to_owned(),
                ];
                install::with_pip(&packages, &tools.cloud_folder(), workspace, tools, ticker)
            }
            Self::CargoFuzz => {
                let target = tools.cargo_fuzz_folder();
                install::with_cargo("cargo-fuzz", tools::CARGO_FUZZ, &target, workspace, tools, ticker)
            }
            Self::Emulator => {
                let packages = [format!("ministack[full]=={}", tools::MINISTACK)];
                install::with_pip(&packages, &tools.emulator_folder(), workspace, tools, ticker)
            }
        }
    }
}

/// `cargo xtask setup`: prints for each tool whether it is installed, and installs it if not.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let purpose = if arguments.no_browser { Purpose::Check } else { Purpose::Test };
    let tools = Tools::of(workspace)?;
    let mut wanted = Tool::needed_for(purpose).to_vec();
    if arguments.dev {
        wanted.extend(Tool::needed_for(Purpose::Dev).iter().filter(|tool| !Tool::needed_for(purpose).contains(tool)));
    }
    install_missing(workspace, &tools, &wanted)
}

/// Installs what a purpose needs; prints nothing if nothing is missing.
pub(crate) fn ensure(workspace: &Workspace, purpose: Purpose) -> Result<Tools> {
    let tools = Tools::of(workspace)?;
    let wanted = Tool::needed_for(purpose);
    if !wanted.iter().all(|tool| tool.is_installed(&tools)) {
        install_missing(workspace, &tools, wanted)?;
    }
    Ok(tools)
}

fn install_missing(workspace: &Workspace, tools: &Tools, wanted: &[Tool]) -> Result<()> {
    let _lock = lock(tools)?;
    for (index, tool) in wanted.iter().enumerate() {
        let title = format!("[{}/{}] {}", index + 1, wanted.len(), tool.name(tools));
        if tool.is_installed(tools) {
            eprintln!("{title}: installed already");
            continue;
        }
        let mut ticker = Ticker::start(format!("{title}: installing, {}", tool.usual_time()));
        tool.install(workspace, tools, &mut ticker)?;
        if !tool.is_installed(tools) {
            bail!("{} was installed, but is not found: {}", tool.name(tools), tool.advice());
        }
        ticker.finish("done in");
    }
    Ok(())
}

/// Two set-ups at the same time would install everything twice: the second one waits, then finds it installed. The lock ends with this
/// process.
fn lock(tools: &Tools) -> Result<File> {
    let folder = tools.folder();
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let path = folder.join(".lock");
    let lock = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    if lock.try_lock().is_err() {
        eprintln!("Another set-up is running; waiting for it.");
        lock.lock().context("The lock of the tools cannot be taken")?;
    }
    Ok(lock)
}

/// Whether a program is installed: the first of `names` on the PATH.
fn on_path(names: &[&str]) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
    })
}

/// Whether `program --version` prints exactly this version.
fn has_version(program: &str, version: &str) -> bool {
    let Some(path) = on_path(&[program]) else { return false };
    process::printed(std::process::Command::new(path).arg("--version"))
        .is_some_and(|printed| printed.split_whitespace().any(|word| word == version))
}
