//! The queue of requests to lift a block, and what was decided of them. Who asks is at a screen that somebody else may be
//! steering, so asking decides nothing: it is bounded, and waits for a decision that is made elsewhere.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use super::Lifts;
use crate::{
    limit::{Limit, Now},
    name::Name,
};

/// The most requests, decided ones among them.
pub const MOST: usize = 100;
/// The most that wait for one client.
pub const MOST_WAITING_FOR_A_CLIENT: usize = 5;
/// The most that wait for all clients of one IPv6 network of 64 bits, in which a device can give itself any number of
/// addresses: a home's own is such a network too, and others still find room.
pub const MOST_WAITING_FOR_A_NETWORK: usize = 40;
/// How long a request waits for a decision before it is dropped.
pub const WAITS: Duration = Duration::from_hours(7 * 24);
/// How long a refusal is remembered, so that the same is not asked again and again.
pub const REFUSED_FOR: Duration = Duration::from_hours(24);
/// The longest approval.
pub const LONGEST: Duration = Duration::from_hours(7 * 24);
/// Lists that a request names at most.
const MOST_LISTS: usize = 5;
/// The category whose names are lifted after a delay.
pub const SCAM: &str = "scam";

/// Why a name is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocked {
    /// The lists that name it.
    pub lists: Vec<String>,
    /// What kind of name it is: [`SCAM`] if any of the lists says so.
    pub category: String,
    /// Whether a rule of the operator's own blocks it, which no approval lifts.
    pub own: bool,
}

/// What comes of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is in the queue.
    Taken {
        /// How long after an approval the name would still be blocked.
        waiting: Duration,
    },
    /// It was there already, and waits.
    AlreadyWaiting,
    /// It was refused not long ago.
    AlreadyRefused,
    /// It was approved.
    AlreadyApproved {
        /// When that is in force; zero if it is.
        starts_in: Duration,
        /// When it ends.
        ends_in: Duration,
    },
    /// The name is not blocked for this client.
    NotBlocked,
    /// A rule of the operator's own blocks the name, and stands above approvals.
    OwnRule,
    /// The queue is full.
    Full,
    /// As much waits for this client as may.
    TooMany,
}

impl Asked {
    /// All labels.
    pub const LABELS: [&str; 8] =
        ["taken", "waiting", "refused", "approved", "not_blocked", "own_rule", "full", "too_many"];

    /// The word for it in metrics.
    pub const fn label(&self) -> &'static str {
        let index = match self {
            Self::Taken { .. } => 0,
            Self::AlreadyWaiting => 1,
            Self::AlreadyRefused => 2,
            Self::AlreadyApproved { .. } => 3,
            Self::NotBlocked => 4,
            Self::OwnRule => 5,
            Self::Full => 6,
            Self::TooMany => 7,
        };
        Self::LABELS[index]
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// By which it is decided.
    pub id: u32,
    /// Who asks.
    pub client: IpAddr,
    /// For which name.
    pub name: Box<Name>,
    /// Why it was blocked.
    pub blocked: Blocked,
    /// When it was asked, by the calendar of that moment.
    pub asked: SystemTime,
    /// What was decided.
    pub state: State,
}

/// What was decided of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Waiting {
        /// When it is dropped.
        dropped: Limit,
    },
    /// It is granted.
    Approved {
        /// Whether for every client.
        everyone: bool,
        /// When that begins.
        starts: Limit,
        /// When it ends.
        ends: Limit,
    },
    /// It is not granted.
    Refused {
        /// When it may be asked again.
        forgotten: Limit,
    },
}

/// What an operator grants.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// How long, from when it begins.
    pub length: Duration,
    /// Whether for every client.
    pub everyone: bool,
    /// How long after the approval a name of the category [`SCAM`] is lifted.
    pub delay: Duration,
}

/// There is no such request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no request {0}. `sekisho requests` shows those that there are")]
pub struct NoRequest(pub u32);

/// All requests, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    requests: Vec<Request>,
    last: u32,
}

