"""Which user of this machine owns the other end of a loopback TCP connection.

Covered: Linux, by the kernel's sock_diag interface (one exact lookup, about 0.05 ms however many sockets there are) and,
where that is closed or knows no TCP, by /proc/net/tcp and tcp6 (about 10 ms). Not covered: macOS and Windows, which tell
it to administrators alone; who may come in (`server.api.entrance`).
"""

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

Address = tuple[str, int]
"""A numeric IP address and a port."""
Lookup = Callable[[Address, Address], int | None]
"""Takes the address of the peer and our own; gives the uid that opened the peer's socket, None where no process holds it.

A process that has closed its socket owns it no more, though the connection may live on for a while: the kernel then gives
uid 0 and inode 0. Uids are those of this process's user namespace; one that has no number there is 65534.
"""

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST = 1
NLMSG_ERROR = 2
LISTENING = 10
EVERY_STATE = NO_COOKIE = 0xFFFFFFFF
HEADER = struct.Struct("=IHHII")
"""nlmsghdr: length, type, flags, sequence, port."""
REPLY = struct.Struct("=4B4s32s4x8x3I2I")
"""inet_diag_msg: family, state, timer, retransmissions, both ports, both addresses, (interface, cookie), expiry, both
queues, uid, inode."""
SECONDS = 1.0
"""The kernel answers while the question is sent; this only keeps a fault from hanging the server."""
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def find_lookup() -> Lookup | None:
    """The way in which this system tells who owns a socket, tried on a connection of our own; None where it does not."""
    if sys.platform != "linux":
        return None
    return next((way for way in (by_sock_diag, by_tables) if _works(way)), None)


def _works(way: Lookup) -> bool:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        with socket.create_connection(listener.getsockname()) as peer:
            try:
                return way(peer.getsockname(), listener.getsockname()) == os.geteuid()
            except OSError:  # no netlink sockets, as under systemd's RestrictAddressFamilies; no /proc
                return False


def by_sock_diag(peer: Address, local: Address) -> int | None:
    """Asks the kernel for this one socket. Raises OSError where it cannot be asked."""
    family = socket.AF_INET6 if ":" in peer[0] else socket.AF_INET
    request = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 0, EVERY_STATE) + _ends(peer, local)
    request += struct.pack("=III", 0, NO_COOKIE, NO_COOKIE)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as link:
        link.settimeout(SECONDS)
        link.send(HEADER.pack(HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0) + request)
        return read_reply(link.recv(8192), peer, local)


def read_reply(reply: bytes, peer: Address, local: Address) -> int | None:
    """The uid in the kernel's answer; raises OSError for an error other than that there is no such socket."""
    if HEADER.unpack_from(reply)[1] == NLMSG_ERROR:
        code = -struct.unpack_from("=i", reply, HEADER.size)[0]
        if code == errno.ENOENT:
            return None
        raise OSError(code, os.strerror(code))
    family, state, _, _, ports, addresses, *_, uid, inode = REPLY.unpack_from(reply, HEADER.size)
    # Where no connection fits, the kernel looks for a listener at the same port. No inode: no process holds the socket.
    if state == LISTENING or ports + addresses != _ends(peer, local, family == socket.AF_INET6) or inode == 0:
        return None
    return int(uid)


def _ends(peer: Address, local: Address, mapped: bool = False) -> bytes:
    """Both ends as the kernel writes them: the ports, then the addresses, each of 16 bytes."""
    ports = struct.pack("!HH", peer[1], local[1])
    return ports + b"".join(_packed(address, mapped).ljust(16, b"\0") for address in (peer, local))


def _packed(address: Address, mapped: bool) -> bytes:
    """The bytes of an address; `mapped`: an IPv4 address as a socket of IPv6 has it, ::ffff:127.0.0.1."""
    if ":" in address[0]:
        return socket.inet_pton(socket.AF_INET6, address[0])
    packed = socket.inet_pton(socket.AF_INET, address[0])
    return bytes(10) + b"\xff\xff" + packed if mapped else packed


def by_tables(peer: Address, local: Address) -> int | None:
    """Looks through the tables of all sockets. Raises OSError where there is none."""
    tables = [path.read_text(encoding="ascii") for path in TABLES if path == TABLES[0] or path.exists()]
    return next((uid for table in tables if (uid := find_in_table(table, peer, local)) is not None), None)


def find_in_table(table: str, peer: Address, local: Address) -> int | None:
    """The uid in /proc/net/tcp or tcp6 of the socket at `peer` that is connected to `local`."""
    for mapped in (False, True):
        sought = f" {_in_table(peer, mapped)} {_in_table(local, mapped)} "
        if (at := table.find(sought)) >= 0:
            # After both addresses: state, queues, timer, retransmissions, uid, timeout, inode.
            fields = table[at + len(sought) :].split(None, 7)
            return int(fields[4]) if int(fields[6]) else None
    return None


def _in_table(address: Address, mapped: bool) -> str:
    """`0100007F:1EB4` for 127.0.0.1:7860 on little-endian machines."""
    packed = _packed(address, mapped)
    words = (int.from_bytes(packed[at : at + 4], sys.byteorder) for at in range(0, len(packed), 4))
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"
