//! The way that a connection over https goes: its `ClientHello`'s name decides.
//!
//! Never a certificate for another name: that would train people to click warnings away. Whoever does not get the page
//! gets the alert that there is no such name here, at once, so that the browser says so and does not wait.

use std::{net::IpAddr, sync::Arc, time::Instant};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use time::OffsetDateTime;
use tokio::task::spawn_blocking;

use super::{
    bucket::{Bucket, Shares},
    mint::{Mint, MintError},
};
use crate::{
    listen::tls::{Way, Ways},
    name::Name,
    telemetry::{HttpsOutcome, Metrics},
};

/// Handshakes for the page in a second. Each costs a signature and a key agreement; without a bound, a script on the network
/// could take the processor from what answers queries.
const HANDSHAKES_A_SECOND: u32 = 100;
/// How many of them, and of new leaves, one client gets: several times what a browser opens for a site, and less than what
/// there is for all.
const OF_ONE_CLIENT: u32 = 8;

/// Knows what is blocked at this moment.
pub trait Blocks: Send + Sync + 'static {
    /// Whether the policy in force leads this client to the page when it asks for this name.
    fn leads_to_the_page(&self, name: &Name, client: IpAddr) -> bool;
}

/// What is done with those who come for a blocked name.
#[derive(Debug, Clone, Default)]
pub enum Mode {
    /// The alert.
    #[default]
    Alert,
    /// The page, with a leaf of this mint; the alert while there is none.
    Page(Option<Arc<Mint>>),
}

impl Mode {
    /// The mint in use, if there is one.
    pub fn mint(&self) -> Option<&Arc<Mint>> {
        match self {
            Self::Page(mint) => mint.as_ref(),
            Self::Alert => None,
        }
    }
}

/// Where a name belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Belongs {
    /// Nowhere: none was named, or none that is a host's.
    Nowhere,
    /// To somebody whom the policy does not block for this client. Our own name is among them as long as nothing is served
    /// there over https.
    Elsewhere,
    /// To somebody whom the policy blocks with a page.
    Blocked(Box<Name>),
}

/// Decides of every connection over https.
pub struct Door {
    blocks: Box<dyn Blocks>,
    mode: ArcSwap<Mode>,
    handshakes: Bucket,
    shares: Shares,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Door {
    /// A door with this mode.
    pub fn new(blocks: impl Blocks, mode: Mode, metrics: Arc<Metrics>) -> Self {
        let (handshakes, shares) = (Bucket::new(HANDSHAKES_A_SECOND), Shares::new(OF_ONE_CLIENT));
        let door = Self { blocks: Box::new(blocks), mode: ArcSwap::default(), handshakes, shares, metrics };
        door.set(mode);
        door
    }

    /// Has another mode from now on.
    pub fn set(&self, mode: Mode) {
        let mint = mode.mint();
        self.metrics.https.root_ends.set(mint.map_or(0, |mint| mint.ends().unix_timestamp()));
        self.metrics.https.leaves.set(mint.map_or(0, |mint| mint.remembered() as i64));
        self.mode.store(Arc::new(mode));
    }

    /// The mode in force.
    pub fn mode(&self) -> Arc<Mode> {
        self.mode.load_full()
    }

    fn belongs(&self, name: Option<&str>, client: IpAddr) -> Belongs {
        let Some(name) = name.and_then(|name| name.parse::<Name>().ok()).filter(|name| !name.is_root())
        else {
            return Belongs::Nowhere;
        };
        if self.blocks.leads_to_the_page(&name, client) {
            Belongs::Blocked(Box::new(name))
        } else {
            Belongs::Elsewhere
        }
    }

    async fn page(
        &self,
        mint: &Arc<Mint>,
        name: Name,
        client: IpAddr,
    ) -> Result<Arc<ServerConfig>, HttpsOutcome> {
        let (now, instant) = (OffsetDateTime::now_utc(), Instant::now());
        if !self.shares.take(client, instant) {
            return Err(HttpsOutcome::Limited);
        }
        let config = match mint.remembered_for(&name, now) {
            Some(config) => config,
            None => self.minted(mint, name, (now, instant)).await?,
        };
        // What gets no certificate costs no handshake.
        if self.handshakes.take(instant) { Ok(config) } else { Err(HttpsOutcome::Limited) }
    }

    async fn minted(
        &self,
        mint: &Arc<Mint>,
        name: Name,
        (now, instant): (OffsetDateTime, Instant),
    ) -> Result<Arc<ServerConfig>, HttpsOutcome> {
        let minting = mint.clone();
        let minted = spawn_blocking(move || minting.mint(&name, now, instant)).await;
        match minted.map_err(|_| HttpsOutcome::Failed)? {
            Ok(config) => {
                self.metrics.https.minted.inc();
                self.metrics.https.leaves.set(mint.remembered() as i64);
                Ok(config)
            }
            Err(MintError::Excluded) => Err(HttpsOutcome::Excluded),
            Err(MintError::Limited) => Err(HttpsOutcome::Limited),
            Err(error @ (MintError::Ended | MintError::Make(_))) => {
                tracing::debug!("{error}");
                Err(HttpsOutcome::Failed)
            }
        }
    }
}

impl Ways for Door {
    async fn way(&self, name: Option<&str>, client: IpAddr) -> Way {
        let outcome = match self.belongs(name, client) {
            Belongs::Nowhere => HttpsOutcome::NoName,
            Belongs::Elsewhere => HttpsOutcome::NotBlocked,
            Belongs::Blocked(name) => match self.mode().mint() {
                None => HttpsOutcome::Alert,
                Some(mint) => match self.page(mint, *name, client).await {
                    Ok(config) => return Way::Page(config),
                    Err(outcome) => outcome,
                },
            },
        };
        Way::Alert(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Root;

    /// Blocks everything.
    struct All;

    impl Blocks for All {
        fn leads_to_the_page(&self, _: &Name, _: IpAddr) -> bool {
            true
        }
    }

    #[tokio::test]
    async fn one_client_does_not_take_the_certificates_of_another() {
        let metrics = Metrics::new([]).unwrap();
        let mint = Mint::new(Root::make(OffsetDateTime::now_utc()).unwrap()).unwrap();
        let door = Door::new(All, Mode::Page(Some(Arc::new(mint))), metrics);
        let mut limited = 0;
        for at in 0..50 {
            let way = door.way(Some(&format!("a{at}.example")), IpAddr::from([192, 0, 2, 1])).await;
            limited += u32::from(matches!(way, Way::Alert(HttpsOutcome::Limited)));
        }
        assert!(limited > 0, "fifty names at once are too many");
        let way = door.way(Some("b.example"), IpAddr::from([192, 0, 2, 2])).await;
        assert!(matches!(way, Way::Page(_)), "{way:?}");
    }

    #[tokio::test]
    async fn what_is_no_name_of_a_host_gets_the_alert() {
        let door = Door::new(All, Mode::Alert, Metrics::new([]).unwrap());
        for name in [None, Some(""), Some("."), Some("a..b")] {
            let way = door.way(name, IpAddr::from([192, 0, 2, 1])).await;
            assert!(matches!(way, Way::Alert(HttpsOutcome::NoName)), "{name:?}: {way:?}");
        }
    }
}