impl State {
    fn limits_mut(&mut self) -> impl Iterator<Item = &mut Limit> {
        let (first, second) = match self {
            Self::Waiting { dropped: limit } | Self::Refused { forgotten: limit } => (limit, None),
            Self::Approved { starts, ends, .. } => (ends, Some(starts)),
        };
        std::iter::once(first).chain(second)
    }

    /// When it is over, and, of what has not begun yet, when that is.
    fn limits(&self) -> (Limit, Option<Limit>) {
        match *self {
            Self::Waiting { dropped: limit } | Self::Refused { forgotten: limit } => (limit, None),
            Self::Approved { starts, ends, .. } => (ends, Some(starts)),
        }
    }
}

impl Request {
    /// Whether it is in force.
    fn lifts(&self, now: Now) -> bool {
        matches!(self.state, State::Approved { starts, ends, .. } if starts.is_over(now) && !ends.is_over(now))
    }

    fn is_for_everyone(&self) -> bool {
        matches!(self.state, State::Approved { everyone: true, .. })
    }
}

/// Whether two addresses are of one IPv6 network of 64 bits.
fn is_near(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V6(one), IpAddr::V6(other)) => one.segments()[..4] == other.segments()[..4],
        _ => false,
    }
}

impl Requests {
    /// Those that a file has, by whose number the next one is counted. What is too much is left out.
    pub fn of(mut requests: Vec<Request>, last: u32, now: Now) -> Self {
        requests.truncate(MOST);
        let last = requests.iter().map(|request| request.id).fold(last, u32::max);
        let mut read = Self { requests, last };
        read.end_what_is_over(now);
        read
    }

    /// All, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// One of them.
    pub fn get(&self, id: u32) -> Option<&Request> {
        self.requests.iter().find(|request| request.id == id)
    }

    /// The number that the last one has.
    pub const fn last(&self) -> u32 {
        self.last
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.requests.iter().filter(|request| matches!(request.state, State::Waiting { .. })).count()
    }

    /// A client asks for a name, which is blocked for it for that reason, if it is. `delay` is what a name of the category
    /// [`SCAM`] waits after an approval. What is over has been taken out before.
    pub fn ask(
        &mut self,
        client: IpAddr,
        name: &Name,
        blocked: Option<Blocked>,
        delay: Duration,
        now: Now,
    ) -> Asked {
        let client = client.to_canonical();
        let same_name = || self.requests.iter().filter(|request| *request.name == *name);
        let own = same_name().find(|request| request.client == client);
        let granted = same_name().filter(|request| request.client == client || request.is_for_everyone());
        let granted = granted.map(|request| request.state).filter_map(|state| match state {
            State::Approved { starts, ends, .. } => Some((starts.left(now), ends.left(now))),
            _ => None,
        });
        if let Some((starts_in, ends_in)) = granted.min() {
            return Asked::AlreadyApproved { starts_in, ends_in };
        }
        let Some(mut blocked) = blocked else { return Asked::NotBlocked };
        if blocked.own {
            return Asked::OwnRule;
        }
        match own.map(|request| request.state) {
            Some(State::Waiting { .. }) => return Asked::AlreadyWaiting,
            Some(_) => return Asked::AlreadyRefused,
            None => {}
        }
        let waiting = |who: &dyn Fn(IpAddr) -> bool| {
            let waits =
                |request: &&Request| matches!(request.state, State::Waiting { .. }) && who(request.client);
            self.requests.iter().filter(waits).count()
        };
        if waiting(&|other| other == client) >= MOST_WAITING_FOR_A_CLIENT
            || waiting(&|other| is_near(other, client)) >= MOST_WAITING_FOR_A_NETWORK
        {
            return Asked::TooMany;
        }
        if !self.make_room() {
            return Asked::Full;
        }
        let waiting = if blocked.category == SCAM { delay } else { Duration::ZERO };
        blocked.lists.truncate(MOST_LISTS);
        // Past the last number it begins anew: requests of so long ago are gone.
        self.last = self.last.checked_add(1).unwrap_or(1);
        let state = State::Waiting { dropped: Limit::after(WAITS, now) };
        let (id, name, asked) = (self.last, Box::new(name.clone()), now.calendar);
        self.requests.push(Request { id, client, name, blocked, asked, state });
        Asked::Taken { waiting }
    }

