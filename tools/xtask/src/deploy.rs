//! `cargo xtask package`, `deploy`, `destroy`: builds the functions and the site for AWS, deploys and removes them.
//!
//! `package` needs no account. The content of the stack is defined only in `infra/template.yaml`.

use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::{Steps, thousands};
use crate::setup::{self, Purpose, Tools};
use crate::site::{self, SiteBuild};
use crate::workspace::Workspace;

/// The functions, with the names of their programs in `infra/template.yaml`.
const FUNCTIONS: [&str; 6] = ["api", "live", "fanout", "notify", "ingest", "sweep"];

/// Maximum size of a function's zipped program: 6 MB.
const ZIP_LIMIT: u64 = 6 * 1_024 * 1_024;

/// The arguments of `cargo xtask package`.
#[derive(clap::Args)]
pub(crate) struct PackageArguments {
    /// Build the functions for x86-64 instead of arm64
    #[arg(long)]
    pub(crate) x86: bool,
}

/// The arguments of `cargo xtask deploy`.
#[derive(clap::Args)]
pub(crate) struct DeployArguments {
    #[command(flatten)]
    stack: StackArguments,
    #[command(flatten)]
    package: PackageArguments,
    /// First part of the sign-in page's address; the stack's name by default
    #[arg(long)]
    sign_in_domain: Option<String>,
    /// Also publish public topics over AWS IoT Core, for large audiences
    #[arg(long)]
    iot: bool,
    /// Further parameters of the template: Name=Value
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Prompt for missing parameters, and save the answers
    #[arg(long)]
    guided: bool,
}

/// The arguments of `cargo xtask destroy`.
#[derive(clap::Args)]
pub(crate) struct DestroyArguments {
    #[command(flatten)]
    stack: StackArguments,
    /// Do not prompt
    #[arg(long)]
    yes: bool,
}

/// The maximum length of a stack's name: CloudFront's names, which add the region to it, have at most 64 characters.
const STACK_LIMIT: usize = 40;

/// The name and the region of a stack.
#[derive(clap::Args)]
pub(crate) struct StackArguments {
    /// The stack's name
    #[arg(long, value_parser = stack_name)]
    stack: String,
    /// The stack's region
    #[arg(long)]
    region: String,
}

/// Builds the functions and the site, and prints the sizes.
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
    steps.run("The site", || site::build(workspace, tools, SiteBuild::Release).map(|_| ()))?;
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

/// The size in a zip: deflated.
fn zipped_size(program: &std::path::Path) -> Result<u64> {
    let script = "import sys, zlib; print(len(zlib.compress(open(sys.argv[1], 'rb').read(), 6)))";
    let printed = process::printed(Command::new("python3").args(["-c", script]).arg(program));
    printed.and_then(|size| size.parse().ok()).context("python3 cannot measure the program")
}

/// Builds, deploys the stack and uploads the site.
pub(crate) fn deploy(workspace: &Workspace, arguments: &DeployArguments) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Cloud)?;
    let StackArguments { stack, region } = &arguments.stack;
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

/// AWS IoT Core's host for this account, which a template cannot look up.
fn iot_endpoint(tools: &Tools, region: &str) -> Result<String> {
    let script = "import boto3, sys; print(boto3.client('iot', region_name=sys.argv[1]).describe_endpoint(endpointType='iot:Data-ATS')['endpointAddress'])";
    let endpoint = process::printed(Command::new(tools.cloud("python")).args(["-c", script, region]));
    endpoint.context("AWS IoT Core does not say where it is in this region")
}

/// A name that CloudFormation accepts, and short enough for the resources named after it.
fn stack_name(name: &str) -> Result<String, String> {
    let fits = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && name.len() <= STACK_LIMIT;
    if fits {
        return Ok(name.to_owned());
    }
    Err(format!("a stack's name begins with a letter, and has letters, digits and hyphens, {STACK_LIMIT} at most"))
}

/// The steps that remove a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removal {
    /// Empties the site's bucket: a bucket with files cannot be deleted.
    Files,
    Stack,
}

