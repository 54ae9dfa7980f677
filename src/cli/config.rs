//! `sekisho config`: the configuration in force, with comments.

use std::process::ExitCode;

use crate::config::Config;

pub(super) fn run(config: &Config) -> ExitCode {
    super::print(&config.to_string())
}
