"""One question over UDP, to see what a server says."""

import socket
import struct
from dataclasses import dataclass

NOERROR, NXDOMAIN = 0, 3
TYPE_A, CLASS_IN = 1, 1
RECURSION_DESIRED = 0x0100


@dataclass(frozen=True)
class Answer:
    """What came back."""

    rcode: int
    octets: bytes

    def leads_to(self, address: str) -> bool:
        """Whether this IPv4 address stands in it."""
        return socket.inet_aton(address) in self.octets


def query(name: str, number: int = 1) -> bytes:
    """A query for the address of a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    return struct.pack(">6H", number, RECURSION_DESIRED, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, TYPE_A, CLASS_IN)


def ask(name: str, port: int, patience: float = 0.25) -> Answer | None:
    """The answer for the address of a name from a server on this machine, or nothing within `patience` seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(patience)
        try:
            client.connect(("127.0.0.1", port))
            client.send(query(name))
            octets = client.recv(4096)
        except OSError:
            return None
        return Answer(octets[3] & 15, octets) if len(octets) >= 12 else None


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now, for UDP and for TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.socket() as streams:
            datagrams.bind(("127.0.0.1", 0))
            port: int = datagrams.getsockname()[1]
            try:
                streams.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
