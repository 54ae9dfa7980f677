//! A publication becomes the copy: read, put together with those before it where the list has a window, and moved over.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::{
    super::{
        Held, Part, WRITING,
        copy::digest_of,
        forms::{Forms, Wanted},
        tell,
    },
    Circumstances, LIST, Problem,
};
use crate::{
    lists::{
        compile::form::Form,
        guard::publication::Measure,
        parse::{Format, MAX_LINE_OCTETS},
        subscription::{
            about::{About, Publication},
            window::{TooManyLines, Window},
        },
    },
    trie::AskName,
};

/// The parsed form of what is being judged.
pub(super) const JUDGED: &str = "publication";
const WINDOW: &str = ".window";
const CHANGES: &str = ".changes";
/// How many changed names are kept of a publication.
const MOST_CHANGES: usize = 10_000;
/// So many octets they take at most.
const LONGEST_CHANGES: u64 = 6 << 20;
/// A last line without an end is looked for so far back. What is longer is no rule anyway.
const LONGEST_LINE: u64 = MAX_LINE_OCTETS as u64 + 1;
/// The longest publication of a list that has a window.
const LONGEST_OF_A_WINDOW: u64 = 64 << 20;

/// A publication that has been looked at.
pub(super) struct Judged {
    digest: u64,
    length: u64,
    form: Form,
}

/// Why it could not be looked at.
pub(super) enum Unjudged {
    /// It is no list.
    Unusable(String),
    /// The disk does not let us.
    Later(String),
}

impl From<io::Error> for Unjudged {
    fn from(error: io::Error) -> Self {
        Self::Later(error.to_string())
    }
}

impl Held {
    /// Reads a text as the list that it is to be. `name` is that of its parsed form.
    pub(super) fn judge(&self, path: &Path, name: &str, forms: &Forms<'_>) -> Result<Judged, Unjudged> {
        let length = fs::metadata(path)?.len();
        let digest = digest_of(path)?;
        let wanted = Wanted { source: &self.source, name: OsStr::new(name), digest, length };
        let form = forms
            .find_or_make(&wanted, &mut File::open(path)?)
            .map_err(|error| Unjudged::Later(error.to_string()))?
            .map_err(|error| Unjudged::Unusable(error.to_string()))?;
        Ok(Judged { digest, length, form })
    }

    /// Leaves out a last line that has no end, where what is in force had one: what was cut off within a line has half a
    /// name there, which nobody meant. Tells whether there was such a line. Of a list with a window it is not known how a
    /// publication ended, and JSON has lines for the eye alone.
    pub(super) fn leave_out_half_a_line(&self, from: &Path, judged: &Judged) -> io::Result<bool> {
        let is_in_lines = judged.form.told.format != Format::Json;
        let gathers = self.subscription().is_some_and(|subscription| !subscription.window.is_zero());
        if !is_in_lines || gathers || judged.form.told.applied < 2 || !self.has_copy() {
            return Ok(false);
        }
        if last_octets(&mut File::open(self.folder.join(LIST))?, 1)?.1 != b"\n" {
            return Ok(false);
        }
        let mut file = File::options().read(true).write(true).open(from)?;
        let (begin, end) = last_octets(&mut file, LONGEST_LINE)?;
        if end.ends_with(b"\n") {
            return Ok(false);
        }
        let Some(last) = end.iter().rposition(|octet| *octet == b'\n') else { return Ok(false) };
        file.set_len(begin + last as u64 + 1)?;
        file.sync_all()?;
        tracing::warn!(
            list = &**self.name(),
            "the new publication ends within its last line, so that it may have been cut off; that line is left out"
        );
        Ok(true)
    }

    /// Makes a publication the copy.
    pub(super) fn take_over(
        &mut self,
        about: &mut About,
        (from, judged, publication): (&Path, Judged, Publication),
        Circumstances { subscription, forms, at, .. }: Circumstances<'_>,
    ) -> Result<(), Problem> {
        if subscription.window.is_zero() {
            return self.make_copy(about, (from, judged, publication), forms);
        }
        let failed = |error: &dyn ToString| (error.to_string(), None);
        // Half of it would end within a line, which is a name that nobody meant.
        if judged.length > LONGEST_OF_A_WINDOW {
            return Err(failed(&TooManyLines));
        }
        let mut text = Vec::new();
        let read = File::open(from).and_then(|file| file.take(LONGEST_OF_A_WINDOW).read_to_end(&mut text));
        read.map_err(|error| failed(&error))?;
        let mut window = self.read_window();
        window.publish(&text, at.calendar).map_err(|error| failed(&error))?;
        window.expire(subscription.window, at.calendar);
        self.keep_window(&window).map_err(|error| failed(&error))?;
        self.take_window(about, &window, publication, forms)
    }

    /// Gives up what was published longer ago than the list's window is, if it has one. Tells whether there was any.
    pub(super) fn expire(&mut self, about: &mut About, with: Circumstances<'_>) -> bool {
        let Circumstances { subscription, forms, at, .. } = with;
        if subscription.window.is_zero() || !self.has_copy() {
            return false;
        }
        let mut window = self.read_window();
        if !window.expire(subscription.window, at.calendar) {
            return false;
        }
        let publication = about.in_force.clone().unwrap_or_default();
        // The window is kept last, so that a disk that takes no more has it tried again.
        let taken = self.take_window(about, &window, publication, forms).map_err(|(problem, _)| problem);
        match taken.and_then(|()| self.keep_window(&window).map_err(|error| error.to_string())) {
            Ok(()) => true,
            Err(problem) => {
                tracing::warn!(list = &**self.name(), "what has left the window stays for now: {problem}");
                false
            }
        }
    }

