#!/usr/bin/env python3
"""How long a start takes with a long list, and a change of a short one beside it, and what memory the process has then.

    python3 benches/start.py target/release/sekisho NAMES.txt

NAMES.txt has one name on each line. The program is started on loopback with a state folder of its own: first with nothing
in it, so that the list is read, then twice more with the rules that it saved. Told are the seconds from the start to the
first blocked answer, the CPU seconds that took, and the memory of the process at its highest and after some seconds. Before
it is stopped for the first time, a list of one name beside the long one changes: told is the same from then to the first
answer by the new name.
"""
import os, re, socket, struct, subprocess, sys, tempfile, time

PATIENCE = 60  # seconds until an answer
REST = 8  # seconds after which freed memory is back


def query(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 1, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(server):
    fields = open(f"/proc/{server.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(server):
    status = open(f"/proc/{server.pid}/status").read()
    return (int(re.search(rf"{key}:\s+(\d+)", status)[1]) // 1024 for key in ("VmHWM", "VmRSS"))


def wait_for(port, packet, is_enough, pause=0.001):
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.01)
            try:
                client.connect(("127.0.0.1", port))
                client.send(packet)
                if is_enough(client.recv(512)):
                    return
            except OSError:
                pass
        time.sleep(pause)
    sys.exit(f"no answer within {PATIENCE} s")


def start(program, names, home, packet, change):
    port = free_port()
    short = os.path.join(home, "short.txt")
    if change:
        write(short, "first.short.example")
    command = [program, "serve", "--listen", f"127.0.0.1:{port}", "--list", names, "--upstream", "127.0.0.1:9"]
    command += ["--list", short, "--state-dir", os.path.join(home, "state")]
    command += ["--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]
    begun = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, packet, lambda answer: True)
        ready, cpu = time.monotonic() - begun, cpu_seconds(server)
        time.sleep(REST)
        peak, now = memory(server)
        told = f"{ready:.3f} s, {cpu:.2f} s of CPU; at most {peak} MiB, {now} MiB after {REST} s"
        if change:
            told += "\na change beside it: " + changed(server, port, short)
        return told
    finally:
        server.terminate()
        server.wait()


def changed(server, port, short):
    with open(f"/proc/{server.pid}/clear_refs", "w") as peak:
        peak.write("5")
    begun, before = time.monotonic(), cpu_seconds(server)
    write(short, "second.short.example")
    # Without a rule there is no answer, since there is no upstream server.
    wait_for(port, query("second.short.example"), lambda answer: answer[3] & 15 == 0 and answer[7] > 0, 0.01)
    taken, cpu = time.monotonic() - begun, cpu_seconds(server) - before
    time.sleep(REST)
    peak, now = memory(server)
    return f"{taken:.3f} s, {cpu:.2f} s of CPU; at most {peak} MiB, {now} MiB after {REST} s"


def write(path, name):
    with open(path + ".new", "w") as file:
        file.write(name + "\n")
    os.rename(path + ".new", path)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, names = sys.argv[1:]
    lines = open(names).read().split()
    packet = query(lines[len(lines) // 2])
    with tempfile.TemporaryDirectory() as home:
        for what in ["from the list", "from saved rules", "from saved rules"]:
            print(f"{what}: {start(program, names, home, packet, what == 'from the list')}", flush=True)


main()
