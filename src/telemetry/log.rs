//! The log: lines on standard error, at a level that can change while the program runs.

use std::fmt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Registry,
    fmt::{
        self as lines, FmtContext,
        format::{FormatEvent, FormatFields, Writer},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
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
    pub fn begin(level: Level) -> Self {
        let (filter, handle) = reload::Layer::new(filter(level));
        // A service manager's journal notes the time itself, has levels of its own, and shows no colours.
        let journal = is_journal();
        let lines = lines::layer()
            .with_writer(std::io::stderr)
            .with_target(false)
            .with_ansi(!journal && wants_colours());
        let begun = if journal {
            tracing_subscriber::registry().with(filter).with(lines.event_format(ForJournal)).try_init()
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
    pub fn set(&self, level: Level) {
        if let Some(handle) = &self.0 {
            // Fails only once the subscriber is gone, which is when the process is.
            let _ = handle.reload(filter(level));
        }
    }
}

/// Whether standard error is a journal's. The variable alone does not tell, since a terminal that a service manager
/// started hands it on: it names the file, which must be ours (`systemd.exec(5)`).
#[cfg(unix)]
fn is_journal() -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let ours = std::fs::metadata("/proc/self/fd/2").or_else(|_| std::fs::metadata("/dev/fd/2"));
    ours.is_ok_and(|ours| named == format!("{}:{}", ours.dev(), ours.ino()))
}

#[cfg(not(unix))]
const fn is_journal() -> bool {
    false
}

/// Lines for a journal: the level in the way of `sd-daemon(3)`, so that `journalctl -p warning` finds what is meant, then
/// the words.
struct ForJournal;

impl<S, N> FormatEvent<S, N> for ForJournal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(writer, "<{}>", priority(*event.metadata().level()))?;
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// The priority of `syslog(3)`.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    }
}

/// Libraries are kept quiet: hickory's log lines have query names in them, and those are nobody's business.
fn filter(level: Level) -> EnvFilter {
    EnvFilter::new(format!(
        "warn,hickory_net=off,hickory_proto=off,hickory_resolver=off,hickory_server=off,sekisho={level}"
    ))
}

/// Colours are for people at a terminal, unless they said otherwise (no-color.org).
fn wants_colours() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}
