//! `sekisho ca`: the root of the installation's own authority. A server that runs takes up what changes by itself.

use std::{
    fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    authority::{Folder, Root, RootCertificate, form},
    config::{Config, Https},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a root certificate of this installation's own, after saying what that means
    Init {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Show the root certificate: its fingerprint, how long it holds, what it can never be used for
    Show {
        /// Print one JSON object in place of text
        #[arg(long)]
        json: bool,
    },
    /// Write the root certificate, without its key, as devices want to have it
    Export {
        /// How
        #[arg(long, value_enum, default_value_t = Format::Pem)]
        format: Format,
        /// Where to; else to standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Make another root certificate in its place, which has to be installed anew
    Renew {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Destroy the key, for good
    Revoke {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// For Linux, Firefox and Android
    Pem,
    /// For Windows
    Der,
    /// For iPhones, iPads and Macs
    Mobileconfig,
}

pub(super) fn run(config: &Config, command: Command) -> ExitCode {
    let folder = Folder::of(&config.state);
    match command {
        Command::Init { yes } => init(config, &folder, yes),
        Command::Show { json } => show(&folder, json),
        Command::Export { format, output } => export(&folder, format, output.as_deref()),
        Command::Renew { yes } => renew(&folder, yes),
        Command::Revoke { yes } => revoke(&folder, yes),
    }
}

const RISK: &str = "\
This makes a certificate authority of this installation's own. Devices on which its root certificate is installed show the
page over https as well, where they would show an error of the browser otherwise.

What that means:
- Whoever gets hold of the key can pretend to be nearly any site to those devices: a shop, a mail service, a bank. The key
  stays on this machine, in a file that only the server's user and root can read. Keep it out of backups that others can
  read, and do not copy it anywhere.
- The root certificate can never be used for the names that Sekisho never blocks (police, updates, certificates, time), nor
  for addresses. For all other names it could be.
- Install it on devices of people who know about it and agree. Remove it from a device that leaves this network.
- Without it nobody is less protected: a blocked site stays blocked. Only the page is missing where the link was https.

";

const REMOVE: &str = "\
Now remove the root certificate from every device that has it: docs/local-ca.md says how for each system, under \"Remove\".
Nothing can be signed with it any more; a device that keeps it is safe as long as nobody has a copy of the key.
";

fn init(config: &Config, folder: &Folder, yes: bool) -> ExitCode {
    // Nobody reads a page of text to be told that it was for nothing.
    if folder.certificate().is_ok() {
        return super::fail(&crate::authority::FolderError::There(folder.path().into()));
    }
    if let Some(refused) = agreed(RISK, yes) {
        return refused;
    }
    let root = match Root::make(OffsetDateTime::now_utc()) {
        Ok(root) => root,
        Err(error) => return super::fail(&error),
    };
    if let Err(error) = folder.keep(&root) {
        return super::fail(&error);
    }
    let next = if config.https == Https::LocalCa {
        "A server that runs takes it up within a few seconds; one that refused to start can be started."
    } else {
        "Next: write https = \"local-ca\" and https_listen under [page], and restart Sekisho."
    };
    super::print(&format!(
        "Made.\n\n{}\n{next}\nThen install it on devices: docs/local-ca.md says how. Compare the fingerprint there.\n",
        in_words(root.certificate())
    ))
}

fn renew(folder: &Folder, yes: bool) -> ExitCode {
    const MEANS: &str = "\
This makes another root certificate and destroys the key of the one that there is. Devices show an error of the browser
for blocked https links until the new one is installed on them; the old one has to be removed from them.

";
    if let Some(refused) = agreed(MEANS, yes) {
        return refused;
    }
    let made = Root::make(OffsetDateTime::now_utc());
    let root = match made {
        Ok(root) => root,
        Err(error) => return super::fail(&error),
    };
    if let Err(error) = folder.replace(&root) {
        return super::fail(&error);
    }
    let before = folder.before().map(|path| path.display().to_string()).unwrap_or_default();
    super::print(&format!(
        "Made. The certificate before it, without its key, is in {before}; delete the file when no device has it any more.\n\n{}\nA server that runs takes it up within a few seconds.\n",
        in_words(root.certificate())
    ))
}

fn revoke(folder: &Folder, yes: bool) -> ExitCode {
    const MEANS: &str = "\
This destroys the key of the root certificate, for good. Blocked https links show an error of the browser on all devices
from then on.

";
    if let Some(refused) = agreed(MEANS, yes) {
        return refused;
    }
    if let Err(error) = folder.revoke() {
        return super::fail(&error);
    }
    super::print(&format!(
        "The key is destroyed. A server that runs stops using it within a few seconds; write https = \"refuse\" under [page]\nbefore the next start.\n\n{REMOVE}"
    ))
}

/// Asks for a "yes" after saying what it is for. What there is to end with, if it is not given.
fn agreed(means: &str, yes: bool) -> Option<ExitCode> {
    if yes {
        return None;
    }
    let mut out = io::stdout();
    let _ = write!(out, "{means}Type yes to go on: ").and_then(|()| out.flush());
    let mut answer = String::new();
    let _ = io::stdin().lock().read_line(&mut answer);
    if answer.trim().eq_ignore_ascii_case("yes") {
        println!();
        return None;
    }
    println!();
    eprintln!("sekisho: nothing was done, since the answer was not yes. --yes goes on without asking");
    Some(ExitCode::FAILURE)
}

/// What is told of a root, for scripts.
#[derive(Debug, Serialize)]
struct Shown {
    subject: String,
    sha256: String,
    since: String,
    until: String,
    days_left: i64,
    excluded_names: Vec<String>,
    excludes_addresses: bool,
}

fn show(folder: &Folder, json: bool) -> ExitCode {
    let root = match folder.certificate() {
        Ok(root) => root,
        Err(error) => return super::fail(&error),
    };
    let now = OffsetDateTime::now_utc();
    if json {
        return super::print_json(&Shown {
            subject: root.subject().to_owned(),
            sha256: root.fingerprint(),
            since: root.since().date().to_string(),
            until: root.until().date().to_string(),
            days_left: (root.until() - now).whole_days(),
            excluded_names: root.excluded().iter().map(ToString::to_string).collect(),
            excludes_addresses: root.excludes_addresses(),
        });
    }
    let soon = root.ends_soon(now).map(|warning| format!("\nNote: {warning}.\n")).unwrap_or_default();
    let names: Vec<String> = root.excluded().iter().map(|name| format!("  {name}\n")).collect();
    super::print(&format!(
        "{}\nNever for these names and all below them:\n{}{soon}",
        in_words(&root),
        names.concat()
    ))
}

fn in_words(root: &RootCertificate) -> String {
    let addresses = if root.excludes_addresses() { ", and all addresses" } else { "" };
    format!(
        "{}\n  SHA-256   {}\n  holds     {} to {}\n  never for {} names that Sekisho never blocks{addresses}\n",
        root.subject(),
        root.fingerprint(),
        root.since().date(),
        root.until().date(),
        root.excluded().len(),
    )
}

fn export(folder: &Folder, format: Format, output: Option<&Path>) -> ExitCode {
    let root = match folder.certificate() {
        Ok(root) => root,
        Err(error) => return super::fail(&error),
    };
    let octets = match format {
        Format::Pem => form::pem(&root).into_bytes(),
        Format::Der => root.der().to_vec(),
        Format::Mobileconfig => form::profile(&root).into_bytes(),
    };
    let written = match output {
        Some(path) => fs::write(path, &octets),
        None => io::stdout().write_all(&octets),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output.is_none() && error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let path = output.unwrap_or(Path::new("standard output")).display();
            eprintln!("sekisho: {path} cannot be written: {error}. Choose another file with --output");
            ExitCode::FAILURE
        }
    }
}