    /// Forgets the oldest refusal where there is no room.
    fn make_room(&mut self) -> bool {
        if self.requests.len() < MOST {
            return true;
        }
        let refused = self.requests.iter().position(|known| matches!(known.state, State::Refused { .. }));
        refused.is_some_and(|at| {
            self.requests.remove(at);
            true
        })
    }

    /// Grants a request; `blocked` is why the name is blocked now, if it is. Gives the request, and in how long it is in
    /// force.
    ///
    /// # Errors
    ///
    /// If there is no such request.
    pub fn approve(
        &mut self,
        id: u32,
        grant: Grant,
        blocked: Option<Blocked>,
        now: Now,
    ) -> Result<(&Request, Duration), NoRequest> {
        let request = self.get_mut(id).ok_or(NoRequest(id))?;
        if let Some(blocked) = blocked {
            request.blocked = blocked;
            request.blocked.lists.truncate(MOST_LISTS);
        }
        let Grant { length, everyone, delay } = grant;
        let whole = if request.blocked.category == SCAM { delay } else { Duration::ZERO };
        let delay = match request.state {
            // What was waited for already counts, unless it is for more people now.
            State::Approved { everyone: before, starts, .. } if before || !everyone => {
                whole.min(starts.left(now))
            }
            _ => whole,
        };
        let (starts, ends) = (Limit::after(delay, now), Limit::after(delay + length.min(LONGEST), now));
        request.state = State::Approved { everyone, starts, ends };
        Ok((request, delay))
    }

    /// Refuses a request, or takes an approval back. Gives what was decided of it before.
    ///
    /// # Errors
    ///
    /// If there is no such request.
    pub fn refuse(&mut self, id: u32, now: Now) -> Result<State, NoRequest> {
        let request = self.get_mut(id).ok_or(NoRequest(id))?;
        let state = State::Refused { forgotten: Limit::after(REFUSED_FOR, now) };
        Ok(std::mem::replace(&mut request.state, state))
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut Request> {
        self.requests.iter_mut().find(|request| request.id == id)
    }

    /// Takes out what is over, and gives it.
    pub fn end_what_is_over(&mut self, now: Now) -> Vec<Request> {
        self.requests.extract_if(.., |request| request.state.limits().0.is_over(now)).collect()
    }

    /// How many are in force.
    pub fn in_force(&self, now: Now) -> usize {
        self.requests.iter().filter(|request| request.lifts(now)).count()
    }

    /// What is lifted now.
    pub fn lifts(&self, now: Now) -> Lifts {
        let mut lifts = Lifts::default();
        for request in self.requests.iter().filter(|request| request.lifts(now)) {
            lifts.add(&request.name, (!request.is_for_everyone()).then_some(request.client));
        }
        lifts
    }

    /// How long until something begins or ends.
    pub fn next_change(&self, now: Now) -> Option<Duration> {
        let left = self.requests.iter().flat_map(|request| {
            let (over, starts) = request.state.limits();
            let starts = starts.filter(|starts| !starts.is_over(now));
            std::iter::once(over).chain(starts).map(|limit| limit.left(now))
        });
        left.min()
    }

    /// Whether the calendar was set, so that what a file says is no longer true.
    pub fn has_drifted(&self, now: Now) -> bool {
        self.requests.iter().any(|request| {
            let (over, starts) = request.state.limits();
            // What has begun has no moment in the future that could be wrong.
            let starts = starts.filter(|starts| !starts.is_over(now));
            std::iter::once(over).chain(starts).any(|limit| limit.has_drifted(now))
        })
    }

    /// Has `write` given every request, whose limits are told by the calendar as it is now.
    pub fn written<T>(&mut self, now: Now, write: impl Fn(&Request) -> T) -> Vec<T> {
        let written = self.requests.iter_mut().map(|request| {
            request.state.limits_mut().for_each(|limit| {
                limit.write(now);
            });
            write(request)
        });
        written.collect()
    }
}

#[cfg(test)]
#[path = "requests/tests.rs"]
mod tests;
