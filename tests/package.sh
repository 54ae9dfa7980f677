#!/usr/bin/env bash
# Builds the Debian package and uses it as an operator would: in a fresh Debian without systemd (a chroot), and in one
# that systemd has booted (a container). Installs, asks for a blocked name, fetches the page, edits the configuration,
# upgrades, removes, purges; with and without systemd-resolved on port 53. Says how long it took from `apt-get install`
# to the first blocked answer.
#
#   tests/package.sh [--no-build]      --no-build packs target/release/sekisho as it is
#
# Runs as root or through sudo, on Debian and its relatives. The mirror is the one that this machine's apt uses. What
# debootstrap makes is kept below target/package/, so that a second run is quick. Everything that is started lives in
# namespaces of its own (mounts, network, processes) and ends with the script.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PATH:/usr/sbin:/sbin:${CARGO_HOME:-$HOME/.cargo}/bin" LC_ALL=C.UTF-8

home=$PWD/target/package
# A base older than this many days is made anew.
base_age=7
# Seconds that one thing may take: an answer, a boot with all that happens in it.
patience=20
boot_patience=240

step() { printf '\n--> %s\n' "$*"; }

fail() {
    printf 'package.sh: FAILED: %s\n' "$*" >&2
    exit 1
}

# Leaves out what this machine or its network does not allow, loudly: that says nothing about the package.
cannot() {
    printf 'SKIPPED: tests/package.sh: %s\n' "$*"
    exit 0
}

# Leaves out what lacks a tool, loudly. Where everything must be there, a missing tool is a failure.
skip() {
    [[ ${SEKISHO_REQUIRE_TOOLS:-} != 1 ]] || fail "$*"
    printf 'SKIPPED: tests/package.sh: %s\n' "$*"
    exit 0
}

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

# until_true SECONDS WHAT COMMAND...: tries it until it succeeds.
until_true() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        ((SECONDS < deadline)) || fail "waited in vain for $what"
        sleep 0.05
    done
}

# ---- Outside of the namespaces: what is needed, the packages, the base systems ----

# Prints the mirror of a release, as this machine's apt knows it.
mirror() {
    # shellcheck disable=SC2016  # apt fills these in
    apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SITE)' 'Identifier: Packages' |
        awk -v suite="$1" '$1 == suite && $2 == "main" { print $3; exit }'
}

# Prints the file of the keys that a release is signed with, if this machine's apt names one that is there.
signed_by() {
    apt-get indextargets 'Identifier: Packages' | awk -v suite="$1" '
        /^Codename:/ { here = $2 == suite }
        /^Signed-By:/ && here { print $2; exit }' | while read -r file; do
        if [[ -f $file ]]; then echo "$file"; fi
    done
}

# base NAME [PACKAGES]: a fresh Debian as an archive, made by debootstrap unless there is one.
base() {
    local name=$1 archive=$home/$1.tar suite site keys="" work
    shift
    if [[ -n $(find "$archive" -mtime "-$base_age" 2>/dev/null) ]]; then return; fi
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    site=$(mirror "$suite")
    [[ -n $site ]] || cannot "apt on this machine knows no Debian mirror for its release"
    keys=$(signed_by "$suite")
    step "A fresh $suite ($name), by debootstrap"
    work=$(as_root mktemp -d "$home/$name.XXXXXX")
    # It becomes the root of a system, which everybody on it may enter.
    as_root chmod 755 "$work"
    local proxy=""
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    as_root env ${proxy:+http_proxy="$proxy"} debootstrap --variant=minbase --cache-dir="$home/debs" \
        ${keys:+--keyring="$keys"} ${1:+--include="$1"} "$suite" "$work" "$site" >"$home/$name.log" 2>&1 ||
        cannot "debootstrap: $(tail -n 3 "$home/$name.log")"
    as_root rm -rf "$work"/var/cache/apt/archives/*.deb
    as_root tar -C "$work" -cf "$archive.new" .
    as_root mv "$archive.new" "$archive"
    as_root rm -rf "$work"
}

packages() {
    step "The package, and a newer version of it"
    cargo deb --version >/dev/null 2>&1 || cargo install cargo-deb --locked || cannot "cargo-deb cannot be installed"
    local version
    version=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"name":"sekisho","version":"\([^"]*\)".*/\1/')
    cargo deb --quiet --locked "$@" --output "$home/sekisho.deb" 2>&1 | grep -v '\.deb$' || true
    cargo deb --quiet --no-build --deb-version "$version-2" --output "$home/sekisho-newer.deb" >/dev/null 2>&1
    dpkg-deb --info "$home/sekisho.deb" | grep -E '^ (Version|Depends|Installed-Size):'
    [[ $(dpkg-deb --field "$home/sekisho-newer.deb" Version) == "$version-2" ]] || fail "the newer package is not newer"
}

