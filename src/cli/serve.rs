//! `sekisho serve`: starts the server, says where it is and how to try it, and waits for the signal to stop.

use std::{fmt::Write, net::SocketAddr, path::Path, process::ExitCode};

use crate::{
    app::{self, App, Summary},
    config::Config,
};

pub(super) fn run(config: &Config, path: Option<&Path>) -> ExitCode {
    log_to_stderr(config);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return super::fail(&error),
    };
    runtime.block_on(async {
        // Before anything is served, so that no signal is missed.
        let signal = stop_signal();
        let app = match App::start(config) {
            Ok(app) => app,
            Err(error) => return super::fail(&error),
        };
        let said = super::print(&announce(app.summary(), path));
        if said != ExitCode::SUCCESS {
            return said;
        }
        signal.await;
        app.stop().await;
        ExitCode::SUCCESS
    })
}

/// Libraries are kept quiet: hickory's log lines have query names in them, and those are nobody's business.
fn log_to_stderr(config: &Config) {
    let filter = format!(
        "warn,hickory_net=off,hickory_proto=off,hickory_resolver=off,hickory_server=off,sekisho={}",
        config.log_level.0
    );
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // Somebody who has set a subscriber already, as a test may, keeps it.
    let _ = subscriber.try_init();
}

/// Ends when the process is told to stop: Ctrl-C, or a service manager's SIGTERM.
fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    #[cfg(unix)]
    let hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    #[cfg(unix)]
    let interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    async move {
        #[cfg(unix)]
        if let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = (terminate, interrupt, hangup) {
            loop {
                tokio::select! {
                    _ = terminate.recv() => return,
                    _ = interrupt.recv() => return,
                    // A terminal that closed, or somebody who wants a reload: neither is a reason to stop.
                    _ = hangup.recv() => tracing::info!("SIGHUP: lists are followed by themselves; sekisho.toml is read at the start"),
                }
            }
        }
        let _ = tokio::signal::ctrl_c().await;
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
    for address in &summary.metrics {
        line("metrics", format!("http://{address}/metrics"));
    }
    line("upstream", summary.upstream.join(", "));
    let lists: Vec<String> = summary.lists.iter().map(|(name, rules)| format!("{name}: {rules}")).collect();
    line("blocking", format!("{} names  ({})", summary.names, lists.join(", ")));
    text.push('\n');
    text.push_str(&how_to_try(summary));
    if !summary.protects {
        text.push_str(NOT_PROTECTED);
    }
    text.push_str("Ready. Ctrl-C stops it.\n");
    text
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

const NOT_PROTECTED: &str = "\
You are not yet protected: the bundled list has only names for trying. Give a real list with --list FILE, or under
[[list]] in sekisho.toml; lists/sources.toml says where public ones are.

";
