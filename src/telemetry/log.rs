//! The log: lines on standard error, at a level that can change while the program runs.

use std::fmt;

use tracing_subscriber::{
    EnvFilter, Registry, fmt as lines,
    layer::SubscriberExt,
    reload::{self, Handle},
    util::SubscriberInitExt,
};

/// Sets the level of the log.
#[derive(Clone)]
pub struct LogLevel(Option<Handle<EnvFilter, Registry>>);

impl fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogLevel")
    }
}

impl LogLevel {
    /// Begins to log. Whoever has set another subscriber before, as a test may, keeps it.
    pub fn begin(level: tracing::Level) -> Self {
        let (filter, handle) = reload::Layer::new(filter(level));
        // A service manager's journal notes the time itself, and shows no colours.
        let journal = std::env::var_os("JOURNAL_STREAM").is_some();
        let lines = lines::layer()
            .with_writer(std::io::stderr)
            .with_target(false)
            .with_ansi(!journal && wants_colours());
        let begun = if journal {
            tracing_subscriber::registry().with(filter).with(lines.without_time()).try_init()
        } else {
            tracing_subscriber::registry().with(filter).with(lines).try_init()
        };
        Self(begun.is_ok().then_some(handle))
    }

    /// A log that nobody began: setting its level does nothing.
    pub const fn none() -> Self {
        Self(None)
    }

    /// From now on.
    pub fn set(&self, level: tracing::Level) {
        if let Some(handle) = &self.0 {
            // Fails only once the subscriber is gone, which is when the process is.
            let _ = handle.reload(filter(level));
        }
    }
}

/// Libraries are kept quiet: hickory's log lines have query names in them, and those are nobody's business.
fn filter(level: tracing::Level) -> EnvFilter {
    EnvFilter::new(format!(
        "warn,hickory_net=off,hickory_proto=off,hickory_resolver=off,hickory_server=off,sekisho={level}"
    ))
}

/// Colours are for people at a terminal, unless they said otherwise (no-color.org).
fn wants_colours() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}
