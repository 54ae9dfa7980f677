//! What the guards say of the configured lists, read without a server: from their files, or, where those cannot be
//! used, from the copies that a server has kept.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    compile::Base,
    guard::Guarding,
    held::{folder_name, published},
    parse,
    quarantine::{Gate, Quarantine},
    source::{self, Origin, Source},
};

/// What was found in one list.
#[derive(Debug)]
pub struct Surveyed {
    /// The list.
    pub name: Arc<str>,
    /// What becomes of rules that are objected to.
    pub guarding: Guarding,
    /// Those rules.
    pub quarantine: Quarantine,
    /// Files that can be used neither as they are nor from a copy, a sentence each.
    pub trouble: Vec<String>,
}

/// Looks through the lists. Of each, so many items at `most` are kept.
pub fn survey(sources: &[Source], base: &Base, state: &Path, most: usize) -> Vec<Surveyed> {
    sources.iter().map(|source| survey_one(source, base, state, most)).collect()
}

fn survey_one(source: &Source, base: &Base, state: &Path, most: usize) -> Surveyed {
    let mut gate = Gate::new(source, base, most);
    let mut trouble = Vec::new();
    match &source.origin {
        Origin::Bundled(text) => trouble.extend(look(source, text, &mut gate).err()),
        Origin::Subscription(_) => {
            let copy = published::copy_of(&state.join("lists").join(folder_name(source)));
            match fs::read(&copy) {
                Ok(text) => trouble.extend(look(source, &text, &mut gate).err()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    trouble.push("it has not been fetched yet".into());
                }
                Err(error) => trouble.push(format!("{} cannot be read: {error}", copy.display())),
            }
        }
        Origin::Path(path) => {
            let copies = state.join("lists").join(folder_name(source));
            for (name, file, copy) in texts(path, &copies, &mut trouble) {
                gate.begin_file(&name);
                let from_file = file.and_then(|text| look(source, &text, &mut gate));
                if let Err(error) = from_file {
                    let from_copy =
                        fs::read(copy).ok().is_some_and(|text| look(source, &text, &mut gate).is_ok());
                    trouble.extend((!from_copy).then_some(error));
                }
            }
        }
    }
    Surveyed {
        name: source.name.clone(),
        guarding: source.guarding(),
        quarantine: gate.into_quarantine(),
        trouble,
    }
}

/// A file's name, its text or why there is none, and where its copy would be.
type Text = (String, Result<Vec<u8>, String>, PathBuf);

/// The files of a list, one after the other; where they cannot even be looked at, its copies.
fn texts<'a>(
    path: &Path,
    copies: &'a Path,
    trouble: &mut Vec<String>,
) -> Box<dyn Iterator<Item = Text> + 'a> {
    match source::files(path) {
        Ok(files) => Box::new(files.into_iter().map(|(name, file)| {
            let copy = copies.join(&name);
            (name.to_string_lossy().into_owned(), file.read().map_err(|error| error.to_string()), copy)
        })),
        Err(error) => {
            let names: Vec<_> = fs::read_dir(copies).into_iter().flatten().flatten().collect();
            trouble.extend(names.is_empty().then(|| error.to_string()));
            let problem = error.to_string();
            Box::new(names.into_iter().map(move |entry| {
                (entry.file_name().to_string_lossy().into_owned(), Err(problem.clone()), entry.path())
            }))
        }
    }
}

fn look(source: &Source, text: &[u8], gate: &mut Gate<'_>) -> Result<(), String> {
    let judged = parse::parse(text, source.format, source.matching, &mut |line, rule| {
        gate.admits(line, &rule);
    });
    judged.map(drop).map_err(|error| error.to_string())
}
