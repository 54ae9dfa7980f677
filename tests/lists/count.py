#!/usr/bin/env python3
"""Counts what lists say, apart from Sekisho: how many rules block, how many let pass, and how many entries are no rule.

    count.py FORMAT FILE [FORMAT FILE …]

For each file it prints BLOCK, ALLOW, SKIPPED and FILE, parted by tabs. It shares no code with the parser in src/lists/parse and
goes another way where it can, so that a mistake would have to be made twice. The standard library is all that it needs.
"""

import json
import re
import sys
import unicodedata

NOWHERE = {"0.0.0.0", "127.0.0.1", "::", "::1"}
BOILERPLATE = {"localhost", "local", "broadcasthost"}
LABEL = re.compile(r"[a-z0-9_-]{1,63}\Z")
HEX_NUMBER = re.compile(r"0x[0-9a-f]*\Z")


def to_ascii(text):
    """The A-label form of a name, nearly as UTS 46 has it: good enough for the names in real lists."""
    text = unicodedata.normalize("NFKC", text).replace("\u3002", ".").lower()
    text = unicodedata.normalize("NFC", text)
    labels = []
    for label in text.split("."):
        if not label.isascii():
            if not all(unicodedata.category(sign)[0] in "LMN" or sign == "-" for sign in label):
                return None
            label = "xn--" + label.encode("punycode").decode("ascii")
        labels.append(label)
    return ".".join(labels)


def name_of(text, fewest_labels=2):
    """The name that a text is, or None."""
    name = text.lower() if text.isascii() else to_ascii(text)
    if name is None:
        return None
    labels = name.removesuffix(".").split(".")
    if not all(LABEL.match(label) for label in labels) or len(name.removesuffix(".")) > 253:
        return None
    if len(labels) < fewest_labels or labels[-1].isdigit() or HEX_NUMBER.match(labels[-1]):
        return None
    if labels[-1].startswith("localdomain") or len(labels) == 1 and labels[0] in BOILERPLATE:
        return None
    return ".".join(labels)


def entry_of(text):
    """The name that a text is, with or without a leading `*.`."""
    return name_of(text.removeprefix("*."))


class Count:
    """How many rules block, how many let pass, and how many entries are no rule."""

    def __init__(self):
        self.block = self.allow = self.skipped = 0

    def entry(self, name, lets_pass=False):
        if name is None:
            self.skipped += 1
        elif lets_pass:
            self.allow += 1
        else:
            self.block += 1


def lines_of(data):
    """The lines of a text that are not blank."""
    for line in data.decode("utf-8", "replace").split("\n"):
        line = line.strip(" \t\r\f").removeprefix("\ufeff").strip()
        if line:
            yield line


# Adblock.

RULE = re.compile(r"(@@)?(\|\|\*\.|\|\||\|)([^|^$/*]+)\^(?:\$(.*))?\Z")
TYPES = {"A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT", "MX", "NS", "PTR", "SRV", "SOA", "ANY"}
REFUSAL = re.compile(r"(NXDOMAIN|REFUSED|NOERROR|SERVFAIL)(;;)?\Z|0\.0\.0\.0\Z|::\Z|NOERROR;A;0\.0\.0\.0\Z|NOERROR;AAAA;::\Z")


def is_cosmetic(line):
    return "$$" in line or "$@$" in line or re.match(r"[^#]*#[@?$%]{0,3}#(?!##)\S", line) is not None


def modifier_is_followed(modifier, name, exception):
    """Whether one modifier is understood."""
    word, _, value = modifier.partition("=")
    if word == "important":
        return modifier == word
    if word == "dnstype":
        types = value.split("|")
        signs = {kind.startswith("~") for kind in types}
        return len(signs) == 1 and all(kind.lstrip("~").upper() in TYPES for kind in types)
    if exception:
        return False
    if word == "denyallow":
        return all((spared := name_of(other)) and spared.endswith("." + name) for other in value.split("|"))
    if word == "dnsrewrite":
        return REFUSAL.match(value) is not None
    return modifier == "all"


def adblock_rule(line):
    """Sign, anchor, name and modifiers of a rule, or None."""
    found = RULE.match(line)
    if not found or is_cosmetic(line):
        return None
    sign, anchor, text, modifiers = found.groups()
    if text.endswith("."):
        return None
    name = name_of(text, fewest_labels=1 if sign else 2)
    if name is None:
        return None
    return sign or "", anchor, name, None if modifiers is None else tuple(sorted(map(str.strip, modifiers.split(","))))


