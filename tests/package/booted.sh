#!/usr/bin/env bash
# The story of the service under a real systemd, told inside the container that tests/package.sh boots: systemd-resolved
# has port 53, the package is installed, asked, reloaded, restarted, upgraded and purged.
set -euo pipefail
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

patience=30
drop_in=/etc/systemd/resolved.conf.d/sekisho.conf
config=/etc/sekisho/sekisho.toml

fail() {
    printf 'FAILED: %s\n' "$*"
    systemctl status --no-pager --full sekisho.service || true
    journalctl --no-pager --lines=30 --unit sekisho.service || true
    exit 1
}

until_true() {
    local deadline=$((SECONDS + patience)) what=$1
    shift
    until "$@"; do
        ((SECONDS < deadline)) || fail "waited in vain for $what"
        sleep 0.05
    done
}

say() { printf -- '- %s\n' "$*"; }

property() { systemctl show --value --property="$1" "${2:-sekisho.service}"; }

is_blocked() {
    [[ $(dig +time=1 +tries=1 @127.0.0.1 virus-warning.example 2>/dev/null) == *"Sekisho blocks scam: virus-warning.example"* ]]
}

# Read to the end each time: grep must not end a pipe that is still written to.
log_has() { [[ $(journalctl --no-pager --unit sekisho.service) == *"$1"* ]]; }

web() { curl -sS --max-time 5 -H 'Accept: text/html' -H 'Host: virus-warning.example' "$1"; }

# The sockets on port 53, by the numbers that the kernel gave them.
sockets() { cat /proc/net/{udp,udp6,tcp,tcp6} | awk '$2 ~ /:0035$/ && ($4 == "07" || $4 == "0A") { print $10 }' | sort; }

stub_listens() { grep -q '^ *[0-9]*: 3500007F:0035 ' /proc/net/udp; }

# Asks on and on while something happens, and counts the questions that got no answer at the first try.
ask_on() {
    local asked=0 lost=0
    while [[ ! -e /run/enough ]]; do
        asked=$((asked + 1))
        [[ $(dig +time=3 +tries=1 +short @127.0.0.1 virus-warning.example) == 127.0.0.1 ]] || lost=$((lost + 1))
    done
    echo "$asked $lost" >/run/asked
}

no_is_the_default() {
    until_true "systemd-resolved" stub_listens
    apt-get install -q -y /root/sekisho.deb </dev/null >/run/apt.log 2>&1 || fail "apt-get install: $(cat /run/apt.log)"
    grep -q 'Port 53 is in use: systemd-resolved' /run/apt.log || fail "the holder was not named: $(cat /run/apt.log)"
    [[ ! -e $drop_in ]] || fail "something was changed without being asked for"
    until_true "a start that fails and says why" log_has 'another program uses that port'
    stub_listens || fail "systemd-resolved lost its port"
    apt-get purge -q -y sekisho </dev/null >/run/apt.log 2>&1 || fail "apt-get purge: $(cat /run/apt.log)"
    say "port 53 taken: the holder is named, nothing is changed, the log says why the service does not start"
}

policy_is_heeded() {
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    apt-get install -q -y /root/sekisho.deb </dev/null >/run/apt.log 2>&1 || fail "apt-get install: $(cat /run/apt.log)"
    [[ $(property ActiveState) == inactive ]] || fail "started against policy-rc.d"
    rm /usr/sbin/policy-rc.d
    apt-get purge -q -y sekisho </dev/null >/run/apt.log 2>&1 || fail "apt-get purge: $(cat /run/apt.log)"
    say "policy-rc.d forbids starts: installed, not started"
}

