//! A server with lists that are fetched, its publisher, and the commands that are given to it.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Builder, Ended, Sekisho, program, run, sekisho};
use super::publisher::{Authority, Publisher};
use super::upstream::{self, Upstream};
use super::wire::A;
use super::{SWAP, until};

/// What a name that is not blocked has upstream.
pub const REAL: &str = "192.0.2.80";
/// What a blocked name has.
pub const SINKHOLE: &str = "127.0.0.1";

/// Everything that a test needs, and that outlives a server.
pub struct Scene {
    home: TempDir,
    upstream: Upstream,
    pub publisher: Publisher,
}

impl Scene {
    pub fn new() -> Self {
        let home = TempDir::new().unwrap();
        Authority::shared().file(&home);
        Self { home, upstream: Upstream::start_with(upstream::a(REAL, 300)), publisher: Publisher::start() }
    }

    /// A folder that stays.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The URL of a path of the publisher.
    pub fn url(&self, path: &str) -> String {
        self.publisher.url_at("127.0.0.1", path)
    }

    /// The configuration without lists.
    pub fn config(&self) -> String {
        format!(
            "\
[listen]
dns = [\"127.0.0.1:0\"]
[page]
listen = [\"127.0.0.1:0\"]
[metrics]
listen = [\"127.0.0.1:0\"]
[state]
dir = \"{home}/state\"
[upstream]
servers = [\"{upstream}\"]
[fetch]
proxy = \"none\"
roots = \"{home}/authority.pem\"
",
            home = self.home().display(),
            upstream = self.upstream.address
        )
    }

    /// A list of that name at `/NAME.txt`.
    pub fn feed(&self, name: &str, more: &str) -> String {
        format!("[[list]]\nname = \"{name}\"\nurl = \"{}\"\n{more}", self.url(&format!("/{name}.txt")))
    }

    /// A server with these lists, not yet started.
    pub fn server(&self, lists: &str) -> Builder {
        sekisho().config(&(self.config() + lists)).bare().online()
    }

    /// A server with the list `feed`, once that has been fetched or tried, if it was time for that.
    pub fn start(&self) -> Sekisho {
        self.start_with(&self.feed("feed", ""))
    }

    pub fn start_with(&self, lists: &str) -> Sekisho {
        let sekisho = self.server(lists).start();
        until("every list has been tried", SWAP, || {
            let lists = self.lists();
            let is_tried = |list: &Value| {
                let subscription = &list["subscription"];
                subscription["tries"] != 0 || subscription["next_seconds"].as_u64() > Some(60)
            };
            lists.as_array().unwrap().iter().all(is_tried).then_some(())
        });
        sekisho
    }

    /// The same, with a server that fetches nothing.
    pub fn start_offline(&self) -> Sekisho {
        sekisho().config(&(self.config() + &self.feed("feed", ""))).bare().start()
    }

    pub fn command(&self, words: &[&str]) -> Ended {
        run(program(self.home()).args(words).arg("--state-dir").arg(self.home().join("state")))
    }

    /// What a command that succeeds prints.
    pub fn says(&self, words: &[&str]) -> String {
        let ended = self.command(words);
        assert!(ended.status.success(), "{words:?}: {ended:?}");
        ended.out
    }

    pub fn lists(&self) -> Value {
        let mut all: Value = serde_json::from_str(&self.says(&["lists", "--json"])).unwrap();
        all["lists"].take()
    }

    /// How the first list is.
    pub fn feed_now(&self) -> Value {
        self.lists()[0].clone()
    }

    /// Fetches all lists, and gives what the command says.
    pub fn update(&self) -> String {
        self.command(&["lists", "update"]).out
    }
}

/// Waits until a name has that address.
pub fn gets(sekisho: &Sekisho, name: &str, address: &str) {
    until(&format!("{name} has {address}"), SWAP, || (sekisho.addresses(name, A) == [address]).then_some(()));
}

/// A name has that address now.
pub fn has(sekisho: &Sekisho, name: &str, address: &str) {
    assert_eq!(sekisho.addresses(name, A), [address], "{name}");
}

/// A metric, summed over its labels.
pub fn gauge(sekisho: &Sekisho, name: &str) -> i64 {
    sekisho.read_metrics().sum(name).round() as i64
}