def taken_back_by(lines):
    """What badfilter lines take back: rules with the same modifiers, and plain blocks."""
    exact, plain = set(), set()
    for line in lines:
        rule = adblock_rule(line) if "badfilter" in line else None
        if rule and rule[3] and "badfilter" in rule[3]:
            sign, anchor, name, modifiers = rule
            exact.add((sign, anchor, name, tuple(word for word in modifiers if word != "badfilter")))
            if not sign:
                plain.add((anchor, name))
    return exact, plain


class Adblock:
    """Lines in adblock's language, wherever they stand."""

    def __init__(self, lines):
        self.exact, self.plain = taken_back_by(lines)
        self.depth = 0

    def directive(self, line):
        if line.startswith("!#if"):
            self.depth += 1
        elif line.startswith("!#endif"):
            self.depth = max(0, self.depth - 1)

    def read(self, line, count):
        rule = adblock_rule(line)
        if rule is None or self.depth:
            return count.entry(None)
        sign, anchor, name, modifiers = rule
        words = modifiers or ()
        if (sign, anchor, name, words) in self.exact or "badfilter" in words:
            return count.entry(None)
        if not sign and words in ((), ("all",)) and (anchor, name) in self.plain:
            return count.entry(None)
        keys = [word.partition("=")[0] for word in words]
        followed = len(set(keys)) == len(keys) and all(modifier_is_followed(word, name, bool(sign)) for word in words)
        return count.entry(name if followed else None, bool(sign))


def adblock(data, count):
    lines = list(lines_of(data))
    rules = Adblock(lines)
    for line in lines:
        rules.directive(line)
        if line.startswith("!#include"):
            count.entry(None)
        elif line.startswith("!") or re.match(r"(?i)\[(adblock|adguard|ublock|uboorigin).*\]\Z", line):
            continue
        elif not line.startswith("#") or is_cosmetic(line):
            rules.read(line, count)


# Hosts and names.

def plain(data, count):
    lines = list(lines_of(data))
    rules = Adblock(lines)
    for line in lines:
        rules.directive(line)
        if line.startswith("!#include"):
            count.entry(None)
        elif line[0] in "#!;" or re.match(r"(?i)\[(adblock|adguard|ublock|uboorigin).*\]\Z", line):
            continue
        elif line.startswith(("||", "@@")):
            rules.read(line, count)
        else:
            plain_line(line, count)


def plain_line(line, count):
    first, *rest = line.split()
    if not rest or rest[0][0] in "#!;":
        return count.entry(entry_of(first))
    if first not in NOWHERE:
        return count.entry(None)
    hosts = re.split("#", line.split(None, 1)[1])[0].split()
    names = [entry_of(host) for host in hosts]
    for name in names:
        count.entry(name if all(names) else None)


# Files of servers.

def dnsmasq(data, count):
    for line in lines_of(data):
        if line.startswith("#"):
            continue
        line = re.sub(r"\s#.*", "", line)
        found = re.match(r"(address|server|local)\s*=\s*/(.*)/([^/]*)\Z", line)
        if not found:
            count.entry(None)
            continue
        option, names, target = found.groups()
        names = [entry_of(re.sub(r"^\.(?!\*)", "", name)) for name in names.split("/")]
        lets_pass = option != "address" and target == "#"
        blocks = target == "" or option == "address" and (target == "#" or target in NOWHERE)
        for name in names:
            count.entry(name if all(names) and (lets_pass or blocks) else None, lets_pass)


# Trails.

def maltrail(data, count):
    for line in lines_of(data):
        if not line.startswith("#"):
            count.entry(name_of(line.split("#")[0].strip()))


# JSON.

def json_list(data, count):
    whole = json.loads(data)
    members = {"deny": whole} if isinstance(whole, list) else whole
    for member, value in members.items():
        for name in value if isinstance(value, list) else []:
            known = member in ("deny", "blacklist", "blocklist", "allow", "whitelist", "allowlist")
            if name != "":
                count.entry(entry_of(name.strip()) if known else None, member in ("allow", "whitelist", "allowlist"))


FORMATS = {
    "adblock": adblock,
    "dnsmasq": dnsmasq,
    "domains": plain,
    "hosts": plain,
    "json": json_list,
    "maltrail": maltrail,
}


def main(arguments):
    for form, path in zip(arguments[::2], arguments[1::2]):
        count = Count()
        with open(path, "rb") as file:
            FORMATS[form](file.read(), count)
        print(count.block, count.allow, count.skipped, path, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
