//! Where the root is kept: `STATE/ca`, a folder that its owner alone may enter, with `root.key` and `root.pem`.
//!
//! A key that others can read is not used: whoever has it can pretend to be nearly any site to the devices that trust it,
//! and nobody would see that. When the root is renewed the old key is destroyed, since nothing needs it any more; of the
//! old root only its certificate stays, `root-before.pem`, by which people can tell what to remove from their devices.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{Root, RootCertificate, RootError, form};

const KEY: &str = "root.key";
const CERTIFICATE: &str = "root.pem";
const BEFORE: &str = "root-before.pem";
/// More than any key or certificate here has, in octets.
const LARGEST: u64 = 256 * 1024;

/// Why the files of the root cannot be used. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is none yet.
    #[error(
        "there is no root certificate in {}. Make one with `sekisho ca init`, or write https = \"refuse\" under [page]", .0.display()
    )]
    Missing(PathBuf),
    /// There is one already.
    #[error(
        "there is a root certificate in {} already. `sekisho ca show` shows it, `sekisho ca renew` makes another", .0.display()
    )]
    There(PathBuf),
    /// Others can read the key.
    #[error(
        "the key of the root certificate, {}, can be read by others than its owner (mode {mode:04o}), so anybody may have it. If nobody can have read it: chmod 600 {0}; else revoke it with `sekisho ca revoke`, and make another", path.display()
    )]
    Open {
        /// The key's file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A file cannot be read or written.
    #[error(
        "{}: {error}. The folder belongs to the user that Sekisho runs as; run the command as that user, or as root", path.display()
    )]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What is in them cannot be used.
    #[error(
        "the root certificate in {} cannot be used: {error}. Put back the files of a backup, or make another with `sekisho ca renew`, which has to be installed anew", path.display()
    )]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: RootError,
    },
}

/// What the files look like from outside: when it is another, they have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp([Option<(SystemTime, u64, u64)>; 2]);

/// The folder of a root, there or not.
#[derive(Debug, Clone)]
pub struct Folder {
    state: PathBuf,
    path: PathBuf,
}

impl Folder {
    /// That of a server with this state folder.
    pub fn of(state: &Path) -> Self {
        Self { state: state.into(), path: state.join("ca") }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the certificate of the root before this one is, if there was one.
    pub fn before(&self) -> Option<PathBuf> {
        Some(self.path.join(BEFORE)).filter(|path| path.exists())
    }

    /// Reads the public half.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be read.
    pub fn certificate(&self) -> Result<RootCertificate, FolderError> {
        let text = self.read(CERTIFICATE)?.ok_or_else(|| FolderError::Missing(self.path.clone()))?;
        RootCertificate::from_pem(&text).map_err(|error| self.damaged(error))
    }

    /// Reads the root and its key.
    ///
    /// # Errors
    ///
    /// If there is none, if it is damaged, or if others can read the key.
    pub fn root(&self) -> Result<Root, FolderError> {
        let certificate = self.certificate()?;
        let key = self.read(KEY)?.ok_or_else(|| FolderError::Missing(self.path.clone()))?;
        Root::with_key(certificate, &key).map_err(|error| self.damaged(error))
    }

    /// Keeps a first root.
    ///
    /// # Errors
    ///
    /// If there is one, or it cannot be written.
    pub fn keep(&self, root: &Root) -> Result<(), FolderError> {
        if self.path.join(KEY).exists() || self.path.join(CERTIFICATE).exists() {
            return Err(FolderError::There(self.path.clone()));
        }
        self.make().map_err(|error| self.at(&self.path, error))?;
        self.write(root)
    }

    /// Keeps a root in place of the one that there is; of that the certificate stays.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be written.
    pub fn replace(&self, root: &Root) -> Result<(), FolderError> {
        let old = self.read(CERTIFICATE)?.ok_or_else(|| FolderError::Missing(self.path.clone()))?;
        self.put(BEFORE, &old)?;
        self.write(root)
    }

    /// Destroys the key. The certificate stays as that of the root before.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be removed.
    pub fn revoke(&self) -> Result<(), FolderError> {
        let key = self.path.join(KEY);
        let octets = match fs::metadata(&key) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FolderError::Missing(self.path.clone()));
            }
            Err(error) => return Err(self.at(&key, error)),
        };
        // Where the file system writes in place, nothing of the key is left; elsewhere this does no harm.
        let wiped = fs::OpenOptions::new().write(true).open(&key).and_then(|mut file| {
            file.write_all(&vec![0; octets.min(LARGEST) as usize])?;
            file.sync_all()
        });
        wiped.and_then(|()| fs::remove_file(&key)).map_err(|error| self.at(&key, error))?;
        let certificate = self.path.join(CERTIFICATE);
        match fs::rename(&certificate, self.path.join(BEFORE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.at(&certificate, error)),
            _ => Ok(()),
        }
    }

    /// What the files look like now.
    pub fn stamp(&self) -> Stamp {
        Stamp([KEY, CERTIFICATE].map(|name| {
            let found = fs::metadata(self.path.join(name)).ok()?;
            Some((found.modified().ok()?, found.len(), u64::from(mode(&found))))
        }))
    }

    fn write(&self, root: &Root) -> Result<(), FolderError> {
        // The key first: a key without its certificate is noticed, and so is the other.
        self.put(KEY, &root.key_pem())?;
        self.put(CERTIFICATE, &form::pem(root.certificate()))
    }

    /// A folder that its owner alone may enter. What a command makes as root belongs to whom the state folder belongs.
    fn make(&self) -> io::Result<()> {
        fs::create_dir_all(&self.state)?;
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        close(&self.path, 0o700)?;
        give(&self.path, &self.state)
    }

    /// Reads a file that is there. A key must be its owner's alone.
    fn read(&self, name: &str) -> Result<Option<String>, FolderError> {
        let path = self.path.join(name);
        let file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.at(&path, error)),
        };
        // Of the file that was opened, not of one that may have taken its place.
        let mode = mode(&file.metadata().map_err(|error| self.at(&path, error))?);
        if name == KEY && mode & 0o077 != 0 {
            return Err(FolderError::Open { path, mode });
        }
        let mut text = String::new();
        file.take(LARGEST).read_to_string(&mut text).map_err(|error| self.at(&path, error))?;
        Ok(Some(text))
    }

    /// Writes a file that its owner alone can read, whole or not at all.
    fn put(&self, name: &str, text: &str) -> Result<(), FolderError> {
        let path = self.path.join(name);
        let put = || {
            // It is made so that its owner alone can read it.
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            close(file.path(), 0o600)?;
            give(file.path(), &self.state)?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        };
        put().map_err(|error| self.at(&path, error))
    }

    fn damaged(&self, error: RootError) -> FolderError {
        FolderError::Damaged { path: self.path.clone(), error }
    }

    #[allow(clippy::unused_self)]
    fn at(&self, path: &Path, error: io::Error) -> FolderError {
        FolderError::File { path: path.into(), error }
    }
}

