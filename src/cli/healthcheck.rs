//! `sekisho healthcheck`: whether the server of this configuration answers. For a container, which has no other program
//! to ask with.

use std::process::ExitCode;

use crate::{app::service, config::Config};

/// Asks the server for its own name at each of its addresses, as it does itself for a service manager.
pub(super) fn run(config: &Config) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return super::fail(&error),
    };
    match runtime.block_on(service::answers(&config.dns, &config.engine.host)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::fail(&error),
    }
}
