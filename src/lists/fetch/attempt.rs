//! One URL, from its first request to the last octet of what it gives.

use std::{
    cell::Cell,
    io::{self, Read},
};

use ring::digest;
use tokio::runtime::Runtime;

use super::{
    Progress, Settings, Target, Validators,
    body::Body,
    coding::Coding,
    exchange::{Answer, Exchange, Response},
    fault::Fault,
    url::ListUrl,
};

/// So much is decompressed and written at once.
const PIECE: usize = 64 << 10;

/// What is compressed may become so many times as long. Lists become some three to twenty times.
pub(super) const MOST_UNPACKED: u64 = 200;
/// So many octets are never out of proportion.
const IN_PROPORTION: u64 = 16 << 20;

/// One URL of a list being fetched.
pub(super) struct Attempt<'a> {
    pub(super) settings: &'a Settings,
    pub(super) runtime: &'a Runtime,
    pub(super) exchange: Exchange<'a>,
    pub(super) into: &'a mut dyn Target,
    pub(super) tell: &'a mut dyn FnMut(Progress),
}

/// What has been written.
pub(super) struct Written {
    pub(super) validators: Validators,
    pub(super) octets: u64,
    pub(super) sha256: [u8; 32],
}

/// Why a URL did not give the list.
pub(super) enum Failure {
    /// Another may.
    Url(Fault),
    /// No other will.
    Write(io::Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Url(fault)
    }
}

impl Attempt<'_> {
    /// `None` if nothing has changed.
    pub(super) fn run(&mut self, plain_http: bool) -> Result<Option<Written>, Failure> {
        if !plain_http && self.exchange.way.first().is_some_and(ListUrl::is_plain) {
            return Err(Fault::Plain.into());
        }
        match self.runtime.block_on(self.exchange.run())? {
            Answer::Unchanged => Ok(None),
            Answer::New(response) => self.write(response).map(Some),
        }
    }

    fn write(&mut self, response: Response) -> Result<Written, Failure> {
        let from = self.exchange.way.last().ok_or(Fault::Nowhere)?;
        let validators = Validators::of(from, &response.headers);
        let coding = Coding::of(&response.headers)?;
        self.into.start_over().map_err(Failure::Write)?;
        let limit = self.settings.largest_sent;
        let body = Body::new(self.runtime, response, self.exchange.patience, limit, self.tell)?;
        let limit = self.settings.largest;
        if coding == Coding::Identity && body.total().is_some_and(|total| total > limit) {
            return Err(Fault::TooLarge { limit }.into());
        }
        let read = body.read_so_far();
        let mut text = coding.read(body).map_err(|error| broken(coding, error))?;
        let (octets, sha256) = copy((&mut text, &read), self.into, limit, coding)?;
        Ok(Written { validators, octets, sha256 })
    }
}

/// Copies everything, unless it is more than `limit` octets, or out of proportion to what has been `read` for it: how many
/// there were, and their SHA-256.
fn copy(
    (from, read): (&mut dyn Read, &Cell<u64>),
    into: &mut dyn Target,
    limit: u64,
    coding: Coding,
) -> Result<(u64, [u8; 32]), Failure> {
    let mut buffer = vec![0; PIECE];
    let mut digest = digest::Context::new(&digest::SHA256);
    let mut octets = 0;
    loop {
        let piece = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => &buffer[..count],
            Err(error) => return Err(broken(coding, error).into()),
        };
        octets += piece.len() as u64;
        if octets > limit {
            return Err(Fault::TooLarge { limit }.into());
        }
        if octets > IN_PROPORTION && octets > read.get().saturating_mul(MOST_UNPACKED) {
            return Err(Fault::Bomb.into());
        }
        digest.update(piece);
        into.write_all(piece).map_err(Failure::Write)?;
    }
    into.flush().map_err(Failure::Write)?;
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest.finish().as_ref());
    Ok((octets, sha256))
}

/// What is wrong with a body: with how it came, or with how it was compressed.
fn broken(coding: Coding, error: io::Error) -> Fault {
    error
        .downcast::<Fault>()
        .unwrap_or_else(|error| Fault::Damaged { coding: coding.name(), problem: error.to_string() })
}