#[cfg(unix)]
fn mode(found: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0o600
}

#[cfg(unix)]
fn close(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn close(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// Gives a file to whom the state folder belongs: a command may be run as root, for a server that is not.
#[cfg(unix)]
fn give(path: &Path, state: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let (owner, made) = (fs::metadata(state)?, fs::metadata(path)?);
    if (owner.uid(), owner.gid()) == (made.uid(), made.gid()) {
        return Ok(());
    }
    chown(path, Some(owner.uid()), Some(owner.gid()))
}

#[cfg(not(unix))]
fn give(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let state = tempfile::TempDir::new().unwrap();
        let folder = Folder::of(state.path());
        (state, folder)
    }

    fn root() -> Root {
        Root::make(OffsetDateTime::now_utc()).unwrap()
    }

    #[test]
    fn a_root_is_kept_for_its_owner_alone_and_read_back() {
        let (_state, folder) = folder();
        assert!(matches!(folder.root(), Err(FolderError::Missing(_))));
        let root = root();
        folder.keep(&root).unwrap();
        assert_eq!(mode(&fs::metadata(folder.path()).unwrap()), 0o700);
        assert_eq!(mode(&fs::metadata(folder.path().join(KEY)).unwrap()), 0o600);
        let read = folder.root().unwrap();
        assert_eq!(read.certificate().fingerprint(), root.certificate().fingerprint());
        assert!(matches!(folder.keep(&root), Err(FolderError::There(_))));
    }

    #[test]
    fn a_key_that_others_can_read_is_not_used() {
        let (_state, folder) = folder();
        folder.keep(&root()).unwrap();
        for open in [0o644, 0o640, 0o604, 0o620] {
            close(&folder.path().join(KEY), open).unwrap();
            let error = folder.root().unwrap_err();
            assert!(matches!(error, FolderError::Open { mode, .. } if mode == open), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
        close(&folder.path().join(KEY), 0o400).unwrap();
        folder.root().unwrap();
    }

    #[test]
    fn a_renewed_root_leaves_the_old_certificate_and_no_old_key() {
        let (_state, folder) = folder();
        let (first, second) = (root(), root());
        assert!(matches!(folder.replace(&second), Err(FolderError::Missing(_))));
        folder.keep(&first).unwrap();
        let stamp = folder.stamp();
        assert_eq!(stamp, folder.stamp());
        folder.replace(&second).unwrap();
        assert_eq!(folder.root().unwrap().certificate().fingerprint(), second.certificate().fingerprint());
        let before = fs::read_to_string(folder.before().unwrap()).unwrap();
        assert_eq!(before, form::pem(first.certificate()));
        let secret = first.key_pem();
        for file in fs::read_dir(folder.path()).unwrap() {
            assert_ne!(fs::read_to_string(file.unwrap().path()).unwrap(), secret);
        }
    }

    #[test]
    fn a_revoked_root_has_no_key_and_another_can_be_made() {
        let (_state, folder) = folder();
        assert!(matches!(folder.revoke(), Err(FolderError::Missing(_))));
        folder.keep(&root()).unwrap();
        let stamp = folder.stamp();
        folder.revoke().unwrap();
        assert_ne!(stamp, folder.stamp());
        assert!(!folder.path().join(KEY).exists() && folder.before().is_some());
        assert!(matches!(folder.root(), Err(FolderError::Missing(_))));
        folder.keep(&root()).unwrap();
    }

    #[test]
    fn damaged_files_are_refused_with_a_remedy() {
        let (_state, folder) = folder();
        for name in [KEY, CERTIFICATE] {
            let _ = folder.revoke();
            folder.keep(&root()).unwrap();
            fs::write(folder.path().join(name), "-----BEGIN NOTHING-----\n").unwrap();
            let error = folder.root().unwrap_err();
            assert!(matches!(error, FolderError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("sekisho ca renew"), "{error}");
        }
    }
}
