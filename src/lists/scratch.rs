//! Room on the disk for what compiling rules puts aside, so that it takes little memory for millions of names.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::trie::{Scratch, Scratches};

/// What is not longer stays in memory: few rules are compiled without writing to the disk.
const IN_MEMORY: usize = 128 << 10;

/// Room in files without a name in this folder: they are gone when they are closed, or when the process ends however it
/// ends. Where the folder cannot be written, or the disk is full, memory is taken instead.
pub fn in_folder(folder: &Path) -> Scratches {
    let folder: Arc<Path> = folder.into();
    Scratches::new(move || Box::new(Aside { folder: folder.clone(), ..Aside::nothing() }))
}

/// Octets, of which the first are in the file if there is one, and the others in memory.
#[derive(Debug)]
pub(super) struct Aside {
    folder: Arc<Path>,
    /// What the file is called, if it is to be kept. Where it cannot be made, a file without a name does.
    name: Option<PathBuf>,
    file: Option<File>,
    /// How many are in the file.
    filed: u64,
    /// Whether the disk has refused to take more.
    refused: bool,
    memory: Vec<u8>,
}

impl Aside {
    fn nothing() -> Self {
        Self {
            folder: Path::new("").into(),
            name: None,
            file: None,
            filed: 0,
            refused: false,
            memory: Vec::new(),
        }
    }

    /// Octets that can be kept, in a file that is called `name` until then; if that cannot be made, in `folder` as others.
    pub(super) fn to_be_kept(name: PathBuf, folder: &Path) -> Self {
        Self { folder: folder.into(), name: Some(name), ..Self::nothing() }
    }

    /// Moves the file to its place, with all octets in it. They can be read in any case.
    ///
    /// # Errors
    ///
    /// If the disk does not take them.
    pub(super) fn keep_as(&mut self, path: &Path) -> io::Result<()> {
        let put = if self.refused { Err(io::ErrorKind::StorageFull.into()) } else { self.put_in_file() };
        // Without a name it could not be made where it was to be.
        let name = self.name.take().ok_or(io::ErrorKind::PermissionDenied)?;
        let kept = put.and_then(|()| fs::rename(&name, path));
        // Half a file would take the room that copies of lists need.
        kept.inspect_err(|_| drop(fs::remove_file(&name)))
    }

    fn open(&mut self) -> io::Result<File> {
        if let Some(name) = &self.name {
            let named = name
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| File::options().create(true).truncate(true).read(true).write(true).open(name));
            match named {
                Ok(file) => return Ok(file),
                Err(error) => tracing::debug!(%error, "{} cannot be written", name.display()),
            }
            self.name = None;
        }
        tempfile::tempfile_in(&self.folder)
    }

    fn put_in_file(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.open()?);
        }
        let Some(mut file) = self.file.as_ref() else { return Ok(()) };
        file.seek(SeekFrom::Start(self.filed))?;
        file.write_all(&self.memory)?;
        self.filed += self.memory.len() as u64;
        self.memory = Vec::new();
        Ok(())
    }
}

impl Scratch for Aside {
    fn append(&mut self, octets: &[u8]) {
        self.memory.extend_from_slice(octets);
        let is_much = self.file.is_some() || self.memory.len() > IN_MEMORY;
        if is_much
            && !self.refused
            && let Err(error) = self.put_in_file()
        {
            tracing::debug!(%error, "the disk does not take what compiling puts aside, so memory does");
            self.refused = true;
        }
    }

    fn read(&self, from: u64, into: &mut [u8]) -> io::Result<usize> {
        let Some(file) = self.file.as_ref().filter(|_| from < self.filed) else {
            return self.memory.read(from - self.filed, into);
        };
        let most = (self.filed - from).min(into.len() as u64) as usize;
        read_at(file, from, &mut into[..most])
    }
}

/// Reads a file from there on.
pub(super) fn read_at(mut file: &File, from: u64, into: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(from))?;
    file.read(into)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(scratch: &Aside, length: usize) -> Vec<u8> {
        let (mut all, mut done) = (vec![0; length + 1], 0);
        loop {
            match scratch.read(done as u64, &mut all[done..]).unwrap() {
                0 => break,
                count => done += count,
            }
        }
        all.truncate(done);
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn octets_are_kept_whatever_the_disk_takes(lengths in proptest::collection::vec(0_usize..100_000, 0..8), refused_at in 0_usize..10) {
            let folder = tempfile::tempdir().unwrap();
            let mut aside = Aside { folder: folder.path().into(), ..Aside::nothing() };
            let mut expected = Vec::new();
            for (at, length) in lengths.iter().enumerate() {
                aside.refused |= at == refused_at;
                let octets: Vec<u8> = (0..*length).map(|place| (place * 7 + at) as u8).collect();
                aside.append(&octets);
                expected.extend(octets);
            }
            prop_assert_eq!(kept(&aside, expected.len()), expected);
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn much_goes_to_the_disk_and_to_memory_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let octets = vec![7; IN_MEMORY + 1];
        let mut aside = Aside { folder: folder.path().into(), ..Aside::nothing() };
        aside.append(&octets);
        assert!(aside.file.is_some() && aside.memory.is_empty());
        assert_eq!(kept(&aside, octets.len()), octets);
        let mut aside = Aside { folder: folder.path().join("missing").into(), ..Aside::nothing() };
        aside.append(&octets);
        aside.append(b"x");
        assert!(aside.file.is_none() && aside.refused);
        assert_eq!(kept(&aside, octets.len() + 1), [&octets[..], b"x"].concat());
    }
}
