//! The compiled rules on disk, `STATE/policy.trie`: a start reads them in an instant, instead of every list again.
//!
//! They stand for the lists, the guards and the releases that they were made from, all of which are written beside them
//! (the *manifest*). Where any of these is another now, or the program is, or the file is damaged, the rules are compiled
//! anew from the last good copies. A list file that has changed since is noticed right after the start.

use std::{
    ffi::OsStr,
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::{
    compile::{Base, Compiled},
    source::{Fingerprint, Origin, Source},
};
use crate::{
    name::Name,
    policy::{ListRules, Record, Types},
    trie::{AddressRules, Entry, Octets, OverlayBuilder, Trie, TrieFileError},
};

/// What the file is called.
const FILE: &str = "policy.trie";
/// What it is called while it is being written.
const WRITING: &str = "policy.trie.writing";
/// The largest file that is read.
const LARGEST_FILE: u64 = 2 << 30;
/// Counts up when lists are read differently than before, so that rules of the old reading are not kept.
pub(super) const READING: u32 = 2;

/// What the rules were made from, and those of them that no trie holds.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// The program that wrote the file, and [`READING`].
    program: String,
    reading: u32,
    /// [`Base::digest`].
    base: u64,
    lists: Vec<SavedList>,
    example: Option<Box<[u8]>>,
    types: Vec<Types>,
    records: Vec<Record>,
    servers: Vec<(Box<[u8]>, Entry)>,
    clients: Vec<u8>,
    addresses: Vec<u8>,
    server_addresses: Vec<u8>,
}

/// One list, as it was when the rules were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedList {
    /// What it is, and how it is read.
    pub(super) identity: Identity,
    pub(super) parts: Vec<SavedPart>,
    /// Rules in force.
    pub(super) rules: u64,
    /// How many rules were held back, released and reported.
    pub(super) objections: [u64; 3],
    pub(super) last_good: Option<SystemTime>,
}

/// What decides how a list is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// Its folder among the copies: name and path.
    folder: String,
    /// Format, match, guard, and the text of one that is shipped.
    settings: String,
    allows: bool,
}

/// One file of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedPart {
    pub(super) name: String,
    /// What the file looked like when it was read.
    pub(super) seen: Option<Fingerprint>,
    /// The fingerprint of the copy's text.
    pub(super) digest: Option<u64>,
}

impl SavedPart {
    /// Whether this is the file of that name.
    pub(super) fn is(&self, name: &OsStr) -> bool {
        name.to_string_lossy() == self.name
    }
}

impl Identity {
    /// That of a list whose copies lie in `folder`.
    pub(super) fn of(source: &Source, folder: String) -> Self {
        let format = source.format.map_or_else(|| "auto".to_owned(), |format| format.to_string());
        let shipped = match source.origin {
            Origin::Bundled(text) => super::held::digest(text),
            Origin::Path(_) | Origin::Subscription(_) => 0,
        };
        let settings = format!("{format} {} {} {shipped:x}", source.matching, source.guarding());
        Self { folder, settings, allows: source.allows }
    }
}

/// Rules that were saved, with the lists that they stand for.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) rules: ListRules,
    pub(super) lists: Vec<SavedList>,
    pub(super) example: Option<Name>,
}

/// Why saved rules are not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SavedError {
    /// The system refuses the file.
    #[error("{path} cannot be read: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is no file of rules, or damaged.
    #[error("{path} is not used: {error}", path = .path.display())]
    Trie {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: TrieFileError,
    },
    /// What stands beside the rules is damaged.
    #[error("{path} is not used: what stands beside its rules is damaged", path = .0.display())]
    Damaged(PathBuf),
}

/// Reads the rules that were saved in `state`; `None` where there are none, or they were made by another program, under
/// other guards or for other lists than `sources`.
pub(super) fn load(state: &Path, base: &Base, identities: &[Identity]) -> Result<Option<Saved>, SavedError> {
    let path = state.join(FILE);
    let Some(bytes) = read(&path)? else { return Ok(None) };
    let names = Trie::from_bytes(bytes).map_err(|error| SavedError::Trie { path: path.clone(), error })?;
    let damaged = || SavedError::Damaged(path.clone());
    // A program of another version may have written something else behind its version.
    let program = postcard::take_from_bytes::<String>(names.extra()).map_err(|_| damaged())?.0;
    if program != env!("CARGO_PKG_VERSION") {
        return Ok(None);
    }
    let manifest: Manifest = postcard::from_bytes(names.extra()).map_err(|_| damaged())?;
    let same = manifest.reading == READING
        && manifest.base == base.digest()
        && manifest.lists.iter().map(|list| &list.identity).eq(identities);
    if !same {
        return Ok(None);
    }
    let lists = manifest.lists.clone();
    let example = manifest.example.as_deref().and_then(|wire| Name::from_wire(wire).ok());
    let rules = manifest.into_rules(names).ok_or_else(damaged)?;
    Ok(Some(Saved { rules, lists, example: example.map(|(name, _)| name) }))
}

fn read(path: &Path) -> Result<Option<Octets>, SavedError> {
    let unreadable = |error| SavedError::Unreadable { path: path.into(), error };
    let mut file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(unreadable)?,
    };
    let length = file.metadata().map_err(unreadable)?.len();
    if length > LARGEST_FILE {
        return Err(unreadable(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    let mut octets = Octets::zeroed(length as usize, 0);
    file.read_exact(&mut octets).map_err(unreadable)?;
    Ok(Some(octets))
}

impl Manifest {
    fn into_rules(self, names: Trie) -> Option<ListRules> {
        let mut servers = OverlayBuilder::default();
        for (wire, entry) in &self.servers {
            let (name, _) = Name::from_wire(wire).ok()?;
            servers.insert(&name, *entry).ok()?;
        }
        Some(ListRules {
            names,
            servers: servers.finish(),
            clients: AddressRules::from_octets(&self.clients).ok()?,
            addresses: AddressRules::from_octets(&self.addresses).ok()?,
            server_addresses: AddressRules::from_octets(&self.server_addresses).ok()?,
            types: self.types,
            records: self.records,
        })
    }
}

/// Puts the manifest beside compiled rules, so that [`store`] can write them.
pub(super) fn label(base: &Base, lists: Vec<SavedList>, compiled: &mut Compiled) {
    let rules = &compiled.rules;
    let manifest = Manifest {
        program: env!("CARGO_PKG_VERSION").into(),
        reading: READING,
        base: base.digest(),
        lists,
        example: compiled.example.as_ref().map(|name| name.wire().into()),
        types: rules.types.clone(),
        records: rules.records.clone(),
        servers: compiled.servers.iter().map(|(name, entry)| (name.wire().into(), *entry)).collect(),
        clients: rules.clients.to_octets(),
        addresses: rules.addresses.to_octets(),
        server_addresses: rules.server_addresses.to_octets(),
    };
    // Writing to memory cannot fail. Rules without a manifest are never taken up.
    let extra = postcard::to_allocvec(&manifest).unwrap_or_default();
    compiled.rules.names.set_extra(&extra);
}

/// Writes labelled rules beside the old file and moves them over: a crash leaves one or the other.
pub(super) fn store(state: &Path, rules: &ListRules) -> io::Result<()> {
    let writing = state.join(WRITING);
    let write = || {
        let mut file = fs::File::create(&writing)?;
        file.write_all(rules.names.as_bytes())?;
        file.sync_all()?;
        fs::rename(&writing, state.join(FILE))
    };
    write().inspect_err(|_| {
        // Half a file would take the room that copies of lists need.
        let _ = fs::remove_file(&writing);
    })
}
