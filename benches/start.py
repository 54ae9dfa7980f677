#!/usr/bin/env python3
"""How long a start takes with a long list, and what memory the process has then.

    python3 benches/start.py target/release/sekisho NAMES.txt

NAMES.txt has one name on each line. The program is started on loopback with a state folder of its own: first with nothing
in it, so that the list is read, then twice more with the rules that it saved. Told are the seconds from the start to the
first blocked answer, the CPU seconds that took, and the memory of the process at its highest and after some seconds.
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


def start(program, names, state, packet):
    port = free_port()
    command = [program, "serve", "--listen", f"127.0.0.1:{port}", "--list", names, "--upstream", "127.0.0.1:9"]
    command += ["--state-dir", state, "--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]
    begun = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.monotonic() - begun < PATIENCE:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(0.01)
                try:
                    client.connect(("127.0.0.1", port))
                    client.send(packet)
                    client.recv(512)
                    break
                except OSError:
                    time.sleep(0.001)
        else:
            sys.exit(f"no answer within {PATIENCE} s")
        ready = time.monotonic() - begun
        fields = open(f"/proc/{server.pid}/stat").read().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        time.sleep(REST)
        status = open(f"/proc/{server.pid}/status").read()
        peak, now = (int(re.search(rf"{key}:\s+(\d+)", status)[1]) // 1024 for key in ("VmHWM", "VmRSS"))
        return f"{ready:.3f} s, {cpu:.2f} s of CPU; at most {peak} MiB, {now} MiB after {REST} s"
    finally:
        server.terminate()
        server.wait()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, names = sys.argv[1:]
    lines = open(names).read().split()
    packet = query(lines[len(lines) // 2])
    with tempfile.TemporaryDirectory() as home:
        for what in ["from the list", "from saved rules", "from saved rules"]:
            print(f"{what}: {start(program, names, os.path.join(home, 'state'), packet)}", flush=True)


main()
