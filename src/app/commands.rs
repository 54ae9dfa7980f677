//! What commands ask of a server that runs, handed to the part that does it.

use std::sync::Arc;

use super::own::OwnRulesKeeper;
use crate::control::{Reply, Request};

/// The parts that can be asked.
#[derive(Debug)]
pub(super) struct Commands {
    pub(super) own: Arc<OwnRulesKeeper>,
}

#[cfg(unix)]
impl crate::control::server::Handler for Commands {
    fn handle(&self, request: Request) -> Reply {
        let done = match request {
            Request::SetRule { kind, rule, seconds } => self.own.set(kind, &rule, seconds),
            Request::RemoveRule { rule } => self.own.remove(&rule),
            Request::Pause { seconds } => self.own.pause(seconds),
            Request::Resume => self.own.resume(),
            Request::Rules => return self.own.rules().map_or_else(Reply::Refused, Reply::Rules),
        };
        done.map_or_else(Reply::Refused, Reply::Done)
    }
}
