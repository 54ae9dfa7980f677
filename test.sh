#!/usr/bin/env bash
# Runs every check of the project: format, lints, documentation, dependencies, tests. Needs a Rust toolchain from
# rustup; on Debian it installs what else is missing, as root or through sudo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# Where Debian keeps servers, and rustup the toolchain; neither is on everybody's path.
export PATH="$PATH:/usr/sbin:/sbin:${CARGO_HOME:-$HOME/.cargo}/bin"

step() { printf '\n==> %s\n' "$*"; }

fail() {
    printf 'test.sh: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

# Installs Debian packages. Those of servers start them at once unless policy-rc.d forbids it, and here only the
# programs are wanted.
install_packages() {
    command -v apt-get >/dev/null || fail "please install these first (Debian's names): $*"
    [[ $(id -u) == 0 ]] || command -v sudo >/dev/null || fail "as root, please run: apt-get install $*"
    local policy=/usr/sbin/policy-rc.d remove=true
    if [[ ! -e $policy ]]; then
        remove="as_root rm -f $policy"
        # shellcheck disable=SC2064  # what to remove is known now
        trap "$remove" EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null
    $remove
    trap - EXIT
}

command -v cargo >/dev/null || fail "there is no cargo; install Rust with rustup, https://rustup.rs"

step "What the checks need"
packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need cc build-essential       # some dependencies are partly written in C
need promtool prometheus      # lints the metrics
need nsd nsd                  # an independent name server to be upstream
need dig bind9-dnsutils       # an independent client
need kdig knot-dnsutils       # another one
need ip iproute2              # the commands of the documents run in a network of their own
need curl curl                # one of them downloads
need unshare util-linux       # the same
need systemd-analyze systemd  # checks the unit
need shellcheck shellcheck    # checks the scripts
need man man-db               # checks the page of the manual
need lintian lintian          # checks the Debian package
need debootstrap debootstrap  # makes a fresh Debian to install it in
need systemd-nspawn systemd-container  # boots that
need setpriv util-linux
need chromium chromium        # looks at the page
need firefox-esr firefox-esr
need Xvfb xvfb                # a screen for them
need openbox openbox          # a window manager: full screen needs one
need xdotool xdotool          # real keys
need import imagemagick       # pictures of that screen
need node nodejs              # drives the browsers
need npm npm
need java default-jre-headless  # the W3C's checker of HTML
need certutil libnss3-tools   # has browsers believe in a certificate of a test
need openssl openssl
need_font() { [[ -n $(fc-list "$1" 2>/dev/null) ]] || packages+=("$2"); }
need_font ":lang=ja" fonts-noto-cjk   # without them the pictures show boxes
need_font ":lang=vi" fonts-noto-core
if ((${#packages[@]})); then install_packages "${packages[@]}"; fi
components=()
cargo fmt --version >/dev/null 2>&1 || components+=(rustfmt)
cargo clippy --version >/dev/null 2>&1 || components+=(clippy)
if ((${#components[@]})); then rustup component add "${components[@]}"; fi
if [[ -z ${SEKISHO_TEST_DATA:-} ]]; then
    unset SEKISHO_TEST_DATA
    echo "SEKISHO_TEST_DATA is not set: the tests on real lists will say that they skip"
fi

step "cargo fmt"
cargo fmt --check

step "cargo clippy"
cargo clippy --all-targets --locked -- -D warnings

step "cargo doc"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

step "cargo deny"
if cargo deny --version >/dev/null 2>&1; then
    cargo deny check bans licenses sources
else
    echo "SKIPPED: cargo-deny is not installed, so dependencies and their licences are not checked"
fi

step "cargo test"
SEKISHO_REQUIRE_TOOLS=1 cargo test --locked

step "The Debian package, used"
SEKISHO_REQUIRE_TOOLS=1 tests/package.sh

step "The page in browsers"
browsers=tests/browser
if [[ $(node -p 'process.versions.node.split(".")[0]') -lt 20 ]]; then
    echo "SKIPPED: $(node --version) is too old for the tests in browsers; they need Node 20"
else
    npm --prefix "$browsers" ci --no-progress
    node "$browsers/run.js"
fi
