"""Reads a response policy zone a second time, slowly and by other means, for tests/rpz_on_real_data.rs.

    python3 count_rpz.py ZONE

Prints a line `LINE SCOPE NAME EFFECT` for each rule, a line `LINE skipped` for each record that is none, and last
`total LINES BLANK COMMENTS`. It knows what published zones of names consist of, and fails at anything else.
"""

import re
import sys

EFFECTS = {".": "nxdomain", "*.": "nodata", "rpz-passthru.": "pass", "rpz-drop.": "drop", "rpz-tcp-only.": "tcp-only"}
NAME = re.compile(r"(\*\.)?((?:[a-z0-9_-]{1,63}\.)+[a-z0-9_-]{1,63})", re.IGNORECASE)


def main(path):
    with open(path, encoding="ascii", newline="\n") as zone:
        lines = zone.read().removesuffix("\n").split("\n")
    blank = comments = 0
    for number, line in enumerate(lines, 1):
        text = line.split(";", 1)[0].rstrip()
        words = text.split()
        if not line.strip():
            blank += 1
        elif not words or words[0] == "$TTL" or {"SOA", "NS"} & set(words[:3]):
            assert not words or words[0] == "$TTL" or text[0] in " @", line
            comments += 1
        else:
            print(number, rule(words, line))
    print("total", len(lines), blank, comments)


def rule(words, line):
    owner, kind, target = words
    assert kind == "CNAME" and not line[0].isspace(), line
    matched = NAME.fullmatch(owner)
    top = owner.rsplit(".", 1)[-1]
    if not matched or len(owner) > 253 or top.isdigit() or top.lower().startswith("rpz-"):
        return "skipped"
    scope = "below" if matched[1] else "exact"
    return f"{scope} {matched[2].lower()} {EFFECTS[target]}"


main(sys.argv[1])
