//! File descriptors: every connection is one, and so is every list that is read. Where they run out, a crowd of idle
//! connections would keep lists from being read and upstream servers from being asked, so limits follow what there is.

/// What is asked for, if the system allows so many.
const WANTED: u64 = 65_536;
/// What is taken for granted where the system does not tell.
const USUAL: u64 = 1024;
/// Connections of one kind get at most this part of all descriptors: DNS and HTTP a quarter each, so that half is left
/// for asking upstream servers, 128 ports at most for each, and for reading lists.
const PART: u64 = 4;

/// Raises the process's own limit as far as the system allows: the number of descriptors that it may have.
#[cfg(target_os = "linux")]
pub fn raise() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return USUAL };
    let wanted = soft.max(hard.min(WANTED));
    match setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
        Ok(()) => wanted,
        Err(_) => soft,
    }
}

/// Elsewhere the limit is taken as it is.
#[cfg(not(target_os = "linux"))]
pub const fn raise() -> u64 {
    USUAL
}

/// A limit on connections that fits: `wanted`, or what there are descriptors for.
pub fn fitting(wanted: usize, descriptors: u64) -> usize {
    wanted.min((descriptors / PART).max(4) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_shrink_with_the_descriptors_there_are() {
        assert_eq!(fitting(1024, 65_536), 1024);
        assert_eq!(fitting(1024, 1024), 256);
        assert_eq!(fitting(512, 8), 4);
    }
}