yes_frees_the_port() {
    debconf-set-selections <<<"sekisho sekisho/free-port-53 boolean true"
    local from=$EPOCHREALTIME to
    apt-get install -q -y /root/sekisho.deb </dev/null >/run/apt.log 2>&1 || fail "apt-get install: $(cat /run/apt.log)"
    until_true "a blocked answer on port 53" is_blocked
    to=$EPOCHREALTIME
    printf 'STOPWATCH: %s ms from apt-get install to the first blocked answer, under systemd; 1 command (2 where systemd-resolved has port 53 and the question is answered beforehand)\n' \
        $(((${to/./} - ${from/./}) / 1000))
    until_true "the state active" test "$(property ActiveState)" = active
    [[ $(readlink /etc/resolv.conf) == /run/systemd/resolve/resolv.conf ]] || fail "resolv.conf was not pointed away"
    systemctl is-active --quiet systemd-resolved || fail "systemd-resolved does not run any more"
    if stub_listens; then fail "systemd-resolved still has its stub"; fi
    local page
    page=$(web http://127.0.0.1/ 2>&1) || fail "no page on port 80: $page"
    [[ $page == *virus-warning.example* ]] || fail "the page does not name what was blocked: $page"
    # The metrics of the process, which need /proc.
    [[ $(web http://127.0.0.1:9153/metrics) =~ process_start_time_seconds\ [1-9] ]] ||
        fail "the sandbox hides what the metrics need"
    say "port 53 freed on request, the service answers, systemd-resolved runs on"
}

sandboxed() {
    local process uid
    process=$(property MainPID)
    uid=$(id -u sekisho)
    grep -q "^Uid:[[:space:]]*${uid}[[:space:]]" "/proc/$process/status" || fail "it runs as another user"
    grep -q '^CapEff:[[:space:]]*0000000000000400$' "/proc/$process/status" || fail "it has other capabilities"
    grep -q '^Seccomp:[[:space:]]*2$' "/proc/$process/status" || fail "it has no filter of system calls"
    [[ $(readlink /var/lib/sekisho) == private/sekisho ]] || fail "the state folder is not private"
    [[ $(stat -c %U /var/lib/sekisho/) == sekisho ]] || fail "the state folder is somebody else's"
    [[ -n $(ls -A /var/lib/sekisho/) ]] || fail "nothing was written to the state folder"
    systemd-analyze verify --man=no /usr/lib/systemd/system/sekisho.service || fail "systemd-analyze verify"
    say "the sandbox is on, and the state folder is written: $(property StatusText)"
}

kept_alive() {
    mkdir -p /run/systemd/system/sekisho.service.d
    printf '[Service]\nWatchdogSec=2s\n' >/run/systemd/system/sekisho.service.d/watchdog.conf
    systemctl daemon-reload
    systemctl restart sekisho.service
    local first process
    process=$(property MainPID)
    first=$(property WatchdogTimestampMonotonic)
    # Twice over the limit.
    until_true "signs of life" test_later "$first" 4000000
    [[ $(property MainPID) == "$process" ]] || fail "the watchdog ended a service that was well"
    # A process that is stopped answers nothing, and gives no sign.
    kill -STOP "$process"
    until_true "another process in the place of the one that hangs" test_other_process "$process"
    until_true "a blocked answer after that" is_blocked
    [[ $(property NRestarts) == 1 ]] || fail "it was restarted $(property NRestarts) times"
    rm -r /run/systemd/system/sekisho.service.d
    systemctl daemon-reload
    systemctl restart sekisho.service
    say "the watchdog is fed while the service answers, and replaces one that hangs"
}

test_later() { (($(property WatchdogTimestampMonotonic) > $1 + $2)); }

test_other_process() { [[ $(property MainPID) != "$1" && $(property MainPID) != 0 ]]; }

restart_keeps_sockets() {
    local before after asker asked lost
    before=$(sockets)
    rm -f /run/enough
    ask_on &
    asker=$!
    systemctl restart sekisho.service
    until_true "a blocked answer" is_blocked
    touch /run/enough
    wait "$asker"
    after=$(sockets)
    read -r asked lost </run/asked
    [[ -n $before && $before == "$after" ]] || fail "the sockets are others after a restart: $before, then $after"
    ((asked > 0 && lost == 0)) || fail "$lost of $asked questions got no answer over a restart"
    say "a restart keeps the $(wc -w <<<"$after") sockets on port 53; $asked questions asked meanwhile, none lost"
}

reload_tells() {
    local process
    process=$(property MainPID)
    systemctl reload sekisho.service || fail "a reload of a configuration that is right"
    cp "$config" /run/right
    echo 'nonsense = 1' >>"$config"
    if systemctl reload sekisho.service 2>/dev/null; then fail "a reload of a configuration with a mistake succeeded"; fi
    is_blocked || fail "a configuration with a mistake ended the service"
    cat /run/right >"$config"
    systemctl reload sekisho.service || fail "a reload of a configuration that is right again"
    [[ $(property MainPID) == "$process" ]] || fail "a reload exchanged the process"
    say "a reload refuses a mistake, and the service goes on"
}

upgrade_hands_over() {
    local before process
    echo '# edited by the operator' >>"$config"
    before=$(sockets)
    process=$(property MainPID)
    apt-get install -q -y /root/sekisho-newer.deb </dev/null >/run/apt.log 2>&1 || fail "upgrade: $(cat /run/apt.log)"
    grep -q '^# edited' "$config" || fail "the upgrade took the edited configuration away"
    until_true "a blocked answer after the upgrade" is_blocked
    [[ $(property MainPID) != "$process" ]] || fail "the upgrade left the old program running"
    [[ $before == "$(sockets)" ]] || fail "the upgrade lost the sockets"
    say "an upgrade keeps the edited configuration and hands the sockets over"
}

nothing_left() {
    systemctl stop sekisho.service
    until_true "an end" test "$(property ActiveState)" = inactive
    [[ $(property Result) == success ]] || fail "it did not end well: $(property Result)"
    apt-get purge -q -y sekisho </dev/null >/run/apt.log 2>&1 || fail "apt-get purge: $(cat /run/apt.log)"
    until_true "systemd-resolved with its port again" stub_listens
    [[ ! -e $drop_in && $(readlink /etc/resolv.conf) == ../run/systemd/resolve/stub-resolv.conf ]] ||
        fail "systemd-resolved was not put back"
    local left
    left=$(find / -xdev -iname '*sekisho*' -not -path '/root/*' -not -path '/var/cache/*' -not -path '/proc/*' \
        -not -path '/sys/*')
    [[ -z $left ]] || fail "purge left: $left"
    say "purged: systemd-resolved has its port again, nothing is left but the locked user"
}

no_is_the_default
policy_is_heeded
yes_frees_the_port
sandboxed
kept_alive
restart_keeps_sockets
reload_tells
upgrade_hands_over
nothing_left
echo "THE STORY ENDS WELL"
