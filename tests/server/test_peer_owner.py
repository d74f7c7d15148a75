"""Whose program is at the other end of a connection of this machine, in every way in which Linux tells it."""

import errno
import os
import socket
import struct
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from server import peer_owner
from server.peer_owner import Address, Lookup, by_sock_diag, by_tables, find_in_table, find_lookup, read_reply
from tests.server.other_user import AS_ROOT, STRANGER, acting_as

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who owns a socket")
WAYS = pytest.mark.parametrize("way", [by_sock_diag, by_tables])
ENDS = pytest.mark.parametrize(
    ("listening", "called"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("127.0.0.1", "::ffff:127.0.0.1")]
)
PEER, LOCAL = ("127.0.0.1", 51966), ("127.0.0.1", 7860)
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1EB4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:1EB4 0100007F:CAFE 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 0 0 10 -1
   2: 0100007F:CAFE 0100007F:1EB4 01 00000000:00000000 00:00000000 00000000  1001        0 13 1 0 20 0 0 10 -1
   3: 0100007F:CAFF 0100007F:1EB4 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
"""
"""A listener, our own end, the peer's, and one that its program has closed."""


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextmanager
def _connected(
    listening: str, called: str, uid: int | None = None
) -> Generator[tuple[socket.socket, Address, Address]]:
    """The peer's socket, its address and ours; `uid`: the user who opens it."""
    with socket.socket(_family(listening)) as listener:
        listener.bind((listening, 0))
        listener.listen()
        if uid is None:
            peer = socket.socket(_family(called))
        else:
            with acting_as(uid):
                peer = socket.socket(_family(called))
        with peer:
            peer.connect((called, listener.getsockname()[1]))
            accepted, _ = listener.accept()
            with accepted:
                yield peer, accepted.getpeername()[:2], accepted.getsockname()[:2]


@linux
@ENDS
@WAYS
def test_ones_own_connection_is_ones_own(way: Lookup, listening: str, called: str) -> None:
    with _connected(listening, called) as (_, peer, local):
        assert way(peer, local) == os.geteuid()


@linux
@pytest.mark.skipif(not AS_ROOT, reason="only root can open a connection as another user")
@ENDS
@WAYS
def test_a_connection_of_another_user_is_theirs(way: Lookup, listening: str, called: str) -> None:
    with _connected(listening, called, STRANGER) as (_, peer, local):
        assert way(peer, local) == STRANGER


@linux
@ENDS
@WAYS
def test_a_connection_whose_program_has_gone_is_nobodys(way: Lookup, listening: str, called: str) -> None:
    """The kernel gives uid 0 for it: whoever sends and closes at once must not pass as root."""
    with _connected(listening, called) as (socket_, peer, local):
        socket_.close()
        assert way(peer, local) is None


@linux
@WAYS
def test_a_listener_at_the_peers_port_is_not_its_owner(way: Lookup) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert way(listener.getsockname(), ("127.0.0.1", 9)) is None


def test_the_table_is_read_by_both_ends() -> None:
    table = TABLE if sys.byteorder == "little" else TABLE.replace("0100007F", "7F000001")
    assert find_in_table(table, PEER, LOCAL) == 1001
    assert find_in_table(table, ("127.0.0.1", 51967), LOCAL) is None, "closed by its program"
    assert find_in_table(table, ("127.0.0.1", 51968), LOCAL) is None
    assert find_in_table(table, PEER, ("127.0.0.2", 7860)) is None
    assert find_in_table("", PEER, LOCAL) is None


def _reply(state: int, ports: tuple[int, int], uid: int, inode: int) -> bytes:
    ends = struct.pack("!HH", *ports) + 2 * socket.inet_aton("127.0.0.1").ljust(16, b"\0")
    return (
        struct.pack("=IHHII", 88, 20, 0, 1, 0) + struct.pack("=4B", socket.AF_INET, state, 0, 0) + ends
        + struct.pack("=8I", 0, 0, 0, 0, 0, 0, uid, inode)
    )  # fmt: skip


def test_only_an_answer_about_this_very_connection_counts() -> None:
    own, established, listening = (51966, 7860), 1, 10
    assert read_reply(_reply(established, own, 1001, 13), PEER, LOCAL) == 1001
    assert read_reply(_reply(listening, (51966, 0), 1001, 13), PEER, LOCAL) is None
    assert read_reply(_reply(established, (51967, 7860), 1001, 13), PEER, LOCAL) is None
    assert read_reply(_reply(established, own, 0, 0), PEER, LOCAL) is None


def test_an_error_of_the_kernel_is_no_answer() -> None:
    def failed(code: int) -> bytes:
        return struct.pack("=IHHII", 36, 2, 0, 1, 0) + struct.pack("=i", -code) + bytes(16)

    assert read_reply(failed(errno.ENOENT), PEER, LOCAL) is None
    with pytest.raises(PermissionError):
        read_reply(failed(errno.EACCES), PEER, LOCAL)


@linux
def test_the_way_that_works_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_peer: Address, _local: Address) -> int | None:
        raise OSError(errno.EAFNOSUPPORT, "no netlink")

    assert find_lookup() in (by_sock_diag, by_tables)
    monkeypatch.setattr(peer_owner, "by_sock_diag", closed)
    assert find_lookup() is by_tables
    monkeypatch.setattr(peer_owner, "by_sock_diag", lambda _peer, _local: None)
    assert find_lookup() is by_tables, "a kernel without the module for TCP knows no socket"
    monkeypatch.setattr(peer_owner, "by_tables", closed)
    assert find_lookup() is None


def test_other_systems_do_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert find_lookup() is None
