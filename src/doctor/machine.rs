//! The machine itself: how many files it lets Sekisho have, and whom it asks for names.

use std::net::SocketAddr;

use super::{
    beside,
    facts::Facts,
    report::{Finding, State, finding, trouble},
    samples::Samples,
};
use crate::{listen::descriptors, resolve::system};

const DESCRIPTORS: &str = "machine.descriptors";
/// The share of the limit, in percent, beyond which new connections will soon fail.
const NEARLY_ALL: f64 = 90.0;

/// Looks at both.
pub(super) async fn examine(facts: &Facts) -> Vec<Finding> {
    let wanted = facts.config.dns_limits.connections.max(facts.config.page_limits.connections);
    let of_server = facts.running.samples.as_ref().and_then(|samples| of_server(samples, wanted));
    let descriptors = match of_server {
        Some(found) => found,
        None => beside(move || Some(of_this_user(descriptors::raise(), wanted))).await.unwrap_or_else(|| {
            finding(DESCRIPTORS, State::Skipped, "The limit on open files could not be read.")
        }),
    };
    let asked = beside(system::configured).await;
    let ours = |ip: &std::net::IpAddr| facts.is_us(SocketAddr::new(*ip, 53));
    let listed = asked.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (state, found) = match asked.as_slice() {
        [] => (State::Note, "This machine's own configuration names no DNS server.".to_owned()),
        all if all.iter().all(ours) => (State::Ok, "This machine itself uses Sekisho.".to_owned()),
        all if all.iter().any(ours) => {
            (State::Note, format!("This machine itself uses Sekisho and others ({listed})."))
        }
        _ => (
            State::Note,
            format!(
                "This machine itself does not use Sekisho, but {listed}. Other devices are not affected by that."
            ),
        ),
    };
    vec![descriptors, finding("machine.resolver", state, found)]
}

/// What the running server says of itself.
// A number of files is never negative.
#[allow(clippy::cast_sign_loss)]
fn of_server(samples: &Samples, wanted: usize) -> Option<Finding> {
    let most = samples.sum("process_max_fds", &[])?;
    let open = samples.sum("process_open_fds", &[])?;
    if open * 100.0 > most * NEARLY_ALL {
        return Some(trouble(
            DESCRIPTORS,
            State::Warning,
            format!("Sekisho has {open} of the {most} files open that it may have."),
            "Raise LimitNOFILE= in its unit (`ulimit -n` in a shell), and look at which clients hold so many connections.",
        ));
    }
    Some(judge(most as u64, wanted, "Sekisho may have"))
}

fn of_this_user(most: u64, wanted: usize) -> Finding {
    judge(most, wanted, "A Sekisho that this user starts may have")
}

/// `wanted` connections are configured.
fn judge(most: u64, wanted: usize, who: &str) -> Finding {
    let fitting = descriptors::fitting(wanted, most);
    if fitting >= wanted {
        return finding(DESCRIPTORS, State::Ok, format!("{who} {most} files open, which is plenty."));
    }
    let found =
        format!("{who} {most} files open, so it takes {fitting} connections at once and not {wanted}.");
    finding(DESCRIPTORS, State::Note, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_nears_its_limit_is_told() {
        let said = |open: u32, most: u32| {
            let text = format!("process_max_fds {most}\nprocess_open_fds {open}\n");
            of_server(&Samples::parse(&text), 1024).unwrap().state
        };
        assert_eq!(said(10, 65_536), State::Ok);
        assert_eq!(said(10, 1024), State::Note);
        assert_eq!(said(1000, 1024), State::Warning);
        assert!(of_server(&Samples::default(), 1024).is_none());
    }
}
