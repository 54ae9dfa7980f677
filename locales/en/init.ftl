# What `sekisho init` asks and writes, in English. A message may have several lines; in the file each becomes a comment.
# Readers: a teacher or a parent with a small computer, or a provider's engineer. Plain words, no blame.
# Messages that begin with `section-` and `key-` are the comments of sekisho.toml, by table and key.

## The questions

greeting =
    This asks five questions and then writes { $file }.
    Enter takes the answer in brackets. Ctrl-C stops without writing anything.
prompt-default = Your answer [{ $default }]:
prompt-none = Your answer [none]:
prompt-must = Your answer:

ask-profile =
    1 of 5. Who is it for?
      1) home    a family and its guests
      2) school  a school or another place with many devices
      3) isp     a provider with subscribers

ask-serving =
    2 of 5. Whom does it serve?
      1) only this machine, to try it out; needs no root
         (DNS on port 5353, the page on port 8080)
      2) the whole network, on all addresses of this machine
         (DNS on port 53, the page on port 80)
    { "     " }{ $addresses }
addresses-found = Its addresses now: { $list }
addresses-none = No address for others was found just now. Is it connected to the network?

ask-networks =
    Which networks may ask? Write those of your subscribers with spaces between,
    such as 192.0.2.0/24 2001:db8::/32. This machine itself may always ask.
    Enter allows private networks and those that this machine is in; public
    addresses of subscribers are not among these and would be refused.
prompt-networks = Your answer [private networks and its own]:

ask-upstream =
    3 of 5. Which servers does it ask for ordinary names?
      1) those that this machine uses now
      2) Quad9, a public resolver in Switzerland, over an encrypted connection
      3) others, by their addresses
ask-servers =
    Their addresses, with spaces between: 192.0.2.53, 192.0.2.53:5300,
    or over TLS tls://9.9.9.9#dns.quad9.net

ask-list-home =
    4 of 5. Which lists of dangerous names does it use?
    Enter takes those that are recommended for a home. Sekisho fetches them
    by itself, every few hours; `sekisho lists` shows them and their terms.
    Or write the path of a file or a folder of your own, to use that in
    their place. A path that ends with / and is not there yet becomes a
    new folder.
prompt-lists = Your answer [the recommended lists]:

ask-list =
    4 of 5. Where are the lists of dangerous names?
    Write the path of a file or of a folder. A path that ends with / and
    is not there yet becomes a new folder.
    Enter is none yet: nobody is protected until there is one. Sekisho can
    fetch public lists by itself; the file that is written shows how.

ask-operator =
    5 of 5. Whom may people contact if a site was blocked by mistake?
    A name, a comma, and how to reach them, such as: Ms Tanaka, ext. 12
    It is shown on the page. Enter shows nobody.

## Answers that cannot be used

wrong-choice = “{ $text }” is none of these. Write a number from 1 to { $count }.
wrong-network = “{ $text }” is no network. Write one such as 192.0.2.0/24, or a single address.
wrong-everybody = “{ $text }” would answer the whole internet, which strangers abuse. Write the networks of your subscribers.
wrong-server = “{ $text }” is no server that can be asked. Write an address such as 192.0.2.53, or tls://ADDRESS#NAME.
wrong-path = There is nothing at { $text }, or it may not be read. Check the path; to have a new folder made, end it with /.
wrong-kind = { $text } is neither a file nor a folder. Write the path of a list, or of a folder with lists.
wrong-empty = This needs an answer.
wrong-line = That line cannot be read: it is too long, or has keys such as arrows in it. Please write it anew.

## Why nothing was written

refused-exists = { $file } is there already and stays as it is. To write another one, give another name: sekisho init other.toml
refused-folder = there is no folder { $folder }. Make it first, or give another path.
refused-not-a-folder = { $folder } is no folder. Give a path in a folder that is there.
refused-is-folder = { $file } is a folder. Give the name of a file in it, such as { $file }/sekisho.toml
refused-folder-unwritable = nothing can be written in { $folder }: { $error }. Give another path, or run this as a user who may write there.
refused-write = { $file } could not be written: { $error }. No part of it was left behind.
refused-list-folder = the folder { $folder } for lists could not be made: { $error }. Make it yourself, or give another path. Nothing was written.
refused-tries = three answers in a row could not be used, so nothing was written. Start again when you like: sekisho init
refused-end = the input ended where an answer was needed, so nothing was written.
refused-both = a file is named twice, { $file } and --config { $other }. Name it once.
refused-options = init takes no option but --config and --defaults. Leave the others out, and change the file afterwards.
refused-own = the file that was made is not one that Sekisho accepts, so it was not kept. This is a bug in Sekisho; please report it with this line: { $error }

## After writing

written = Written: { $file }
next-page = The page speaks { $language } where a browser asks for no other, and shows the help lines of { $country }. Both stand under [page] in the file.
next-heading = What to do next:
next-lists = Name a list in the file: remove the # from the example under [[list]] to have that one fetched, or write the path of a list of your own. Until then nobody is protected. Public lists and their terms: sekisho lists catalogue
next-fetched = See the lists come in, which takes about a minute, and read on what terms each may be used. Nobody is protected before: { $command }
next-list-empty = Put a list file into { $folder }. Sekisho does not start while there is none.
next-check = Check the file whenever you have changed it: { $command }
next-start = Start Sekisho: { $command }
next-start-root = Start Sekisho; ports below 1024 need root or a service manager that permits them: { $command }
next-doctor = See whether all is well with this machine and its ports: { $command }
next-router = Name this machine as DNS server where your router or server hands one out: { $addresses }

## The file

