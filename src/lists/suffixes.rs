//! Hosts that many share: what one page does there says nothing of the others. Pure.

use crate::name::Name;

/// Whether strangers share this host: it stands at or below a name under which a company hands out names or pages.
pub fn is_shared(name: &Name) -> bool {
    let text = name.to_string();
    let by_company = psl::suffix(text.as_bytes())
        .is_some_and(|suffix| suffix.typ() == Some(psl::Type::Private) || suffix == text.as_bytes());
    by_company || SHARED.iter().any(|host| is_at_or_below(&text, host))
}

/// Whether the name ends with the labels of `host`.
fn is_at_or_below(name: &str, host: &str) -> bool {
    name.strip_suffix(host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What the Public Suffix List lacks: hosts of strangers' names, of their pages, and shorteners of links.
const SHARED: [&str; 24] = [
    "000webhostapp.com",
    "amazonaws.com",
    "bit.ly",
    "cloudapp.azure.com",
    "cutt.ly",
    "docs.google.com",
    "drive.google.com",
    "dropbox.com",
    "facebook.com",
    "forms.gle",
    "github.com",
    "glitch.me",
    "godaddysites.com",
    "is.gd",
    "sharepoint.com",
    "sites.google.com",
    "surge.sh",
    "t.co",
    "t.me",
    "telegra.ph",
    "tinyurl.com",
    "weebly.com",
    "weeblysite.com",
    "wixsite.com",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_and_shared_pages_are_told_from_hosts_of_their_own() {
        for (name, shared) in [
            ("tenant.pages.dev", true),
            ("pages.dev", true),
            ("a.b.github.io", true),
            ("tenant.weebly.com", true),
            ("bit.ly", true),
            ("co.jp", true),
            ("shop.co.jp", false),
            ("scam.example", false),
            ("notbit.ly", false),
        ] {
            assert_eq!(is_shared(&name.parse().unwrap()), shared, "{name}");
        }
    }
}
