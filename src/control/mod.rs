//! What commands say to a server that runs, over a socket in its state folder: `STATE/control.sock`, which only the
//! server's own user may use, and root.
//!
//! A connection carries one [`Request`] and its [`Reply`], each a JSON object on a line. It is an inner matter of one
//! version of the program: scripts use the commands with `--json`.
//!
//! - here: what is said;
//! - [`client`]: a command's side;
//! - [`server`]: the server's.

pub mod client;
#[cfg(unix)]
pub mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::lists::own::Kind;

/// The longest line that either side takes, in octets.
const LONGEST: u64 = 8 << 20;
/// What the socket is called.
const SOCKET: &str = "control.sock";

/// Where the socket of a server with this state folder is.
pub fn socket(state: &Path) -> PathBuf {
    state.join(SOCKET)
}

/// What a server is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// To make a rule of the operator's own, in place of another for the same name.
    SetRule {
        /// What it does.
        kind: Kind,
        /// What it speaks of, as people write it.
        rule: String,
        /// How long it lasts, in seconds; for good if that is not said.
        seconds: Option<u64>,
    },
    /// To take such a rule back.
    RemoveRule {
        /// What it speaks of.
        rule: String,
    },
    /// To tell the operator's own rules.
    Rules,
    /// To block nothing for a time.
    Pause {
        /// How long, in seconds.
        seconds: u64,
    },
    /// To end that.
    Resume,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// It is done; a sentence says what.
    Done(String),
    /// It is not done; a sentence says why, and what to do.
    Refused(String),
    /// The operator's own rules.
    Rules(Rules),
}

/// The operator's own rules, as they are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How long nothing is blocked, in seconds from now.
    pub paused_seconds: Option<u64>,
    /// Those that commands made, in the order in which they were made, and behind them those of the configuration.
    pub rules: Vec<Rule>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it does.
    pub kind: Kind,
    /// What it speaks of.
    pub rule: String,
    /// When it was made, in RFC 3339; nothing for a rule of the configuration.
    pub since: Option<String>,
    /// How long it still lasts, in seconds; for good if that is not said.
    pub seconds_left: Option<u64>,
}
