//! `cargo xtask package`, `deploy`, `destroy`: the functions and the site, as they go to AWS.
//!
//! `package` does all that needs no account. Nothing here knows what is in the stack: `infra/template.yaml` says it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::{Steps, thousands};
use crate::setup::{self, Purpose, Tools};
use crate::site::{self, Flavour};
use crate::workspace::Workspace;

/// The functions, as `infra/template.yaml` names their programs.
const FUNCTIONS: [&str; 6] = ["api", "live", "fanout", "notify", "ingest", "sweep"];

/// A function's program has at most so many bytes, zipped: 6 MB.
const ZIP_LIMIT: u64 = 6 * 1_024 * 1_024;

/// What `cargo xtask package` is given.
#[derive(clap::Args)]
pub(crate) struct PackageArguments {
    /// Build the functions for x86-64 instead of arm64
    #[arg(long)]
    pub(crate) x86: bool,
}

/// What `cargo xtask deploy` is given.
#[derive(clap::Args)]
pub(crate) struct DeployArguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    package: PackageArguments,
    /// The first part of the sign-in page's address; the stack's name if it is left out
    #[arg(long)]
    sign_in_domain: Option<String>,
    /// Tell what everybody may see by AWS IoT Core too, for crowds
    #[arg(long)]
    iot: bool,
    /// Further parameters of the template: Name=Value
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Ask for what is missing, and remember the answers
    #[arg(long)]
    guided: bool,
}

/// Where a stack is.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// The stack's name
    #[arg(long)]
    stack: String,
    /// The region that it is in
    #[arg(long)]
    region: String,
}

/// Builds what is deployed, and prints the sizes.
pub(crate) fn package(workspace: &Workspace, arguments: &PackageArguments) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Cloud)?;
    build(workspace, &tools, arguments, &mut Steps::new(2))
}

pub(crate) fn build(
    workspace: &Workspace,
    tools: &Tools,
    arguments: &PackageArguments,
    steps: &mut Steps,
) -> Result<()> {
    steps.run("The site", || site::build(workspace, tools, Flavour::Release).map(|_| ()))?;
    steps.run("The functions", || build_functions(workspace, tools, arguments))
}

/// Builds the functions, and prints their sizes.
pub(crate) fn build_functions(workspace: &Workspace, tools: &Tools, arguments: &PackageArguments) -> Result<()> {
    let processor = if arguments.x86 { "--x86-64" } else { "--arm64" };
    let mut command = workspace.program(tools.cloud("cargo-lambda"));
    command.env("PATH", tools.cloud_path()?).args([
        "lambda",
        "build",
        "--profile",
        "function",
        processor,
        "--package",
        "backend",
        "--features",
        "lambda",
    ]);
    process::run(&mut command, "The functions cannot be built")?;
    for function in FUNCTIONS {
        let program = program(workspace, function);
        let size = fs::metadata(&program).with_context(|| format!("{} is not there", program.display()))?.len();
        let zipped = zipped_size(&program)?;
        println!("{:>12} bytes, {:>10} zipped  {function}", thousands(size), thousands(zipped));
        if zipped > ZIP_LIMIT {
            bail!("{function} is larger than {} bytes when it is zipped", thousands(ZIP_LIMIT));
        }
    }
    Ok(())
}

fn program(workspace: &Workspace, function: &str) -> PathBuf {
    workspace.target().join("lambda").join(function).join("bootstrap")
}

/// As a zip has it: deflated.
fn zipped_size(program: &std::path::Path) -> Result<u64> {
    let script = "import sys, zlib; print(len(zlib.compress(open(sys.argv[1], 'rb').read(), 6)))";
    let printed = process::printed(Command::new("python3").args(["-c", script]).arg(program));
    printed.and_then(|size| size.parse().ok()).context("python3 cannot measure the program")
}

/// Builds, deploys the stack and uploads the site.
pub(crate) fn deploy(workspace: &Workspace, arguments: &DeployArguments) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Cloud)?;
    let Place { stack, region } = &arguments.place;
    whose(&tools, region)?;
    let mut steps = Steps::new(4);
    build(workspace, &tools, &arguments.package, &mut steps)?;
    steps.run("The stack", || {
        let domain = arguments.sign_in_domain.clone().unwrap_or_else(|| stack.to_lowercase());
        let processor = if arguments.package.x86 { "x86_64" } else { "arm64" };
        let mut command = workspace.program(tools.cloud("sam"));
        command
            .env("PATH", tools.cloud_path()?)
            .env("SAM_CLI_TELEMETRY", "0")
            .args(["deploy", "--template-file", "infra/template.yaml", "--stack-name", stack, "--region", region])
            .args(["--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"]);
        if arguments.guided {
            command.arg("--guided");
        }
        command.arg("--parameter-overrides").arg(format!("SignInDomain={domain}"));
        command.arg(format!("Architecture={processor}"));
        if arguments.iot {
            command.arg(format!("IotEndpoint={}", iot_endpoint(&tools, region)?));
        }
        command.args(&arguments.parameters);
        process::run(&mut command, "The stack cannot be deployed; what CloudFormation says of it is above")
    })?;
    steps.run("The files", || {
        let mut command = workspace.program(tools.cloud("python"));
        command.arg("infra/template/upload.py").args([stack, region]).arg(workspace.dist());
        process::run(&mut command, "The site's files cannot be uploaded")
    })
}

/// AWS IoT Core's host for this account, which no template can ask for.
fn iot_endpoint(tools: &Tools, region: &str) -> Result<String> {
    let script = "import boto3, sys; print(boto3.client('iot', region_name=sys.argv[1]).describe_endpoint(endpointType='iot:Data-ATS')['endpointAddress'])";
    let endpoint = process::printed(Command::new(tools.cloud("python")).args(["-c", script, region]));
    endpoint.context("AWS IoT Core does not say where it is in this region")
}

/// Takes the stack away. The table and the people stay, where the template keeps them.
pub(crate) fn destroy(workspace: &Workspace, place: &Place) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Cloud)?;
    whose(&tools, &place.region)?;
    let mut command = workspace.program(tools.cloud("python"));
    command.args(["infra/template/upload.py", &place.stack, &place.region, "--empty"]);
    process::run(&mut command, "The site's files cannot be removed")?;
    let mut command = workspace.program(tools.cloud("sam"));
    command.env("SAM_CLI_TELEMETRY", "0");
    command.args(["delete", "--stack-name", &place.stack, "--region", &place.region]);
    process::run(&mut command, "The stack cannot be taken away; what CloudFormation says of it is above")
}

/// Says at once if nobody is signed in to AWS.
fn whose(tools: &Tools, region: &str) -> Result<()> {
    let script =
        "import boto3, sys; print(boto3.client('sts', region_name=sys.argv[1]).get_caller_identity()['Account'])";
    let account = process::printed(Command::new(tools.cloud("python")).args(["-c", script, region]));
    let Some(account) = account else {
        bail!(
            "Nobody is signed in to AWS here: run `aws configure`, or `aws sso login`, or set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY; then try again"
        );
    };
    eprintln!("Account {account}, region {region}.");
    Ok(())
}
