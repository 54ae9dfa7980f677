//! The installation's own certificate authority, for `[page] https = "local-ca"`: with its root installed on a device,
//! a link to a blocked name over https leads to the page as well, and not to an error of the browser.
//!
//! Whoever has the root's key can pretend to be nearly any site to the devices that trust it. So nothing is shipped:
//! `sekisho ca init` makes a key that never leaves this machine, in a file that its owner alone can read, and the root
//! itself says what it can never be used for (RFC 5280 §4.2.1.10): the names that no list may ever touch, and all
//! addresses. And a leaf is made only for a name that the policy blocks at that moment for whoever asks.
//!
//! ```text
//! STATE/ca ─▶ folder ─▶ root ─▶ mint (cached, bounded, limited) ─┐
//!                                                                ├─▶ door: which way a ClientHello goes
//! policy (is it blocked with a page, for this client, now?) ─────┘
//! ```
//!
//! - [`root`]: the root, made and read; [`folder`]: its files;
//! - [`mint`]: leaves; `bucket`: how many in a time;
//! - [`door`]: what a connection over https gets;
//! - [`form`]: the root as devices want to have it.

mod bucket;
pub mod door;
pub mod folder;
pub mod form;
pub mod mint;
pub mod root;

pub use self::{
    folder::{Folder, FolderError},
    root::{Root, RootCertificate, RootError},
};