    /// Makes what a window has together the copy.
    fn take_window(
        &mut self,
        about: &mut About,
        window: &Window,
        publication: Publication,
        forms: &Forms<'_>,
    ) -> Result<(), Problem> {
        let path = self.folder.join(WRITING);
        write(&path, &window.list()).map_err(|error| (error.to_string(), None))?;
        let judged = self.judge(&path, JUDGED, forms).map_err(|error| match error {
            Unjudged::Unusable(why) | Unjudged::Later(why) => (why, None),
        })?;
        self.make_copy(about, (&path, judged, publication), forms)
    }

    fn make_copy(
        &mut self,
        about: &mut About,
        (from, judged, publication): (&Path, Judged, Publication),
        forms: &Forms<'_>,
    ) -> Result<(), Problem> {
        let Judged { digest, length, form } = judged;
        let (told, rules) = (form.told.clone(), form.rules());
        let changes = self.changes(form, forms);
        fs::rename(from, self.folder.join(LIST)).map_err(|error| (error.to_string(), None))?;
        let wanted = |name| Wanted { source: &self.source, name: OsStr::new(name), digest, length };
        forms.rename(&wanted(JUDGED), &wanted(LIST));
        let part = Part { has_copy: true, digest: Some(digest), ..Part::default() };
        let (added, removed) = (changes.added, changes.removed);
        if let Err(error) = write(&self.folder.join(CHANGES), changes.text.as_bytes()) {
            tracing::debug!(%error, "changes are not kept");
        }
        self.parts.insert(LIST.into(), part);
        self.unreported = true;
        self.last_good = publication.fetched;
        tell(self.name(), Path::new(&publication.from), &told);
        tracing::info!(list = &**self.name(), rules, added, removed, "a new publication is taken over");
        about.in_force = Some(Publication { added, removed, ..publication });
        Ok(())
    }

    /// What is different to the copy that is in force.
    fn changes(&self, now: Form, forms: &Forms<'_>) -> Changed {
        let mut changed = Changed { added: now.told.applied, ..Changed::default() };
        let before = self.parts.get(OsStr::new(LIST)).and_then(|part| {
            let length = fs::metadata(self.folder.join(LIST)).ok()?.len();
            let digest = part.digest.or_else(|| digest_of(&self.folder.join(LIST)).ok())?;
            forms.find(&Wanted { source: &self.source, name: OsStr::new(LIST), digest, length })
        });
        let Some(before) = before else { return changed };
        changed.added = 0;
        let gone_through =
            before.parsed.differences(now.parsed, &mut |is_new, name| changed.note(is_new, name));
        if let Err(error) = gone_through {
            tracing::debug!(%error, "what has changed is not known");
        }
        changed
    }

    /// What the last publication changed: a name on each line, with `+` or `-` before it.
    pub(in crate::lists) fn changes_of_last(&self) -> Option<String> {
        let mut text = String::new();
        let file = File::open(self.folder.join(CHANGES)).ok()?;
        file.take(LONGEST_CHANGES).read_to_string(&mut text).ok()?;
        Some(text)
    }

    pub(super) fn read_window(&self) -> Window {
        let mut text = Vec::new();
        // Without one it begins now.
        let _ = File::open(self.folder.join(WINDOW))
            .and_then(|file| file.take(2 * LONGEST_OF_A_WINDOW).read_to_end(&mut text));
        Window::of_text(&text)
    }

    pub(super) fn keep_window(&self, window: &Window) -> io::Result<()> {
        let beside = self.folder.join(WRITING);
        write(&beside, &window.to_text())?;
        fs::rename(beside, self.folder.join(WINDOW))
    }
}

impl Judged {
    pub(super) fn measure(&self) -> Measure {
        let told = &self.form.told;
        let skipped: u64 = told.skipped.iter().map(|(_, count)| count).sum();
        Measure {
            entries: told.applied + skipped,
            rules: told.applied,
            objections: self.form.quarantine.total(),
        }
    }
}

/// What a publication changes.
#[derive(Debug, Default)]
struct Changed {
    added: u64,
    removed: u64,
    /// The first names, one on a line, with `+` or `-` before it.
    text: String,
}

impl Changed {
    fn note(&mut self, is_new: bool, name: AskName<'_>) {
        let count = if is_new { &mut self.added } else { &mut self.removed };
        *count += 1;
        if *count <= MOST_CHANGES as u64
            && let Some(name) = name()
        {
            self.text.push(if is_new { '+' } else { '-' });
            self.text.push_str(&name.to_string());
            self.text.push('\n');
        }
    }
}

/// The last octets of a file, so many at most, and where they begin.
fn last_octets(file: &mut File, most: u64) -> io::Result<(u64, Vec<u8>)> {
    let begin = file.metadata()?.len().saturating_sub(most);
    let mut octets = Vec::new();
    file.seek(SeekFrom::Start(begin))?;
    file.take(most).read_to_end(&mut octets)?;
    Ok((begin, octets))
}

fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(octets)?;
    file.sync_all()
}
