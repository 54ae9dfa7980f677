#!/usr/bin/env bash
# What a person looks at before a release, and a test cannot decide: help lines that nobody has compared with their source
# for a year. Prints them and ends with 1; with 0 if there are none. TODAY=2027-01-31 looks from another day.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

today=${TODAY:-$(date +%F)}
year_ago=$(date -d "$today - 12 months" +%F)
awk -v oldest="$year_ago" '
    /^id = / { id = $3 }
    /^source = / { source = $3 }
    /^verified_on = / && $3 < oldest {
        printf "The help line %s was last compared with its source on %s: open %s, and call.\n", id, $3, source
        old = 1
    }
    END { exit old }
' locales/help-lines.toml