file-head =
    Configuration of Sekisho, written by sekisho init.

    Lines that begin with # and a space explain. Lines that begin with # and no space are settings
    with their defaults: remove the # to change one. A setting that is missing has its default.
file-profile = The set of defaults: home, school or isp.

section-listen = Who is answered, and where.
key-listen-dns = Addresses for DNS, over UDP and TCP. [::] is IPv6 alone; 0.0.0.0 beside it is IPv4.
key-listen-dns-one-by-one =
    If another program has port 53 on an address of this machine, as systemd-resolved has on 127.0.0.53,
    name the addresses one by one instead, for example: { $example }
key-listen-dns-no-v6 = This machine had no IPv6 when this was written. Add { $address } when it has.
key-listen-allow =
    Who may ask: loopback, private, on-link (the networks that this machine is in), any, addresses, networks.
    Everybody else is refused. Do not write any where the internet reaches this machine.
key-listen-allow-isp = Public addresses of subscribers are not among these. Add their networks.
key-listen-workers = Threads for UDP at each address; 0 is one for each core.
key-listen-udp = auto; portable is slower, for systems on which auto fails.
key-listen-connections = How many TCP connections are open at once.
key-listen-connections_per_client = How many of them one client may have.
key-listen-rate_limit = Answers a second over UDP to one network of strangers; 0 is no limit. Private networks have none.

section-upstream = Where ordinary names are looked up.
key-upstream-servers =
    Asked in this order. "system" is what this machine itself uses; "192.0.2.53" a server;
    "tls://9.9.9.9#dns.quad9.net" one over TLS, with the name in its certificate.

section-cache = Answers that are remembered for a while.
key-cache-memory = What they may take in memory together.
key-cache-min_ttl = Remember them at least this long; 1h at most.
key-cache-max_ttl = Remember them at most this long.
key-cache-serve_stale = For so long after that, give them where the servers do not reply; "0s" is never.
key-cache-prefetch = Ask again for popular names before they expire: true or false.

section-block = How blocked names are answered.
key-block-ttl = How long devices may remember that a name is blocked: 1s to 60s.
key-block-sinkhole_v4 = The address that leads to the page. auto is the one that was asked; none; or an address.
key-block-sinkhole_v6 = The same for IPv6.
section-block-category = By category: page, null, nxdomain, nodata, refused or log. Categories of your own go here too.

section-list =
    Lists of names to block: one such table for each. One with a url is fetched by Sekisho itself. One with
    a path is a file, or a folder whose files together are the list. Changes take effect while Sekisho runs.
section-list-home =
    There is none here, so Sekisho fetches those that are recommended for a home:
    { $lists }.
    `sekisho lists remove NAME` and `sekisho lists add NAME` change that. As soon as a [[list]] stands here,
    it is used in their place. An example:
section-list-instead =
    This one is used in place of those that are recommended for a home: { $lists }.
    `sekisho lists add NAME` adds one of them beside it.
section-list-none =
    There is no list yet, so NOBODY IS PROTECTED: only a few names for trying are blocked.
    Remove the # from these lines to have this list fetched. Read its terms first: sekisho lists catalogue
key-list-kind = block; allow is a list of names that no list blocks.
key-list-format = auto, hosts, domains, adblock, dnsmasq, unbound, rpz, urls, maltrail or json.
key-list-match = auto, exact (the name alone) or subtree (the name and all below it).
key-list-refresh = How often it is fetched: 5m to 30d.

section-fetch =
    How lists with a url are fetched. A file of further certificate authorities can be named as
    roots = "/etc/sekisho/roots.pem".
key-fetch-offline = true: nothing is fetched. What was fetched before stays in force.
key-fetch-proxy = environment (as HTTPS_PROXY and the like say), none, or a proxy such as "http://192.0.2.1:3128".

section-rules = Your own word, above all lists: a name and all below it; "*.shop.example" is what is below it alone.
key-rules-allow = Names that are never blocked, such as "shop.example".
key-rules-block = Names that are always blocked.
key-rules-regex = Regular expressions, such as "^support-[0-9]": names in which one is found are blocked.

section-page = The page that people see in place of a blocked site.
key-page-listen = Addresses of the page. Browsers that are led to it look on port 80. [] serves none.
key-page-https =
    What links with https:// to a blocked site get: refuse (an error of the browser, at once), alert (the same, counted),
    or local-ca (the page, with a certificate of your own; docs/local-ca.md tells the risk).
key-page-https_listen = Addresses for that, with port 443. Not used with refuse.
key-page-history = Whether a device is shown what was stopped for it in the last hour. Kept in memory alone.
key-page-unblock_delay = How long a scam site stays blocked after its request was approved, so that nobody is rushed.
key-page-host = A name for this machine, answered by Sekisho.
key-page-country = Whose help lines are shown, in two letters.
key-page-country-unknown = Your settings did not tell the country. Whose help lines are shown, in two letters:
key-page-language = ja, ja-easy, en, zh-Hans, ko, vi or pt-BR, where the browser asks for none of them.
key-page-operator = Who runs this network, and how to say that a block is a mistake. Shown on the page.
key-page-connections = How many connections to the page are open at once.
key-page-connections_per_client = How many of them one client may have.

section-metrics = Figures for Prometheus.
key-metrics-listen = Addresses at which they are served. [] serves none.

section-log = The log, on standard error.
key-log-level = error, warn, info, debug or trace. Up to info, it has neither the names that people ask for nor their addresses.

section-state = What Sekisho keeps on disk.
key-state-dir = The folder for it: the last good copy of every list.

file-foot-heading = What to do next:
file-foot-check = Check this file: { $command }
file-foot-start = Start Sekisho: { $command }
file-foot-lists = See how the lists are: { $command }
file-foot-doctor = Look whether all is well: { $command }
