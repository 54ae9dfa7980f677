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

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::lists::{own::Kind, status::ListStatus};

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
    /// To tell how each list is.
    Lists {
        /// Whether it is to be counted what no other list has, which goes through all names.
        alone: bool,
    },
    /// To fetch lists now: those with these names, or all.
    UpdateLists {
        /// Their names.
        names: Vec<String>,
    },
    /// To take over what is held of a list.
    AcceptList {
        /// Its name.
        name: String,
    },
    /// To tell what the last publication of a list changed.
    ListChanges {
        /// Its name.
        name: String,
    },
    /// To find names of lists that contain a text.
    SearchLists {
        /// The text.
        text: String,
        /// How many names are told at most.
        most: usize,
    },
    /// To take the subscriptions that are chosen now.
    ChosenLists,
    /// To tell the requests to unblock.
    Requests,
    /// To grant one.
    ApproveRequest {
        /// Its number.
        id: u32,
        /// How long, in seconds, from when it is in force.
        seconds: u64,
        /// Whether for every client.
        everyone: bool,
    },
    /// To refuse one, or to take its approval back.
    RefuseRequest {
        /// Its number.
        id: u32,
    },
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
    /// How each list is.
    Lists(Vec<ListStatus>),
    /// Names that were found.
    Found(Found),
    /// Requests to unblock.
    Requests(Vec<UnblockRequest>),
}

/// Names of lists that contain a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The first of them.
    pub names: Vec<FoundName>,
    /// Whether there are more.
    pub more: bool,
}

/// A name of lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundName {
    /// The name.
    pub name: String,
    /// The lists that have it.
    pub lists: Vec<String>,
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
    /// Whether it counts: no other rule for the same names stands above it.
    pub in_force: bool,
}

/// A request to unblock a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnblockRequest {
    /// By which it is decided.
    pub id: u32,
    /// The address that asked.
    pub client: IpAddr,
    /// The name.
    pub name: String,
    /// The category of the lists that name it.
    pub category: String,
    /// These lists.
    pub lists: Vec<String>,
    /// When it was asked, in RFC 3339.
    pub asked: String,
    /// What was decided.
    pub state: RequestState,
    /// Whether it is granted to every client.
    pub everyone: bool,
    /// How long until an approval is in force, in seconds; 0 once it is.
    pub seconds_to_start: Option<u64>,
    /// How long the state lasts, in seconds.
    pub seconds_left: u64,
    /// When it ends, in RFC 3339.
    pub until: String,
}

/// What was decided of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestState {
    /// Nothing yet.
    Waiting,
    /// It is granted.
    Approved,
    /// It is not granted.
    Refused,
}
