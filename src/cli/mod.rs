//! The command line: one file a subcommand, each from its arguments to an exit code.

mod check;
mod config;
mod healthcheck;
mod serve;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, ConfigFile, Overrides};

/// Read where `--config` names no other, if it is there.
const DEFAULT_FILE: &str = "sekisho.toml";

/// Sekisho leads people away from fake support scams.
///
/// Without a subcommand it serves DNS, the page and the metrics on unprivileged ports of this machine.
#[derive(Debug, Parser)]
#[command(name = "sekisho", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve DNS, the page and the metrics (the default)
    Serve,
    /// Say whether a name is blocked, by which rule, from which list
    Check {
        /// The name to ask about
        name: String,
    },
    /// Print the configuration in force, as a file that can be edited and used
    Config {
        /// Instead say whether this file is right
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
    },
    /// Say whether the server of this configuration answers; for containers
    Healthcheck,
}

/// Options of every subcommand; each overrides the file.
#[derive(Debug, Args)]
struct Options {
    /// Configuration file; without it `sekisho.toml` of this folder, if there is one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Address for DNS over UDP and TCP; may be repeated
    #[arg(long, value_name = "ADDR:PORT", global = true)]
    listen: Vec<SocketAddr>,
    /// Upstream server: 192.0.2.53, 192.0.2.53:5300, `tls://9.9.9.9#dns.quad9.net` or system; may be repeated
    #[arg(long, value_name = "SERVER", global = true)]
    upstream: Vec<String>,
    /// List of scam names, a file or a folder; may be repeated
    #[arg(long, value_name = "FILE", global = true)]
    list: Vec<PathBuf>,
    /// Address of the page in answers for blocked names, one of each family
    #[arg(long, value_name = "IP", global = true)]
    sinkhole: Vec<IpAddr>,
    /// Folder for state
    #[arg(long, value_name = "DIR", global = true)]
    state_dir: Option<PathBuf>,
    /// Address for the page
    #[arg(long, value_name = "ADDR:PORT", global = true)]
    http: Option<SocketAddr>,
    /// Address for the metrics
    #[arg(long, value_name = "ADDR:PORT", global = true)]
    metrics: Option<SocketAddr>,
}

impl Options {
    /// The configuration in force, and the file that it came from.
    fn load(self) -> Result<(Config, Option<ConfigFile>), ConfigError> {
        let Self { config, listen, upstream, list, sinkhole, state_dir, http, metrics } = self;
        // A link that leads nowhere is there as well: to pass it over would be to forget what the operator said.
        let there = Path::new(DEFAULT_FILE).symlink_metadata().is_ok();
        let found = there.then(|| PathBuf::from(DEFAULT_FILE));
        // A list on the command line without a named file is the only one.
        let path = config.or(if list.is_empty() { found } else { None });
        let overrides = Overrides { listen, upstream, list, sinkhole, state_dir, http, metrics };
        match path {
            Some(path) => ConfigFile::open(&path, overrides).map(|(config, file)| (config, Some(file))),
            None => Config::read("", &overrides).map(|config| (config, None)),
        }
    }
}

/// Runs what the arguments ask for.
pub fn run() -> ExitCode {
    let Arguments { command, mut options } = Arguments::parse();
    if let Some(Command::Config { check: Some(file) }) = &command {
        options.config = Some(file.clone());
    }
    let (config, file) = match options.load() {
        Ok(loaded) => loaded,
        Err(error) => return fail(&error),
    };
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config, file),
        Command::Check { name } => check::run(&config, &name),
        Command::Healthcheck => healthcheck::run(&config),
        Command::Config { check: Some(file) } => config::check(&config, &file),
        Command::Config { check: None } => config::run(&config, file.as_ref()),
    }
}

/// Says what is wrong, in one sentence.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("sekisho: {error}");
    ExitCode::FAILURE
}

/// Writes to standard output; a reader that has gone away is no fault of ours.
fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}
