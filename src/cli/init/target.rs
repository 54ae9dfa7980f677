//! The file that is to be written: looked at before anything is asked, written whole, never over another.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::Refusal;
use crate::config::{ConfigFile, Overrides};

/// A place where a file can be written.
pub(super) struct Target {
    path: PathBuf,
    folder: PathBuf,
}

impl Target {
    /// Looks whether `path` is free and its folder can be written in.
    pub(super) fn check(path: PathBuf) -> Result<Self, Refusal> {
        let ends_as_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if ends_as_folder || path.is_dir() {
            return Err(Refusal::IsFolder(path));
        }
        // A link that leads nowhere is there as well.
        if path.symlink_metadata().is_ok() {
            return Err(Refusal::Exists(path));
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        match fs::metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(Refusal::NotAFolder(folder)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Refusal::NoFolder(folder)),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(Refusal::NotAFolder(folder));
            }
            Err(error) => return Err(Refusal::FolderUnwritable(folder, error)),
        }
        let target = Self { path, folder };
        // Who may write where is known by writing: permissions, read-only disks and the like. It is gone at once.
        target.temporary().map_err(|error| Refusal::FolderUnwritable(target.folder.clone(), error))?;
        Ok(target)
    }

    /// Writes `text` beside the place, reads it back as the program will, and only then puts it there. Whatever
    /// fails leaves nothing behind.
    pub(super) fn write(&self, text: &str) -> Result<(), Refusal> {
        let failed = |error| Refusal::Write(self.path.clone(), error);
        let mut file = self.temporary().map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        open_to_readers(file.as_file()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        ConfigFile::open(file.path(), Overrides::default())
            .map_err(|error| Refusal::Own(error.to_string()))?;
        file.persist_noclobber(&self.path).map(drop).map_err(|refused| match refused.error.kind() {
            io::ErrorKind::AlreadyExists => Refusal::Exists(self.path.clone()),
            _ => failed(refused.error),
        })
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(".sekisho-").suffix(".new").tempfile_in(&self.folder)
    }
}

/// There are no secrets in the file, and the server may run as another user than the one who made it.
#[cfg(unix)]
fn open_to_readers(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
fn open_to_readers(_file: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_written_whole_and_for_all_readers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sekisho.toml");
        Target::check(path.clone()).unwrap().write("profile = \"home\"\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "profile = \"home\"\n");
        assert_eq!(names(folder.path()), ["sekisho.toml"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        }
    }

    #[test]
    fn a_file_that_came_in_the_meantime_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sekisho.toml");
        let target = Target::check(path.clone()).unwrap();
        fs::write(&path, "# mine\n").unwrap();
        assert!(matches!(target.write("profile = \"home\"\n"), Err(Refusal::Exists(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
        assert_eq!(names(folder.path()), ["sekisho.toml"]);
    }

    #[test]
    fn what_the_program_would_not_accept_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::check(folder.path().join("sekisho.toml")).unwrap();
        assert!(matches!(target.write("[lissten]\n"), Err(Refusal::Own(_))));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_place_that_cannot_be_is_told_before() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        assert!(matches!(Target::check(at("file")), Err(Refusal::Exists(_))));
        assert!(matches!(Target::check(at("file/sekisho.toml")), Err(Refusal::NotAFolder(_))));
        assert!(matches!(Target::check(at("none/sekisho.toml")), Err(Refusal::NoFolder(_))));
        assert!(matches!(Target::check(at("new/")), Err(Refusal::IsFolder(_))));
        assert!(matches!(Target::check(folder.path().into()), Err(Refusal::IsFolder(_))));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("nowhere"), at("link")).unwrap();
            assert!(matches!(Target::check(at("link")), Err(Refusal::Exists(_))));
        }
        assert!(
            matches!(Target::check("/sys/sekisho.toml".into()), Err(Refusal::FolderUnwritable(..)))
                || !cfg!(target_os = "linux")
        );
    }
}
