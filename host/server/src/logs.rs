//! Log lines: text or JSON, on stderr, where systemd and containers pick them up.
//!
//! What is logged holds no secret, on no level: types that hold one do not show it
//! ([`Secret`](hwlicense::primary::Secret), [`Response`](crate::net::Response)), and bodies and blobs
//! are never logged.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::config::{LogFormat, LogLevel};

/// Writes the log lines of this process to stderr from now on. Only the first call does something.
pub fn start(format: LogFormat, level: LogLevel) {
    // Under systemd every line gets its time from journald.
    let has_own_time = std::env::var_os("JOURNAL_STREAM").is_none() || std::io::stderr().is_terminal();
    let _ = tracing::subscriber::set_global_default(subscriber(format, level, has_own_time, std::io::stderr));
}

/// What turns events into lines.
fn subscriber<W>(
    format: LogFormat,
    level: LogLevel,
    has_time: bool,
    writer: W,
) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = fmt().with_max_level(filter(level)).with_writer(BoxMakeWriter::new(writer)).with_ansi(false);
    match (format, has_time) {
        (LogFormat::Json, _) => Box::new(builder.json().flatten_event(true).finish()),
        (LogFormat::Text, true) => Box::new(builder.finish()),
        (LogFormat::Text, false) => Box::new(builder.without_time().finish()),
    }
}

const fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}