/// Removes the stack after the user has typed its name. The table and the user pool remain if the template retains them.
pub(crate) fn destroy(workspace: &Workspace, arguments: &DestroyArguments) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Cloud)?;
    let StackArguments { stack, region } = &arguments.stack;
    whose(&tools, region)?;
    if !arguments.yes && !io::stdin().is_terminal() {
        bail!("There is no terminal to confirm the deletion of “{stack}”. Add --yes to confirm it");
    }
    let answer = if arguments.yes { stack.clone() } else { ask(stack, region, &mut io::stdin().lock())? };
    take_away(stack, &answer, |removal| {
        let (mut command, fault) = match removal {
            Removal::Files => {
                let mut command = workspace.program(tools.cloud("python"));
                command.args(["infra/template/upload.py", stack, region, "--empty"]);
                (command, "The site's files cannot be removed")
            }
            Removal::Stack => {
                let mut command = workspace.program(tools.cloud("sam"));
                command.env("SAM_CLI_TELEMETRY", "0");
                // It would prompt again, with the site already removed.
                command.args(["delete", "--no-prompts", "--stack-name", stack, "--region", region]);
                (command, "The stack cannot be taken away; what CloudFormation says of it is above")
            }
        };
        process::run(&mut command, fault)
    })
}

fn ask(stack: &str, region: &str, input: &mut impl BufRead) -> Result<String> {
    eprintln!(
        "This takes away the site and the functions of “{stack}” in {region}. The table, the people and the access logs of \
         CloudFront stay, and cost what they cost.\nType the stack's name if it is to go:"
    );
    let mut answer = String::new();
    input.read_line(&mut answer).context("The answer cannot be read")?;
    Ok(answer)
}

/// Runs all steps, in this order, if the answer is the stack's name; otherwise nothing.
fn take_away(stack: &str, answer: &str, mut remove: impl FnMut(Removal) -> Result<()>) -> Result<()> {
    if answer.trim() != stack {
        bail!("“{}” is not “{stack}”: nothing was taken away", answer.trim());
    }
    remove(Removal::Files)?;
    remove(Removal::Stack)
}

/// Fails at once if there are no credentials for AWS.
fn whose(tools: &Tools, region: &str) -> Result<()> {
    let script =
        "import boto3, sys; print(boto3.client('sts', region_name=sys.argv[1]).get_caller_identity()['Account'])";
    let account = process::printed(Command::new(tools.cloud("python")).args(["-c", script, region]));
    let Some(account) = account else {
        bail!(
            "There are no AWS credentials: run `aws configure`, or `aws sso login`, or set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY; then try again"
        );
    };
    eprintln!("Account {account}, region {region}.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_destroyed_only_if_its_name_is_typed() {
        for answer in ["", "\n", "y\n", "yes\n", "Rally\n", "rally-two\n"] {
            let refused = take_away("rally", answer, |removal| panic!("{removal:?} after {answer:?}"));
            assert!(refused.unwrap_err().to_string().contains("nothing was taken away"), "{answer:?}");
        }
        let mut removed = Vec::new();
        take_away("rally", "rally\n", |removal| {
            removed.push(removal);
            Ok(())
        })
        .unwrap();
        assert_eq!(removed, [Removal::Files, Removal::Stack]);
    }

    #[test]
    fn the_stack_stays_if_its_files_cannot_be_removed() {
        let mut removed = Vec::new();
        let failed = take_away("rally", "rally", |removal| {
            removed.push(removal);
            bail!("no")
        });
        assert!(failed.is_err());
        assert_eq!(removed, [Removal::Files]);
    }

    #[test]
    fn the_answer_is_a_line() {
        assert_eq!(ask("rally", "eu-central-1", &mut "rally\nmore".as_bytes()).unwrap(), "rally\n");
        assert_eq!(ask("rally", "eu-central-1", &mut "".as_bytes()).unwrap(), "", "nothing more can be read");
    }

    #[test]
    fn a_stacks_name_fits_what_is_named_after_it() {
        assert!(stack_name("rally").is_ok() && stack_name(&"a".repeat(STACK_LIMIT)).is_ok());
        for odd in ["", "1st", "my_stack", "a b", "-a", &"a".repeat(STACK_LIMIT + 1)] {
            assert!(stack_name(odd).unwrap_err().contains("begins with a letter"), "{odd}");
        }
    }
}