lint() {
    if command -v lintian >/dev/null; then
        step "lintian"
        lintian --allow-root --fail-on error,warning "$home/sekisho.deb" || fail "lintian found something"
    elif [[ ${SEKISHO_REQUIRE_TOOLS:-} == 1 ]]; then
        fail "lintian is not installed"
    else
        echo "SKIPPED: lintian is not installed"
    fi
}

outside() {
    [[ $(uname -s) == Linux ]] || cannot "this is not Linux"
    [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null || cannot "this needs root, or sudo without a password"
    local tool
    for tool in debootstrap dig ip systemd-nspawn unshare setpriv; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    as_root unshare --mount --net --pid --fork true || cannot "namespaces cannot be made here"
    mkdir -p "$home/debs"
    packages "$@"
    lint
    base small
    base booted systemd,systemd-sysv,dbus,systemd-resolved,bind9-dnsutils,curl
    SECONDS=0
    as_root unshare --mount --net --pid --fork --kill-child "${BASH_SOURCE[0]}" --inside
    echo "The package was used for $SECONDS s."
}

# ---- Inside: a chroot without systemd ----

# Unpacks a base to $root, with the packages in it.
fresh() {
    root=$(mktemp -d "$home/$1.run.XXXXXX")
    trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
    tar -C "$root" -xf "$home/$1.tar"
    chmod 755 "$root"
    cp "$home/sekisho.deb" "$home/sekisho-newer.deb" "$root/root/"
}

inside() { chroot "$root" "$@"; }

install_package() {
    inside env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get install -q -y "$@" </dev/null 2>&1 |
        tee "$home/apt.log" || fail "apt-get install $*"
}

leave() {
    inside env DEBIAN_FRONTEND=noninteractive apt-get "$1" -q -y sekisho </dev/null >"$home/apt.log" 2>&1 ||
        fail "apt-get $1: $(cat "$home/apt.log")"
}

# Starts what the unit starts, as the unit's user with the one capability of the unit. There is no systemd here.
start_by_hand() {
    local command
    command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/sekisho.service")
    # Not through a function, so that $! is the program itself.
    # shellcheck disable=SC2086  # a command and its arguments
    chroot "$root" setpriv --reuid sekisho --regid sekisho --init-groups --no-new-privs \
        --bounding-set=-all,+net_bind_service --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service \
        $command >"$home/sekisho.log" 2>&1 &
    server=$!
}

stop() {
    kill -TERM "$server"
    wait "$server" || fail "sekisho did not end well: $(tail -n 3 "$home/sekisho.log")"
}

is_blocked() {
    [[ $(dig +time=1 +tries=1 @"$1" virus-warning.example 2>/dev/null) == *"Sekisho blocks scam: virus-warning.example"* ]]
}

# Asks for a page as a browser does that was led to it.
page() {
    exec 3<>/dev/tcp/127.0.0.1/80
    printf 'GET / HTTP/1.1\r\nHost: virus-warning.example\r\nAccept-Language: en\r\nConnection: close\r\n\r\n' >&3
    cat <&3
    exec 3<&-
}

without_systemd() {
    step "A fresh Debian without systemd: install, ask"
    fresh small
    mount -t proc proc "$root/proc"
    local from=$EPOCHREALTIME to
    install_package /root/sekisho.deb
    start_by_hand
    until_true "$patience" "a blocked answer on port 53" is_blocked 127.0.0.1
    to=$EPOCHREALTIME
    echo "STOPWATCH: $(((${to/./} - ${from/./}) / 1000)) ms from apt-get install to the first blocked answer, without systemd; 2 commands: apt-get install, and the start by hand"
    is_blocked ::1 || fail "no blocked answer over IPv6"
    [[ $(dig +short @127.0.0.1 virus-warning.example) == 127.0.0.1 ]] || fail "the blocked name leads elsewhere"
    page >"$home/page.txt"
    # 403 is its status for a name that was blocked; browsers show it all the same.
    grep -q '^HTTP/1.1 403' "$home/page.txt" || fail "the page: $(head -n 1 "$home/page.txt")"
    grep -q 'virus-warning.example' "$home/page.txt" || fail "the page does not name what was blocked"
    [[ $(inside stat -c %U:%a /var/lib/sekisho) == sekisho:700 ]] || fail "others may read the state"
    [[ -n $(ls -A "$root/var/lib/sekisho") ]] || fail "nothing was written to the state folder"
    stop

    step "What is edited stays, over an upgrade and over removal"
    echo '# edited by the operator' >>"$root/etc/sekisho/sekisho.toml"
    echo 'own.example' >"$root/etc/sekisho/lists/own.txt"
    install_package /root/sekisho-newer.deb >/dev/null
    grep -q '^# edited' "$root/etc/sekisho/sekisho.toml" || fail "the upgrade took the edited configuration away"
    inside /usr/bin/sekisho config --config /etc/sekisho/sekisho.toml >/dev/null || fail "the configuration is not right"
    leave remove
    grep -q '^# edited' "$root/etc/sekisho/sekisho.toml" || fail "removal took the configuration away"
    [[ -n $(ls -A "$root/var/lib/sekisho") ]] || fail "removal took the state away"
    install_package /root/sekisho.deb >/dev/null
    grep -q '^# edited' "$root/etc/sekisho/sekisho.toml" || fail "the package did not find its configuration again"
    # Where systemd has moved it.
    mkdir -p "$root/var/lib/private/sekisho"
    leave purge
    nothing_left

    step "Another program on port 53 is named"
    dpkg-deb --fsys-tarfile "$home/sekisho.deb" | tar -xO ./usr/bin/sekisho >"$root/usr/local/bin/unbound"
    chmod 755 "$root/usr/local/bin/unbound"
    chroot "$root" /usr/local/bin/unbound serve --listen 127.0.0.9:53 --state-dir /tmp/unbound --http 127.0.0.9:8080 \
        --metrics 127.0.0.9:9153 >"$home/holder.log" 2>&1 &
    server=$!
    until_true "$patience" "a program on port 53" grep -q Ready "$home/holder.log"
    install_package /root/sekisho.deb >/dev/null
    grep -q 'Port 53 is in use: unbound' "$home/apt.log" || fail "it was not named: $(cat "$home/apt.log")"
    leave purge
    stop
    umount "$root/proc"
    rm -rf --one-file-system "$root"
}

# After purge. The user stays, as Debian's packages leave theirs; so do apt's and dpkg's own logs.
nothing_left() {
    local left
    left=$(find "$root" -xdev -iname '*sekisho*' -not -path "$root/root/*" -not -path "$root/tmp/*" \
        -not -path "$root/var/cache/*" -not -path "$root/proc/*" || true)
    [[ -z $left ]] || fail "purge left: $left"
    [[ $(inside getent passwd sekisho) == *nologin ]] || fail "the user that stays is not locked"
    echo "Nothing is left but the locked user."
}

# ---- Inside: systemd-resolved, without a running systemd, as when an image is made ----

answer() { inside debconf-set-selections <<<"sekisho sekisho/free-port-53 boolean $1"; }

resolved_without_systemd() {
    step "systemd-resolved in a system that does not run: each answer, and back again"
    fresh booted
    mount -t proc proc "$root/proc"
    local stub=../run/systemd/resolve/stub-resolv.conf servers=/run/systemd/resolve/resolv.conf
    local drop_in=$root/etc/systemd/resolved.conf.d/sekisho.conf link=$root/etc/resolv.conf
    [[ $(readlink "$link") == "$stub" ]] || fail "systemd-resolved is not set up as this test takes it to be"
    # What the question finds here. It is asked only where systemd-resolved would have the port.
    answer true
    install_package /root/sekisho.deb >/dev/null
    grep -q '^DNSStubListener=no$' "$drop_in" || fail "yes did not switch the stub listener off"
    [[ $(readlink "$link") == "$servers" ]] || fail "yes did not point resolv.conf to the servers"
    install_package /root/sekisho-newer.deb >/dev/null
    [[ -e $drop_in && $(readlink "$link") == "$servers" ]] || fail "the upgrade forgot the answer"
    leave remove
    [[ ! -e ${drop_in%/*} && $(readlink "$link") == "$stub" ]] || fail "removal did not undo it"

    # The answer is still yes. Taken back with dpkg-reconfigure, it is undone while the package stays.
    mkdir "${drop_in%/*}"
    echo '# own' >"${drop_in%/*}/own.conf"
    install_package /root/sekisho.deb >/dev/null
    [[ -e $drop_in ]] || fail "the answer was forgotten"
    answer false
    inside dpkg-reconfigure -fnoninteractive sekisho >/dev/null 2>&1
    [[ ! -e $drop_in && -e ${drop_in%/*}/own.conf && $(readlink "$link") == "$stub" ]] || fail "no did not undo yes"

    # What somebody else has changed since is not ours to put back.
    answer true
    inside dpkg-reconfigure -fnoninteractive sekisho >/dev/null 2>&1
    ln -sfn /etc/own-resolv.conf "$link"
    echo '# mine' >>"$drop_in"
    leave purge
    [[ $(readlink "$link") == /etc/own-resolv.conf ]] || fail "removal changed a resolv.conf that is not its own"
    grep -q '^# mine' "$drop_in" || fail "removal took away what somebody had edited"
    grep -q 'left as it is' "$home/apt.log" || fail "removal did not say what it left"
    rm "$drop_in"
    nothing_left

    # No, the default.
    ln -sfn "$stub" "$link"
    install_package /root/sekisho.deb >/dev/null
    [[ ! -e $drop_in && $(readlink "$link") == "$stub" ]] || fail "no changed something"
    leave purge
    [[ $(readlink "$link") == "$stub" ]] || fail "removal changed something that was not ours"
    nothing_left
    umount "$root/proc"
    rm -rf --one-file-system "$root"
}

# ---- Inside: systemd boots ----

# Runs tests/package/booted.sh in a container that systemd has booted, and shows what it says.
with_systemd() {
    step "systemd boots; the service is used"
    fresh booted
    cp tests/package/booted.sh "$root/root/"
    cat >"$root/etc/systemd/system/story.service" <<'UNIT'
[Unit]
After=multi-user.target systemd-resolved.service
[Service]
Type=oneshot
ExecStart=/bin/bash /root/booted.sh
StandardOutput=file:/root/story
StandardError=inherit
ExecStopPost=/bin/systemctl poweroff --no-block
[Install]
WantedBy=default.target
UNIT
    mkdir -p "$root/etc/systemd/system/default.target.wants"
    ln -s ../story.service "$root/etc/systemd/system/default.target.wants/story.service"
    # Neither registered nor put into a unit of its own: this works whether or not systemd runs on this machine.
    timeout "$boot_patience" systemd-nspawn --quiet --register=no --keep-unit --directory "$root" --private-network \
        --boot </dev/null >"$home/boot.log" 2>&1 || true
    [[ -e $root/root/story ]] || cannot "systemd does not boot in a container here: $(tail -n 3 "$home/boot.log")"
    cat "$root/root/story"
    grep -q '^THE STORY ENDS WELL$' "$root/root/story" || fail "the story in the booted system did not end well"
    rm -rf --one-file-system "$root"
}

in_namespaces() {
    mount --make-rprivate /
    mount -t proc proc /proc
    # systemd-nspawn leaves folders here, and asks the machine's own systemd if it sees one.
    mount -t tmpfs tmpfs /run
    ip link set lo up
    without_systemd
    resolved_without_systemd
    with_systemd
}

if [[ ${1:-} == --inside ]]; then in_namespaces; else outside "$@"; fi
