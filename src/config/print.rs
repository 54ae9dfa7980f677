//! The configuration in force as a file: what `sekisho config` prints, and what can be edited and read again.

use std::fmt::{self, Display, Formatter};

use super::{Config, Fetch, Server, UdpMode, units};
use crate::{
    lists::{Origin, Source, fetch::Proxy, subscription::Subscription},
    policy::SinkholeSetting,
};

/// Text as a TOML string.
struct Quoted<T>(T);

impl<T: Display> Display for Quoted<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", toml::Value::String(self.0.to_string()))
    }
}

/// Values as a TOML array of strings.
struct Array<I>(I);

impl<I: Clone + IntoIterator<Item: Display>> Display for Array<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let items: Vec<String> = self.0.clone().into_iter().map(|item| Quoted(item).to_string()).collect();
        write!(f, "[{}]", items.join(", "))
    }
}

impl Display for Server {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl<A: Display> Display for SinkholeSetting<A> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::None => f.write_str("none"),
            Self::Fixed(address) => address.fmt(f),
        }
    }
}

impl Display for Config {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.serving(f)?;
        self.blocking(f)?;
        self.lists(f)?;
        self.page_and_rest(f)
    }
}

impl Config {
    fn serving(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let udp = if self.udp == UdpMode::Auto { "auto" } else { "portable" };
        write!(
            f,
            "\
profile = {}  # home | school | isp: sets defaults, which the keys below override

[listen]
dns = {}  # UDP and TCP
allow = {}  # who may ask: loopback, private, on-link, any, addresses, networks
workers = {}  # UDP threads for each address; 0 = one a core
udp = {}  # auto; portable = through hickory-server, as on systems other than Linux
connections = {}  # over TCP, in all
connections_per_client = {}
rate_limit = {}  # answers a second over UDP to one network of strangers; 0 = no limit

[upstream]
servers = {}  # asked in this order; \"system\", \"192.0.2.53\", \"tls://9.9.9.9#dns.quad9.net\"

[cache]
memory = {}
min_ttl = {}
max_ttl = {}
serve_stale = {}  # after that, where upstream does not reply; 0s = never
prefetch = {}  # ask again for what is popular before it expires

",
            Quoted(self.profile.word()),
            Array(&self.dns),
            Array(&self.allow),
            self.workers,
            Quoted(udp),
            self.dns_limits.connections,
            self.dns_limits.connections_per_client,
            self.engine.rate_limit,
            Array(&self.upstream),
            Quoted(units::show_size(self.cache.memory)),
            Quoted(units::show_duration(self.cache.min_ttl)),
            Quoted(units::show_duration(self.cache.max_ttl)),
            Quoted(units::show_duration(self.cache.serve_stale)),
            self.cache.prefetch,
        )
    }

