//! `sekisho serve`: starts the server, says where it is and how to try it, and waits for the signal to stop.

use std::{fmt::Write, net::SocketAddr, path::Path, process::ExitCode};

use crate::{
    app::{self, App, Summary, service},
    config::{Config, ConfigFile},
    listen::handover::Inherited,
    lists::store::Fetched,
    telemetry::LogLevel,
};

pub(super) fn run(config: Config, file: Option<ConfigFile>) -> ExitCode {
    let log = LogLevel::begin(config.log_level.0);
    // Before anything else is opened: what was handed over has low numbers.
    let inherited = Inherited::take();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return super::fail(&error),
    };
    let done = runtime.block_on(serve(config, file, log, inherited));
    // Upstream servers that are still being waited for are nobody's concern any more.
    runtime.shutdown_background();
    done
}

async fn serve(config: Config, file: Option<ConfigFile>, log: LogLevel, inherited: Inherited) -> ExitCode {
    // Before anything is served, so that no signal is missed.
    let mut signals = Signals::new();
    let mut app = match App::start(config, log, inherited) {
        Ok(app) => app,
        Err(error) => return super::fail(&error),
    };
    let (dns, own_name) = (app.summary().dns.clone(), app.own_name());
    if service::is_there()
        && let Err(error) = service::answers(&dns, &own_name).await
    {
        return super::fail(&error);
    }
    let path = file.as_ref().map(|file| file.path().to_owned());
    let said = super::print(&announce(app.summary(), path.as_deref()));
    if said != ExitCode::SUCCESS {
        return said;
    }
    if let Some(file) = file
        && let Err(error) = app.follow(file)
    {
        return super::fail(&error);
    }
    service::status(&app.status());
    service::ready();
    let watched = tokio::spawn(service::watch_over(dns, own_name));
    while signals.next().await == Signal::ReadAgain {
        service::reloading();
        tokio::task::block_in_place(|| app.read_again());
        service::ready();
    }
    service::stopping();
    watched.abort();
    app.stop().await;
    ExitCode::SUCCESS
}

/// What the process can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// To stop: Ctrl-C, or a service manager's SIGTERM.
    Stop,
    /// To read the configuration again: SIGHUP.
    ReadAgain,
}

/// The signals that are listened for.
#[cfg(unix)]
struct Signals(Option<[tokio::signal::unix::Signal; 3]>);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [Ok(terminate), Ok(interrupt), Ok(hangup)] = kinds.map(signal) else { return Self(None) };
        Self(Some([terminate, interrupt, hangup]))
    }

    async fn next(&mut self) -> Signal {
        let Some([terminate, interrupt, hangup]) = &mut self.0 else {
            let _ = tokio::signal::ctrl_c().await;
            return Signal::Stop;
        };
        tokio::select! {
            _ = terminate.recv() => Signal::Stop,
            _ = interrupt.recv() => Signal::Stop,
            _ = hangup.recv() => Signal::ReadAgain,
        }
    }
}

/// Ctrl-C, where there are no signals.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> Signal {
        let _ = tokio::signal::ctrl_c().await;
        Signal::Stop
    }
}

/// What a person who just started it wants to know.
fn announce(summary: &Summary, path: Option<&Path>) -> String {
    let mut text = format!("Sekisho {}\n", env!("CARGO_PKG_VERSION"));
    // Writing into a string cannot fail.
    let mut line = |what: &str, said: String| {
        let _ = writeln!(text, "  {what:<9}{said}");
    };
    if let Some(path) = path {
        line("config", path.display().to_string());
    }
    for address in &summary.dns {
        line("DNS", format!("{address}  (UDP and TCP)"));
    }
    for address in &summary.page {
        line("page", format!("http://{address}/"));
    }
    for address in &summary.page_https {
        line("https", address.to_string());
    }
    for address in &summary.metrics {
        line("metrics", format!("http://{address}/metrics"));
    }
    line("upstream", summary.upstream.join(", "));
    let lists = summary.lists.iter().filter(|(_, rules)| *rules > 0 || summary.fetched.of == 0);
    let lists: Vec<String> = lists.map(|(name, rules)| format!("{name}: {rules}")).collect();
    let of_lists = if lists.is_empty() { String::new() } else { format!("  ({})", lists.join(", ")) };
    line("blocking", format!("{} names{of_lists}", summary.names));
    if let Some(fetched) = fetched(summary) {
        line("lists", fetched);
    }
    text.push('\n');
    text.push_str(&how_to_try(summary));
    match (summary.protects, summary.fetched.of, summary.offline) {
        (true, _, _) => {}
        (false, 0, _) => text.push_str(NOT_PROTECTED),
        (false, _, false) => text.push_str(&not_yet_fetched(summary)),
        (false, _, true) => text.push_str(OFFLINE),
    }
    text.push_str("Ready. Ctrl-C stops it.\n");
    text
}

/// How many of the lists that are fetched are there.
fn fetched(summary: &Summary) -> Option<String> {
    let Fetched { have, of } = summary.fetched;
    (of > 0).then(|| {
        let yet = if summary.protects { "" } else { ": you are not yet protected" };
        format!("{have} of {of} fetched{yet}  (sekisho lists)")
    })
}

fn not_yet_fetched(summary: &Summary) -> String {
    let meanwhile =
        if summary.names == 0 { "nothing\nis blocked" } else { "only\nnames for trying are blocked" };
    format!(
        "\
You are not yet protected: the lists are being fetched, which takes a minute where the internet is reached. Until then {meanwhile}. `sekisho lists` shows how far it is, and on what terms each list may be used.

"
    )
}

fn how_to_try(summary: &Summary) -> String {
    let Some(address) = summary.dns.first().map(|address| app::reachable(*address)) else {
        return String::new();
    };
    let dig = |name: &str| dig_line(address, name);
    let mut text = "Try it:\n".to_owned();
    if let Some(blocked) = &summary.example {
        let _ = writeln!(text, "  {}    # blocked: leads to the page", dig(&blocked.to_string()));
    }
    let _ = writeln!(text, "  {}    # an ordinary name", dig("www.example.com"));
    if let Some(page) = summary.page.first() {
        let page = app::reachable(*page);
        let _ = writeln!(text, "  http://{page}/    # the page, in a browser");
        if page.port() != 80 {
            text.push_str("Browsers that are led to the page look for it on port 80; set [page] listen to it when you go into service.\n");
        }
    }
    text.push('\n');
    text
}

fn dig_line(address: SocketAddr, name: &str) -> String {
    match address.port() {
        53 => format!("dig @{} {name}", address.ip()),
        port => format!("dig @{} -p {port} {name}", address.ip()),
    }
}

const OFFLINE: &str = "\
You are not yet protected: lists have never been fetched, and this server fetches none. Start it without --offline, or
give a real list with --list FILE, or under [[list]] in sekisho.toml.

";

const NOT_PROTECTED: &str = "\
You are not yet protected: the bundled list has only names for trying. Have a real list fetched (`sekisho lists catalogue`
shows public ones and their terms, `sekisho lists add NAME` adds one), or give one with --list FILE or in sekisho.toml.

";
