//! Sekisho (関所, the checkpoint on an old Japanese highway where every traveller was looked at) is a DNS resolver that
//! looks at every query, lets ordinary names through, and leads a person who was about to meet a fake support scam to
//! a page that tells them, calmly and in their language, what to do.
//!
//! # One query, one direction
//!
//! ```text
//! socket ─▶ listen ─▶ engine ─┬▶ policy (trie: is this name blocked?) ─▶ blocked answer ─────────────────▶ socket
//!                             ├▶ local names ───────────────────────────────────────────────────────────▶ socket
//!                             ├▶ cache hit ─▶ policy on the names in it ────────────────────────────────▶ socket
//!                             └▶ resolve (forward) ─▶ cache ─▶ policy on the names in it ───────────────▶ socket
//!
//! list files ─▶ lists (parse ─▶ last good copy ─▶ compile) ─▶ one pointer store ─▶ policy
//! browser ─▶ sinkhole (the page)          Prometheus ─▶ telemetry (/metrics)
//! ```
//!
//! A query never goes back to a room that it has left, and there is one [`engine`] for all transports: a rule cannot
//! hold on one and leak on another.
//!
//! # Rooms
//!
//! In the order in which they may use each other: a file uses `crate::x` only if `x` is declared above its own room,
//! which `tests/tidy.rs` checks. *Pure* rooms do no I/O, read no clock and write no log.
//!
//! | room | | what |
//! |---|---|---|
//! | [`name`] | pure | a validated, lower-cased name in wire form |
//! | [`limit`] | pure | until when something holds, whatever the calendar is set to |
//! | [`message`] | pure | queries, answers and replies on the wire |
//! | [`trie`] | pure | the rule set: build, look up, to bytes and from bytes |
//! | [`policy`] | pure | who may ask, name ⟶ verdict, and what a blocked answer looks like |
//! | [`cache`] | pure | replies by question |
//! | [`unblock`] | pure | what was stopped for whom; requests to lift a block, and what is lifted for whom |
//! | [`telemetry`] | | what is recorded: metrics, and the log |
//! | [`resolve`] | | where allowed answers come from |
//! | [`engine`] | | one query's whole life |
//! | [`lists`] | | where rules come from (`parse`, `suffixes` and `compile` are pure) |
//! | [`listen`] | | sockets |
//! | [`authority`] | | the installation's own root, and certificates for blocked names |
//! | [`sinkhole`] | | the page |
//! | [`config`] | | what the operator says |
//! | [`control`] | | what commands say to a server that runs |
//! | [`app`] | | wiring: starts, reloads, stops |
//! | [`doctor`] | | what is wrong with an installation, and what to do |
//! | [`cli`] | | the command line |
//!
//! # Where to look first
//!
//! Files below `src/`, unless they say otherwise.
//!
//! | what happens | where |
//! |---|---|
//! | a query is answered, step by step: refused, blocked, from the cache | `engine.rs`, `answer_now` |
//! | what a blocked name gets, type by type | `policy/block.rs`; written by `blocked` and `led_to` of `engine/answer.rs` |
//! | who may ask | `policy/clients.rs` |
//! | which rule wins | `policy/rules.rs` |
//! | the operator's own rules: read; by commands, and ended on time; put in force | `lists/own/mod.rs`; `lists/own/book.rs`, `app/own.rs`; `set_own_rules` of `engine.rs` |
//! | what led a client to the page is remembered | `unblock/history.rs`; written by `shaped` of `engine/answer.rs` |
//! | somebody asks for a name to be unblocked; it is decided, lifted, and blocked again | `unblock/requests.rs`, `app/requests.rs`; on the way of a query: `is_lifted` of `engine.rs` |
//! | a command talks with a server that runs | `control/` |
//! | compiled rules are saved, and taken up by the next start | `lists/saved.rs` |
//! | what was parsed of a list is kept, and used again | `lists/held/forms.rs`; the octets: `lists/compile/form.rs`, `trie/sorted.rs` |
//! | rules about addresses, clients and servers are asked | `policy/review.rs` |
//! | a line of a list is read | `lists/parse/reading.rs`; then, by format, `lists/parse/hosts.rs`, `lists/parse/domains.rs`, `lists/parse/adblock.rs`, `lists/parse/dnsmasq.rs`, `lists/parse/unbound.rs`, `lists/parse/urls.rs`, `lists/parse/maltrail.rs`, `lists/parse/json.rs`; for zones `lists/parse/rpz/mod.rs` |
//! | a publisher is asked for a list: redirects, mirrors, what is refused | `lists/fetch/mod.rs`, `lists/fetch/exchange.rs`; in words: `lists/fetch/fault.rs` |
//! | a list that breaks keeps its last good rules | `lists/held.rs` |
//! | a rule would take away what many need; it is held back | `lists/guard/mod.rs`; `lists/quarantine.rs` |
//! | an upstream server fails and the next one is asked | `resolve/race.rs`, `resolve/forward.rs` (order), `resolve/upstream.rs` (when one counts as failed) |
//! | a reply is believed, a forged one is not | `resolve/datagrams/mod.rs` (the odds), `resolve/datagrams/flights.rs` (what must match) |
//! | a network has had enough answers | `engine/rate.rs` |
//! | a DNS cookie is made, and known again | `message/cookie.rs`; on the way of a query: `engine/cookies.rs` |
//! | a stale answer is given; a popular name is asked for again | `engine/later.rs`, `engine/refresh.rs`; `cache/freshness.rs` (when) |
//! | a metric is declared | `telemetry/metrics.rs` |
//! | datagrams come in, many at a time | `listen/udp.rs`; the system calls: `listen/batch.rs` |
//! | queries that came together wait for memory together | `look_at` of `engine.rs`; `trie/ahead.rs` |
//! | connections are bounded, in all and for each client | `listen/stream.rs` (DNS), `listen/http.rs` (the page); how many: `config/profile.rs`, `listen/descriptors.rs` |
//! | a `ClientHello` for the page: which way it goes; a certificate is made | `listen/tls.rs`, `authority/door.rs`; `authority/mint.rs` |
//! | sockets are kept over a restart, and taken back | `app/service.rs`, `listen/handover.rs` |
//! | a mistake in `sekisho.toml` becomes a sentence | `config/error.rs` |
//! | a changed `sekisho.toml` is noticed; it is taken over, or refused | `config/follow.rs`; `app/reload.rs` |
//! | the words of the page, and the help lines | `locales/*/page.ftl`, `locales/help-lines.toml` (beside `src/`); a language is found by `build.rs` |
//! | which document a request gets, and what is filled in | `sinkhole/answer.rs`; `sinkhole/pages.rs`, `sinkhole/template.rs` |
//! | a form is known for ours | `sinkhole/token.rs`, `is_of_our_origin` of `sinkhole/request.rs` |
//! | a check of `sekisho doctor` | `doctor/`, beside what the checks share |
//! | a question of `sekisho init` | `cli/init/questions.rs` |
//! | the package, the unit, the container | `deploy/` (beside `src/`) |
//!
//! # Words
//!
//! | word | means |
//! |---|---|
//! | *query* | what a client sends |
//! | *answer* | what the client gets |
//! | *reply* | what an upstream server sends |
//! | *list* | a source of rules |
//! | *rule* | what one line of it says of a name |
//! | *scope* | which names a rule speaks of: exact, subtree, below |
//! | *verdict* | what is to happen to a name |
//! | *cause* | the rule that decided |
//! | *shape* | how a blocked name is answered |
//! | *floor* | names that no list can block |
//! | *objection* | what a guard has against a rule; in *quarantine* such rules are held back, until they are *released* |
//! | *sinkhole* | the address that blocked names lead to, where the page is |

#![deny(unsafe_code)]

pub mod name;

pub mod limit;

pub mod message;

pub mod trie;

pub mod policy;

pub mod cache;

pub mod unblock;

pub mod telemetry;

pub mod resolve;

pub mod engine;

pub mod lists;

pub mod listen;

pub mod authority;

pub mod sinkhole;

pub mod config;

pub mod control;

pub mod app;

pub mod doctor;

pub mod cli;
