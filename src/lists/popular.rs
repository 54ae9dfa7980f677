//! Names that very many people visit: those that are shipped, and a longer file of the operator's, such as a list of
//! the most visited sites.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    compile::{FloorError, floor_names},
    guard::Guard,
    suffixes::{SharedHostsError, Suffixes},
};
use crate::name::Name;

/// Names that are popular by our own word.
const BUNDLED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/lists/popular.txt"));
/// The largest file that is read. A million names with their ranks take some 22 MiB.
const LARGEST_FILE: u64 = 64 << 20;
/// The most names that are taken from it: they are some twenty octets each in memory.
const MOST_NAMES: usize = 1_000_000;

/// Why there is no guard.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// What is shipped is damaged.
    #[error("{0}. This is a fault of the build; please report it")]
    SharedHosts(#[from] SharedHostsError),
    /// What is shipped is damaged.
    #[error("{0}. This is a fault of the build; please report it")]
    Floor(#[from] FloorError),
    /// The operator's file cannot be read.
    #[error("the file of popular names {path} cannot be read: {error}. Correct [guard] popular, or remove it", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The operator's file is something else.
    #[error("the file of popular names {path} cannot be used: {problem}. Give [guard] popular a file with a name on each line, or `rank,name`", path = .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: PopularError,
    },
}

/// What is wrong with a text of popular names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PopularError {
    /// Larger than any such file.
    #[error("it is larger than {} MiB", LARGEST_FILE >> 20)]
    TooLarge,
    /// Too many names.
    #[error("it has more than {MOST_NAMES} names")]
    TooMany,
    /// Most of its lines are something else.
    #[error("only {names} of its {lines} lines are names")]
    NoNames {
        /// Lines that are names.
        names: usize,
        /// Lines with something on them.
        lines: usize,
    },
}

/// Everything that lists are measured against, with the operator's file of popular names if there is one.
///
/// # Errors
///
/// If that file cannot be used.
pub fn read_guard(popular: Option<&Path>) -> Result<Guard, GuardError> {
    let mut names = parse(BUNDLED).unwrap_or_default();
    if let Some(path) = popular {
        let text = read(path).map_err(|error| GuardError::Unreadable { path: path.into(), error })?;
        let unusable = |problem| GuardError::Unusable { path: path.into(), problem };
        let text = text.ok_or_else(|| unusable(PopularError::TooLarge))?;
        names.extend(parse(&text).map_err(unusable)?);
    }
    Ok(Guard::new(Suffixes::bundled()?, names.into_iter().collect(), floor_names()?))
}

/// The text of a file, unless it is too large.
fn read(path: &Path) -> io::Result<Option<String>> {
    let mut text = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut text)?;
    Ok((text.len() as u64 <= LARGEST_FILE).then(|| String::from_utf8_lossy(&text).into_owned()))
}

/// The names of a text: one a line, alone or behind a rank and a comma.
fn parse(text: &str) -> Result<Vec<Name>, PopularError> {
    let (mut names, mut lines) = (Vec::new(), 0);
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        lines += 1;
        if let Some(name) = name_of(line) {
            names.push(name);
        }
        if names.len() > MOST_NAMES {
            return Err(PopularError::TooMany);
        }
    }
    if names.is_empty() || names.len() * 2 < lines {
        return Err(PopularError::NoNames { names: names.len(), lines });
    }
    Ok(names)
}

fn name_of(line: &str) -> Option<Name> {
    let text = match line.split_once(',') {
        Some((rank, name)) if rank.bytes().all(|octet| octet.is_ascii_digit()) => name.trim(),
        Some(_) => return None,
        None => line,
    };
    super::compile::to_name(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_alone_and_behind_ranks() {
        let names = parse("# top\n\ngoogle.com\r\n2,youtube.com\nrank,domain\n日本.example\n").unwrap();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["google.com", "youtube.com", "xn--wgv71a.example"]);
    }

    #[test]
    fn what_is_no_list_of_names_is_refused() {
        assert_eq!(parse("# nothing\n"), Err(PopularError::NoNames { names: 0, lines: 0 }));
        let page = "<!doctype html>\n<title>Not found</title>\nexample\n";
        assert_eq!(parse(page), Err(PopularError::NoNames { names: 1, lines: 3 }));
    }

    #[test]
    fn the_shipped_names_are_names_and_none_is_a_public_suffix() {
        let lines = BUNDLED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let names = parse(BUNDLED).unwrap();
        assert_eq!(names.len(), lines.count());
        assert!(names.len() > 300);
        for name in &names {
            assert!(name.label_count() >= 2, "{name}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("top.csv");
        let error = read_guard(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("top.csv") && error.contains("[guard] popular"), "{error}");
        std::fs::write(&path, "<html>").unwrap();
        let error = read_guard(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("only 0 of its 1 lines"), "{error}");
        std::fs::write(&path, "1,shop.example\n").unwrap();
        let more = read_guard(Some(&path)).unwrap().popular();
        assert_eq!(more, read_guard(None).unwrap().popular() + 1);
    }
}
