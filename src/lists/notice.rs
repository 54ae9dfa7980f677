//! Notices from the system that a file may have changed. They make things quick; what a file looks like decides.

use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

/// Watches until it is dropped.
#[derive(Debug)]
pub(crate) struct Notices {
    /// Held for what dropping it ends.
    _watcher: RecommendedWatcher,
}

impl Notices {
    /// Has `notice` called when one of these files, or something in one of these folders, may have changed. `None`
    /// where the system cannot tell; that is logged.
    pub(crate) fn of(paths: &[PathBuf], notice: impl Fn() + Send + 'static) -> Option<Self> {
        // Notices come with whole paths.
        let whole = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let paths: Vec<PathBuf> = paths.iter().map(whole).collect();
        let folders: Vec<PathBuf> = paths.iter().flat_map(|path| places(path)).collect();
        let told = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            // Reading the files makes notices too, which would wake us for ever.
            if !event.kind.is_access() && event.paths.iter().any(|path| concerns(path, &paths)) {
                notice();
            }
        };
        let mut watcher = match notify::recommended_watcher(told) {
            Ok(watcher) => watcher,
            Err(error) => {
                tracing::warn!(%error, "changes of files are not noticed at once; they are looked at every two seconds");
                return None;
            }
        };
        for path in folders {
            if let Err(error) = watcher.watch(&path, RecursiveMode::NonRecursive) {
                tracing::debug!(%error, "{} is looked at every two seconds", path.display());
            }
        }
        Some(Self { _watcher: watcher })
    }
}

/// Whether a change of `path` can be one of those we watch: others in the same folder are nobody's business, but for
/// the link that Kubernetes switches.
fn concerns(path: &Path, watched: &[PathBuf]) -> bool {
    let switched = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".."));
    switched || watched.iter().any(|watched| path.starts_with(watched))
}

/// Where a change of `path` shows: in its folder, since files are replaced by renaming; for a folder also within.
fn places(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut places = vec![folder.to_owned()];
    if path.is_dir() {
        places.push(path.to_owned());
    }
    places
}
