//! `sekisho requests`: requests to unblock that were made on the page, and what is decided of them. Deciding is done here
//! and never on the page, since whoever caused the fright may be steering that screen.

use std::{fmt::Write, process::ExitCode, time::Duration};

use clap::Subcommand;

use super::{left, rules};
use crate::{
    config::Config,
    control::{Reply, Request, RequestState, UnblockRequest, client},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show all requests, and what was decided (the default)
    List,
    /// Let the name through, for the device that asked
    Approve {
        /// The request's number
        id: u32,
        /// How long: 30m, 2h, at most 7d
        #[arg(long = "for", value_name = "TIME", value_parser = rules::time, default_value = "1h")]
        length: Duration,
        /// For every device, not only for the one that asked
        #[arg(long)]
        everyone: bool,
    },
    /// Do not let the name through; takes an approval back, too
    Refuse {
        /// The request's number
        id: u32,
    },
}

#[derive(serde::Serialize)]
struct Shown {
    requests: Vec<UnblockRequest>,
}

pub(super) fn run(config: &Config, command: Option<&Command>, json: bool) -> ExitCode {
    let request = match command {
        None | Some(Command::List) => Request::Requests,
        Some(Command::Approve { id, length, everyone }) => {
            Request::ApproveRequest { id: *id, seconds: length.as_secs(), everyone: *everyone }
        }
        Some(Command::Refuse { id }) => Request::RefuseRequest { id: *id },
    };
    match client::ask(&config.state, &request) {
        Ok(Reply::Requests(requests)) if json => super::print_json(&Shown { requests }),
        Ok(Reply::Requests(requests)) => super::print(&shown(&requests)),
        Ok(Reply::Done(text)) if json => super::print_json(&serde_json::json!({ "done": text.trim_end() })),
        other => rules::told(other),
    }
}

fn shown(requests: &[UnblockRequest]) -> String {
    if requests.is_empty() {
        return "Nobody has asked for a name to be unblocked.\n".into();
    }
    let mut text = String::new();
    for request in requests {
        let UnblockRequest { id, client, name, category, lists, asked, .. } = request;
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{id}  {name}  asked by {client} at {asked}");
        let lists = if lists.is_empty() { String::new() } else { format!(" by {}", lists.join(", ")) };
        let _ = writeln!(text, "   listed as {category}{lists}");
        let _ = writeln!(text, "   {}", decided(request));
    }
    text
}

fn decided(request: &UnblockRequest) -> String {
    let UnblockRequest { state, everyone, seconds_to_start, seconds_left, until, .. } = request;
    let whom = if *everyone { "every client" } else { "this client" };
    let over = left(*seconds_left);
    match (state, seconds_to_start) {
        (RequestState::Waiting, _) => format!("waits for a decision; dropped in {over}"),
        (RequestState::Refused, _) => format!("refused; forgotten in {over}"),
        (RequestState::Approved, Some(seconds @ 1..)) => {
            format!("approved for {whom}, in force in {}; ends in {over}, at {until}", left(*seconds))
        }
        (RequestState::Approved, _) => format!("approved for {whom}, in force; ends in {over}, at {until}"),
    }
}
