//! The command line: one file a subcommand, each from its arguments to an exit code.

mod ca;
mod check;
mod config;
mod doctor;
mod healthcheck;
mod init;
mod lists;
mod requests;
mod rules;
mod serve;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{Config, ConfigError, ConfigFile, Overrides},
    lists::own::Kind,
};

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
    /// Ask a few questions and write a first configuration file
    Init {
        /// The file to write; it must not be there yet [default: sekisho.toml]
        file: Option<PathBuf>,
        /// Take the default for every question, without asking
        #[arg(long)]
        defaults: bool,
    },
    /// Look for what is wrong with this installation and its network, and say what to do
    Doctor {
        /// Print one JSON object in place of text
        #[arg(long)]
        json: bool,
    },
    /// Show how lists are; fetch them, look through them, release what is held back
    Lists {
        #[command(subcommand)]
        command: Option<lists::Command>,
        /// Print one JSON object in place of text
        #[arg(long, global = true)]
        json: bool,
    },
    /// Let a name pass, whatever lists say: from now on, on the server that runs
    Allow {
        /// The name, with all below it; *.NAME for those below it alone; /REGEX/ for names in which that is found
        rule: String,
        /// How long: 30m, 2h, 7d [default: for good]
        #[arg(long = "for", value_name = "TIME", value_parser = rules::time)]
        length: Option<Duration>,
    },
    /// Block a name: from now on, on the server that runs
    Block {
        /// The name, with all below it; *.NAME for those below it alone; /REGEX/ for names in which that is found
        rule: String,
        /// How long: 30m, 2h, 7d [default: for good]
        #[arg(long = "for", value_name = "TIME", value_parser = rules::time)]
        length: Option<Duration>,
    },
    /// Show your own rules, or take one back
    Rules {
        #[command(subcommand)]
        command: Option<rules::Command>,
        /// Print one JSON object in place of text
        #[arg(long)]
        json: bool,
    },
    /// Show requests to unblock that were made on the page; approve or refuse them
    Requests {
        #[command(subcommand)]
        command: Option<requests::Command>,
        /// Print one JSON object in place of text
        #[arg(long, global = true)]
        json: bool,
    },
    /// Block nothing for a time, on the server that runs
    Pause {
        /// How long: 10m, at most 24h
        #[arg(value_name = "TIME", value_parser = rules::time)]
        length: Duration,
    },
    /// End a pause
    Resume,
    /// Make and look after the root certificate by which devices show the page over https as well
    Ca {
        #[command(subcommand)]
        command: ca::Command,
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
    /// Fetch no lists; those that were fetched before stay in force
    #[arg(long, global = true)]
    offline: bool,
}

impl Options {
    /// Whether anything but the file is given.
    fn overrides_something(&self) -> bool {
        let Self { config: _, listen, upstream, list, sinkhole, state_dir, http, metrics, offline } = self;
        let none = listen.is_empty() && upstream.is_empty() && list.is_empty() && sinkhole.is_empty();
        !none || *offline || state_dir.is_some() || http.is_some() || metrics.is_some()
    }

    /// The configuration in force, and the file that it came from.
    fn load(self) -> Result<(Config, Option<ConfigFile>), ConfigError> {
        let Self { config, listen, upstream, list, sinkhole, state_dir, http, metrics, offline } = self;
        // A link that leads nowhere is there as well: to pass it over would be to forget what the operator said.
        let there = Path::new(DEFAULT_FILE).symlink_metadata().is_ok();
        let found = there.then(|| PathBuf::from(DEFAULT_FILE));
        // A list on the command line without a named file is the only one.
        let path = config.or(if list.is_empty() { found } else { None });
        let overrides = Overrides { listen, upstream, list, sinkhole, state_dir, http, metrics, offline };
        match path {
            Some(path) => ConfigFile::open(&path, overrides).map(|(config, file)| (config, Some(file))),
            None => Config::read("", &overrides).map(|config| (config, None)),
        }
    }
}

/// Runs what the arguments ask for.
pub fn run() -> ExitCode {
    let Arguments { command, mut options } = Arguments::parse();
    match command.unwrap_or(Command::Serve) {
        Command::Serve => with_config(options, serve::run),
        Command::Check { name } => {
            with_config(options, |config, _| check::run(&lists::with_chosen(&config), &name))
        }
        Command::Config { check: None } => with_config(options, |config, file| config::run(&config, file)),
        Command::Config { check: Some(path) } => {
            options.config = Some(path.clone());
            with_config(options, |config, _| config::check(&config, &path))
        }
        // No file is read: what is wrong with an old one is no reason not to write a new one.
        Command::Init { file, defaults } => {
            let other_options = options.overrides_something();
            init::run(init::Request { file, config: options.config, defaults, other_options })
        }
        Command::Lists { command, json } => {
            with_config(options, |config, _| lists::run(&config, command, json))
        }
        Command::Allow { rule, length } => {
            with_config(options, |config, _| rules::set(&config, Kind::Allow, rule, length))
        }
        Command::Block { rule, length } => {
            with_config(options, |config, _| rules::set(&config, Kind::Block, rule, length))
        }
        Command::Rules { command, json } => {
            with_config(options, |config, _| rules::run(&config, command, json))
        }
        Command::Requests { command, json } => {
            with_config(options, |config, _| requests::run(&config, command.as_ref(), json))
        }
        Command::Pause { length } => with_config(options, |config, _| rules::pause(&config, length)),
        Command::Resume => with_config(options, |config, _| rules::resume(&config)),
        Command::Ca { command } => with_config(options, |config, _| ca::run(&config, command)),
        Command::Healthcheck => with_config(options, |config, _| healthcheck::run(&config)),
        Command::Doctor { json } => {
            with_config(options, |config, _| doctor::run(lists::with_chosen(&config), json))
        }
    }
}

/// Runs a command that needs the configuration.
fn with_config(options: Options, command: impl FnOnce(Config, Option<ConfigFile>) -> ExitCode) -> ExitCode {
    match options.load() {
        Ok((config, file)) => command(config, file),
        Err(error) => fail(&error),
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

/// Prints a value as JSON, in one line.
fn print_json(value: &impl serde::Serialize) -> ExitCode {
    match serde_json::to_string(value) {
        Ok(text) => print(&(text + "\n")),
        Err(error) => fail(&error),
    }
}

/// A time that is left, in its two largest units.
fn left(seconds: u64) -> String {
    match seconds {
        0..60 => crate::app::words(Duration::from_secs(seconds)),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}
