//! Whether the page can be shown over https, where that is configured: whether there is a root certificate that the
//! server can use, and for how long.

use time::OffsetDateTime;

use super::report::{Finding, State, finding, trouble};
use crate::{
    authority::Folder,
    config::{Config, Https},
};

const ID: &str = "page.root";

/// Looks at the files of the root.
pub(super) fn examine(config: &Config) -> Vec<Finding> {
    if config.https != Https::LocalCa {
        return Vec::new();
    }
    let root = match Folder::of(&config.state).root() {
        Ok(root) => root,
        Err(error) => {
            let remedy = "`sekisho ca show` shows what there is; docs/local-ca.md says what to do.";
            return vec![trouble(
                ID,
                State::Fault,
                format!("The page is not shown over https: {error}."),
                remedy,
            )];
        }
    };
    vec![match root.certificate().ends_soon(OffsetDateTime::now_utc()) {
        Some(warning) => {
            let remedy = "Run `sekisho ca renew`, and install the new root certificate on the devices.";
            trouble(ID, State::Warning, format!("For the page over https, {warning}."), remedy)
        }
        None => finding(
            ID,
            State::Ok,
            format!(
                "The root certificate for the page over https holds until {}.",
                root.certificate().until().date()
            ),
        ),
    }]
}