    fn blocking(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\
[block]
ttl = \"{}s\"  # 1s to 60s
sinkhole_v4 = {}  # auto: the address that the query arrived on; none; or an address
sinkhole_v6 = {}
[block.category]  # page | null | nxdomain | nodata | refused | log
",
            self.engine.block_ttl,
            Quoted(&self.engine.sinkhole.v4),
            Quoted(&self.engine.sinkhole.v6),
        )?;
        for (name, shape) in &self.categories {
            writeln!(f, "{} = {}", Quoted(name), Quoted(shape.word()))?;
        }
        writeln!(f)
    }

    fn lists(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            if let Origin::Bundled(_) = &source.origin {
                writeln!(
                    f,
                    "# No list was named: the names of the bundled list `{}` are there for trying only.",
                    source.name
                )?;
            } else if self.default_lists.contains(&source.name) {
                writeln!(f, "# A home has this list as long as none is named:")?;
                for line in List(source).to_string().lines() {
                    writeln!(f, "# {line}")?;
                }
            } else {
                List(source).fmt(f)?;
            }
        }
        let Fetch { offline, proxy, roots } = &self.fetch;
        writeln!(f, "\n[fetch]  # of lists that have a url")?;
        writeln!(f, "offline = {offline}  # true: nothing is fetched")?;
        match proxy {
            Proxy::Environment => writeln!(
                f,
                "proxy = \"environment\"  # as HTTPS_PROXY and the like say; none; or http://HOST:PORT"
            )?,
            Proxy::None => writeln!(f, "proxy = \"none\"")?,
            Proxy::At(_) => {
                writeln!(f, "# proxy = …  # there is one, which is not shown, since it may have a password")?;
            }
        }
        match roots {
            Some(path) => {
                writeln!(f, "roots = {}  # authorities beside the public ones", Quoted(path.display()))?;
            }
            None => {
                writeln!(f, "# roots = \"/etc/sekisho/roots.pem\"  # authorities beside the public ones")?;
            }
        }
        writeln!(f, "\n[guard]")?;
        match &self.popular {
            Some(path) => writeln!(
                f,
                "popular = {}  # names that lists are not believed about",
                Quoted(path.display())
            )?,
            None => writeln!(
                f,
                "# popular = \"/etc/sekisho/top-sites.csv\"  # names that lists are not believed about"
            )?,
        }
        writeln!(f)
    }

    fn page_and_rest(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\
[rules]  # your own, above all lists: a name and all below it; *.name for what is below it alone
allow = {}
block = {}
regex = {}  # regular expressions; names in which one is found are blocked

[page]
listen = {}
https = {}  # refuse; alert; local-ca = the page, with a certificate of your own: `sekisho ca init`
https_listen = {}
host = {}  # our own name
country = {}  # whose help lines are shown
language = {}  # when the browser asks for none that we have
operator = {{ name = {}, contact = {} }}
history = {}  # what was stopped for a device is remembered for an hour, and told to that device alone
unblock_delay = {}  # how long scam stays blocked after `sekisho requests approve`
connections = {}  # in all
connections_per_client = {}

[metrics]
listen = {}

[log]
level = {}

[state]
dir = {}
",
            Array(&self.own_allow),
            Array(&self.own_block),
            Array(&self.own_regex),
            Array(&self.page),
            Quoted(self.https.word()),
            Array(&self.page_https),
            Quoted(&self.sinkhole.host),
            Quoted(&self.sinkhole.country),
            Quoted(self.sinkhole.language.tag()),
            Quoted(&self.sinkhole.operator.name),
            Quoted(&self.sinkhole.operator.contact),
            self.engine.history,
            Quoted(units::show_duration(self.unblock_delay)),
            self.page_limits.connections,
            self.page_limits.connections_per_client,
            Array(&self.metrics),
            Quoted(self.log_level.word()),
            Quoted(self.state.display()),
        )
    }
}
/// A list as a table.
struct List<'s>(&'s Source);

impl Display for List<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let source = self.0;
        let format = source.format.map_or_else(|| "auto".into(), |format| format.to_string());
        writeln!(f, "[[list]]")?;
        writeln!(f, "name = {}", Quoted(&source.name))?;
        match &source.origin {
            Origin::Path(path) => {
                writeln!(f, "path = {}  # a file, or a folder of files", Quoted(path.display()))?;
            }
            Origin::Subscription(subscription) => print_subscription(f, subscription)?,
            Origin::Bundled(_) => {}
        }
        writeln!(f, "category = {}", Quoted(&source.category))?;
        writeln!(
            f,
            "kind = {}  # block, or allow: names that no block list takes away",
            Quoted(if source.allows { "allow" } else { "block" })
        )?;
        writeln!(
            f,
            "format = {}  # auto | hosts | domains | adblock | dnsmasq | unbound | rpz | urls | maltrail | json",
            Quoted(format)
        )?;
        writeln!(f, "match = {}  # auto | exact | subtree", Quoted(source.matching))?;
        let policy = if source.given { "given" } else { "category" };
        writeln!(f, "policy = {}  # category | given", Quoted(policy))?;
        writeln!(
            f,
            "guard = {}  # auto | quarantine | report | off: entries for shared, popular or protected names",
            Quoted(source.guard)
        )
    }
}

/// Where a list is fetched from, and how.
fn print_subscription(f: &mut Formatter<'_>, subscription: &Subscription) -> fmt::Result {
    let Subscription { url, mirrors, plain_http, refresh, window, licence } = subscription;
    if let Some(licence) = licence {
        writeln!(f, "# licence: {licence}")?;
    }
    writeln!(f, "url = {}", Quoted(url))?;
    writeln!(f, "mirrors = {}  # tried in this order where the url fails", Array(mirrors))?;
    writeln!(f, "plain_http = {plain_http}  # true: http will do, which anybody on the way can change")?;
    writeln!(f, "refresh = {}  # how often it is fetched", Quoted(units::show_duration(*refresh)))?;
    writeln!(
        f,
        "window = {}  # how long what it published is kept; 0s: what is published now",
        Quoted(units::show_duration(*window))
    )
}
