//! File descriptors: every connection is one, and so is every list that is read. Where they run out, a crowd of idle
//! connections would keep lists from being read and upstream servers from being asked, so limits follow what there is.

/// What is asked for, if the system allows so many.
const WANTED: u64 = 65_536;
/// With fewer than this, limits on connections are lowered.
pub const ENOUGH: u64 = 8192;

/// Raises the process's own limit as far as the system allows: the number of descriptors that it may have.
#[cfg(target_os = "linux")]
pub fn raise() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return ENOUGH };
    let wanted = soft.max(hard.min(WANTED));
    match setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
        Ok(()) => wanted,
        Err(_) => soft,
    }
}

/// Elsewhere the limit is taken as it is.
#[cfg(not(target_os = "linux"))]
pub const fn raise() -> u64 {
    ENOUGH
}

/// A limit on connections that fits: `wanted` where there are plenty of descriptors, else in proportion.
pub fn fitting(wanted: usize, descriptors: u64) -> usize {
    if descriptors >= ENOUGH {
        return wanted;
    }
    (wanted as u64 * descriptors / ENOUGH).max(4) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_shrink_with_the_descriptors_there_are() {
        assert_eq!(fitting(1024, 65_536), 1024);
        assert_eq!(fitting(1024, 1024), 128);
        assert_eq!(fitting(512, 64), 4);
    }
}
