//! What stands behind the `$` of an adblock rule.
//!
//! A modifier narrows or changes its rule. A DNS block of the name does no more and no less than the rule says in two
//! cases only: when there is no modifier, and when the only one is `$all`. That one spells out "every kind of
//! request, the page itself and its pop-ups included", which is just what happens when the name has no address.
//! `$document` does not: it stops people from opening the page but lets other sites load from the name, which a DNS
//! block would not. The same goes for `$popup`, `$third-party` and the like: applied, they would block more than
//! their author meant.

use super::Reason;

/// The modifiers of a rule, as they are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Modifiers<'a>(&'a [u8]);

impl<'a> Modifiers<'a> {
    /// Parts a rule into its pattern and its modifiers.
    ///
    /// The first `$` parts them, for no host name has one. Patterns in which a `$` may stand, such as regular
    /// expressions, are not applied whatever their modifiers say.
    pub(super) fn split(rule: &'a [u8]) -> (&'a [u8], Option<Self>) {
        match memchr::memchr(b'$', rule) {
            Some(at) => (&rule[..at], Some(Self(&rule[at + 1..]))),
            None => (rule, None),
        }
    }

    /// The modifiers' names, without `~` and values.
    fn names(self) -> impl Iterator<Item = &'a [u8]> {
        self.0.split(|octet| *octet == b',').map(|modifier| {
            let modifier = modifier.trim_ascii();
            let end = memchr::memchr(b'=', modifier).unwrap_or(modifier.len());
            modifier[..end].strip_prefix(b"~").unwrap_or(&modifier[..end])
        })
    }

    /// Whether `$badfilter` is among them: the rule is the one to take back, not one to apply.
    pub(super) fn has_badfilter(self) -> bool {
        self.names().any(|name| name == b"badfilter")
    }

    /// Whether `$badfilter` is the only one.
    pub(super) fn is_badfilter_alone(self) -> bool {
        self.0.trim_ascii() == b"badfilter"
    }

    /// Why the rule cannot be applied as a DNS block; `None` if it can.
    pub(super) fn obstacle(self) -> Option<Reason> {
        if self.0.trim_ascii() == b"all" {
            return None;
        }
        let found = self.names().filter(|name| *name != b"all").map(reason_of).next();
        // `$all,all`, or nothing behind the `$`: odd enough to be left alone.
        Some(found.unwrap_or(Reason::UnknownModifier))
    }
}

/// Why a modifier cannot be followed.
fn reason_of(name: &[u8]) -> Reason {
    match name {
        b"badfilter" => Reason::Badfilter,
        b"denyallow" => Reason::Denyallow,
        b"dnstype" => Reason::Dnstype,
        b"dnsrewrite" => Reason::Dnsrewrite,
        b"important" => Reason::Important,
        b"client" | b"ctag" => Reason::Client,
        _ if OF_BROWSERS.contains(&name) => Reason::BrowserModifier,
        _ => Reason::UnknownModifier,
    }
}

/// Modifiers of adblockers in browsers: what is asked for, by which page, and what to do with the answer.
const OF_BROWSERS: [&[u8]; 58] = [
    b"1p",
    b"3p",
    b"app",
    b"content",
    b"cookie",
    b"css",
    b"csp",
    b"doc",
    b"document",
    b"domain",
    b"ehide",
    b"elemhide",
    b"empty",
    b"extension",
    b"first-party",
    b"font",
    b"frame",
    b"from",
    b"generichide",
    b"ghide",
    b"header",
    b"hls",
    b"image",
    b"inline-font",
    b"inline-script",
    b"ipaddress",
    b"jsinject",
    b"match-case",
    b"media",
    b"method",
    b"mp4",
    b"network",
    b"object",
    b"other",
    b"permissions",
    b"ping",
    b"popunder",
    b"popup",
    b"reason",
    b"redirect",
    b"redirect-rule",
    b"removeheader",
    b"removeparam",
    b"replace",
    b"script",
    b"shide",
    b"specifichide",
    b"stealth",
    b"strict1p",
    b"strict3p",
    b"stylesheet",
    b"subdocument",
    b"third-party",
    b"to",
    b"urlblock",
    b"webrtc",
    b"websocket",
    b"xmlhttprequest",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn obstacle(rule: &str) -> Option<Reason> {
        Modifiers::split(rule.as_bytes()).1.and_then(Modifiers::obstacle)
    }

    #[test]
    fn only_all_says_what_a_dns_block_does() {
        assert_eq!(obstacle("||scam.example^"), None);
        assert_eq!(obstacle("||scam.example^$all"), None);
        for (modifiers, reason) in [
            ("", Reason::UnknownModifier),
            ("all,all", Reason::UnknownModifier),
            ("ALL", Reason::UnknownModifier),
            ("~all", Reason::UnknownModifier),
            ("all,domain=a.example", Reason::BrowserModifier),
            ("doc", Reason::BrowserModifier),
            ("document,popup", Reason::BrowserModifier),
            ("~third-party", Reason::BrowserModifier),
            ("ipaddress=192.0.2.1", Reason::BrowserModifier),
            ("denyallow=a.example|b.example", Reason::Denyallow),
            ("dnstype=~CNAME,denyallow=a.example", Reason::Dnstype),
            ("dnsrewrite=192.0.2.1", Reason::Dnsrewrite),
            ("important", Reason::Important),
            ("all,important", Reason::Important),
            ("client=192.0.2.1", Reason::Client),
            ("ctag=device_pc", Reason::Client),
            ("badfilter", Reason::Badfilter),
            ("something-new", Reason::UnknownModifier),
        ] {
            assert_eq!(obstacle(&format!("||scam.example^${modifiers}")), Some(reason), "{modifiers}");
        }
    }

    #[test]
    fn badfilter_is_found_among_others() {
        let all =
            |rule: &'static str| Modifiers::split(rule.as_bytes()).1.is_some_and(Modifiers::has_badfilter);
        assert!(all("||a.example^$badfilter") && all("||a.example^$all,badfilter") && all("*$badfilter"));
        assert!(!all("||a.example^$domain=badfilter.example") && !all("||badfilter.example^"));
    }
}
