//! What the page over https needs: the way that connections go, and the root, which commands make, renew and revoke
//! while the server runs.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::watch, task::spawn_blocking};

use super::StartError;
use crate::{
    authority::{
        Folder,
        door::{Blocks, Door, Mode},
        mint::Mint,
    },
    config::{Config, Https},
    engine::{Engine, Led},
    name::Name,
    policy::{Response, Shape},
    telemetry::Metrics,
};

/// How often it is looked whether there is another root.
const ROOT_AGAIN: Duration = Duration::from_secs(2);

/// How connections are met, as the configuration says.
///
/// # Errors
///
/// If there is no root that can be used, and one is needed.
fn mode(config: &Config) -> Result<Mode, StartError> {
    if config.https != Https::LocalCa {
        return Ok(Mode::Alert);
    }
    let root = Folder::of(&config.state).root()?;
    if let Some(warning) = root.certificate().ends_soon(OffsetDateTime::now_utc()) {
        tracing::warn!("{warning}");
    }
    Ok(Mode::Page(Some(Arc::new(Mint::new(root)?))))
}

/// The same for a changed configuration; `None` where nothing changes.
pub(super) fn changed(running: &Config, changed: &Config) -> Result<Option<Mode>, StartError> {
    if running.https == changed.https || needs_a_restart(running, changed) {
        return Ok(None);
    }
    // The state folder stays the one of the start.
    mode(&Config { state: running.state.clone(), ..changed.clone() }).map(Some)
}

/// Whether sockets would have to be opened or closed.
pub(super) fn needs_a_restart(running: &Config, changed: &Config) -> bool {
    running.https.listens() != changed.https.listens()
}

/// Decides which way connections go, and follows the root from now on.
///
/// # Errors
///
/// If a root is needed, and none can be used.
pub(super) fn door(
    config: &Config,
    engine: &Arc<Engine>,
    metrics: &Arc<Metrics>,
    stopped: &watch::Receiver<bool>,
) -> Result<Arc<Door>, StartError> {
    let door = Arc::new(Door::new(LeadsToThePage(engine.clone()), mode(config)?, metrics.clone()));
    tokio::spawn(follow_root(config.state.clone(), door.clone(), stopped.clone()));
    Ok(door)
}

/// Asks the rules in force.
struct LeadsToThePage(Arc<Engine>);

impl Blocks for LeadsToThePage {
    fn leads_to_the_page(&self, name: &Name, client: IpAddr) -> bool {
        let own = self.0.own_name();
        // Whoever gets no answers is not led anywhere.
        self.0.may_ask(client)
            && *name != own
            && self
                .0
                .why_blocked(name, client, Led::ThisClient, |cause| match cause.response() {
                    Response::Shape(shape) => shape == Shape::Page,
                    // A list's own alias to our name means the page.
                    Response::Data(cause) => cause.alias().is_some_and(|target| target == own),
                    Response::Drop => false,
                })
                .unwrap_or(false)
    }
}

/// Takes up another root when there is one, and stops using one that is gone, damaged, or open to others.
async fn follow_root(state: PathBuf, door: Arc<Door>, mut stopped: watch::Receiver<bool>) {
    let folder = Folder::of(&state);
    // What was seen last, and what was dealt with: files that were just changed may be changed further.
    let (mut seen, mut known) = (None, None);
    loop {
        tokio::select! {
            () = tokio::time::sleep(ROOT_AGAIN) => {}
            _ = stopped.changed() => return,
        }
        if matches!(*door.mode(), Mode::Alert) {
            known = None;
            continue;
        }
        let looking = folder.clone();
        let Ok(stamp) = spawn_blocking(move || looking.stamp()).await else { continue };
        let settled = seen.replace(stamp.clone()).as_ref() == Some(&stamp);
        if !settled || known.as_ref() == Some(&stamp) {
            continue;
        }
        known = Some(stamp);
        let reading = folder.clone();
        if let Ok(read) = spawn_blocking(move || mint(&reading)).await {
            take_up(&door, read);
        }
    }
}

fn take_up(door: &Door, read: Result<Mint, StartError>) {
    match read {
        Ok(mint) => {
            let same = |now: &Arc<Mint>| now.forms().fingerprint == mint.forms().fingerprint;
            // What it remembers stays.
            if door.mode().mint().is_some_and(same) {
                return;
            }
            tracing::info!(fingerprint = mint.forms().fingerprint, "another root certificate is in use");
            door.set(Mode::Page(Some(Arc::new(mint))));
        }
        Err(error) => {
            tracing::error!("the page is not shown over https any more: {error}");
            door.set(Mode::Page(None));
        }
    }
}

fn mint(folder: &Folder) -> Result<Mint, StartError> {
    Ok(Mint::new(folder.root()?)?)
}
