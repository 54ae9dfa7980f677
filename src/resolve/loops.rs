//! Whether an upstream sends our queries back to us.
//!
//! A router that names us as its DNS server may be the very server that the machine calls its own resolver. Then
//! every query would go round until somebody gives up. So each upstream is asked, at the start and again from time
//! to time, for a name that nobody else can know; if that name arrives here as a query, the upstream is left out.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crate::name::{Name, NameError};

/// Probes are names below this one. RFC 6761 §6.5 lets resolvers treat names below `example` as any other, so a
/// forwarder forwards them, while names below `test` or `invalid` would be answered on the way.
const ZONE: &str = "sekisho-loop-probe.example";

/// Names that are on their way through an upstream at this moment.
#[derive(Debug)]
pub struct LoopProbes {
    zone: Name,
    under_way: Mutex<Vec<Arc<Probe>>>,
}

/// One probe.
#[derive(Debug)]
pub struct Probe {
    name: Name,
    returned: AtomicBool,
}

impl Probe {
    /// The name to ask the upstream for.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Whether it came back to us as a query.
    pub fn returned(&self) -> bool {
        self.returned.load(Ordering::Acquire)
    }
}

impl LoopProbes {
    /// No probe under way.
    ///
    /// # Errors
    ///
    /// Never: the zone's name is a constant.
    pub fn new() -> Result<Self, NameError> {
        Ok(Self { zone: ZONE.parse()?, under_way: Mutex::default() })
    }

    /// A new probe, which stays recognised until [`LoopProbes::end`].
    pub fn begin(&self) -> Result<Arc<Probe>, NameError> {
        let nonce = rand::random::<u128>();
        let probe = Arc::new(Probe {
            name: format!("{nonce:032x}.{ZONE}").parse()?,
            returned: AtomicBool::new(false),
        });
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).push(probe.clone());
        Ok(probe)
    }

    /// Forgets a probe.
    pub fn end(&self, probe: &Arc<Probe>) {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|known| !Arc::ptr_eq(known, probe));
    }

    /// Whether a query's name is that of a probe of ours, which is then noted as returned. Another server's probes are
    /// ordinary names: they must go round to reach the one that asked. The lock is taken for names in the probes' zone
    /// alone, which nobody asks for in earnest.
    pub fn notice(&self, name: &Name) -> bool {
        if name.label_count() != self.zone.label_count() + 1 || !name.is_at_or_below(&self.zone) {
            return false;
        }
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let found = under_way.iter().find(|probe| probe.name == *name);
        if let Some(probe) = found {
            probe.returned.store(true, Ordering::Release);
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_that_comes_back_is_noticed() {
        let probes = LoopProbes::new().unwrap();
        let (ours, other) = (probes.begin().unwrap(), probes.begin().unwrap());
        assert!(probes.notice(ours.name()));
        assert!(ours.returned() && !other.returned());
        probes.end(&other);
        assert!(!probes.notice(other.name()), "another server's probes go on their way");
        assert!(!other.returned());
        assert!(!probes.notice(&"www.example".parse().unwrap()));
    }
}
