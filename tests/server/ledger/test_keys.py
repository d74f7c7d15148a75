"""Keys: shown once, kept hashed, found in constant time, seen by a running server at once."""

import hmac
import re
import time
from pathlib import Path

import pytest

from server.access_errors import BadKeyName, KeyExists, UnknownKey
from server.ledger import audit, keys, sessions
from server.ledger.conversations import Conversations
from server.ledger.keys import Keyring
from server.ledger.ledger import Ledger


def test_a_secret_is_long_random_and_nowhere_in_the_file(ledger: Ledger) -> None:
    first, second = keys.add(ledger, "甲", "read"), keys.add(ledger, "乙", "write")
    assert re.fullmatch(r"yj_[0-9A-Za-z_-]{43}", first) and first != second
    ledger.purge()
    written = b"".join(file.read_bytes() for file in ledger.path.parent.iterdir())
    assert first.encode() not in written and first[3:].encode() not in written
    assert keys.digest(first) in written


def test_a_key_opens_until_it_is_revoked(ledger: Ledger) -> None:
    secret = keys.add(ledger, "张三", "write")
    ring = Keyring(ledger)
    key = ring.find(secret)
    assert key is not None and (key.name, key.role, key.caller.key) == ("张三", "write", key.id)
    assert ring.is_needed() and keys.exist(ledger)
    keys.revoke(ledger, "张三")
    assert ring.find(secret) is None and ring.named(key.id) is None
    assert not ring.is_needed() and not keys.exist(ledger)
    (kept,) = keys.every(ledger)
    assert kept.revoked is not None


def test_what_another_process_adds_and_revokes_is_seen_at_once(ledger: Ledger, tmp_path: Path) -> None:
    ring = Keyring(ledger)
    assert not ring.is_needed()
    other = Ledger(tmp_path / "ledger")
    secret = keys.add(other, "程序", "read")
    assert ring.find(secret) is not None
    keys.revoke(other, "程序")
    assert ring.find(secret) is None
    other.close()


@pytest.mark.parametrize("shown", ["", "yj_", "yj_" + "A" * 43, "不是", "\udcff", "x" * 100_000])
def test_what_is_no_key_opens_nothing(ledger: Ledger, shown: str) -> None:
    keys.add(ledger, "甲", "admin")
    assert Keyring(ledger).find(shown) is None


def test_every_key_is_compared_whatever_is_shown(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [keys.add(ledger, f"键{i}", "read") for i in range(5)]
    keys.revoke(ledger, "键4")
    ring = Keyring(ledger)
    compared: list[bytes] = []
    real = hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    for shown in (secrets[0], secrets[3], secrets[4], "yj_unknown", ""):
        compared.clear()
        ring.find(shown)
        assert compared == [keys.digest(secret) for secret in secrets]


def test_a_name_is_free_again_when_its_key_is_revoked(ledger: Ledger) -> None:
    first = keys.add(ledger, "甲", "read")
    with pytest.raises(KeyExists, match="甲"):
        keys.add(ledger, "甲", "write")
    keys.revoke(ledger, "甲")
    second = keys.add(ledger, "甲", "write")
    ring = Keyring(ledger)
    assert ring.find(first) is None and ring.find(second) is not None


@pytest.mark.parametrize("name", ["", "有 空格", "a\nb", "名" * 65, "a/b", "<b>", "\x00"])
def test_a_name_that_would_break_a_line_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(BadKeyName):
        keys.add(ledger, name, "read")
    assert keys.every(ledger) == []


def test_revoking_what_is_not_there_tells_what_is(ledger: Ledger) -> None:
    with pytest.raises(UnknownKey, match="一个密钥也没有"):
        keys.revoke(ledger, "乙")
    keys.add(ledger, "甲", "read")
    with pytest.raises(UnknownKey, match="现有：甲"):
        keys.revoke(ledger, "乙")


def test_the_last_use_is_written_at_most_once_a_minute(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = keys.add(ledger, "甲", "read")
    ring = Keyring(ledger)
    key = ring.find(secret)
    assert key is not None and key.used is None
    assert ring.is_due(key) and not ring.is_due(key)
    ring.touch(key)
    again = ring.find(secret)
    assert again is not None and again.used is not None
    assert not Keyring(ledger).is_due(again)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert ring.is_due(again) and not ring.is_due(again)


def test_making_and_revoking_are_in_the_audit_log(ledger: Ledger) -> None:
    secret = keys.add(ledger, "甲", "admin")
    keys.revoke(ledger, "甲")
    told = [(e.name, e.action, e.subject, e.detail) for e in audit.entries(ledger, 10)]
    assert told == [("本机", "key.revoke", "甲", ""), ("本机", "key.add", "甲", "admin")]
    assert secret not in repr(told)


def test_a_session_opens_until_it_ends(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Keyring(ledger).find(keys.add(ledger, "甲", "read"))
    assert key is not None
    secret, ends = sessions.begin(ledger, key, 3600)
    assert sessions.find(ledger, secret) == (key.id, ends)
    assert sessions.find(ledger, secret + "x") is None
    monkeypatch.setattr(time, "time", lambda: ends)
    assert sessions.find(ledger, secret) is None
    sessions.begin(ledger, key, 3600)
    assert ledger.row("SELECT count(*) FROM sessions") == (1,)


def test_a_session_ends_by_logging_out_and_with_its_key(ledger: Ledger) -> None:
    ring = Keyring(ledger)
    key = ring.find(keys.add(ledger, "甲", "read"))
    assert key is not None
    first, second = sessions.begin(ledger, key, 60)[0], sessions.begin(ledger, key, 60)[0]
    sessions.end(ledger, first)
    assert sessions.find(ledger, first) is None and sessions.find(ledger, second) is not None
    keys.revoke(ledger, "甲")
    assert sessions.find(ledger, second) is None


def test_a_key_has_a_bounded_number_of_sessions_and_none_is_kept_as_it_is(ledger: Ledger) -> None:
    key = Keyring(ledger).find(keys.add(ledger, "甲", "read"))
    assert key is not None
    made = [sessions.begin(ledger, key, 3600)[0] for _ in range(sessions.MOST + 2)]
    assert ledger.row("SELECT count(*) FROM sessions") == (sessions.MOST,)
    assert sessions.find(ledger, made[0]) is None and sessions.find(ledger, made[-1]) is not None
    ledger.purge()
    assert made[-1].encode() not in ledger.path.read_bytes()


def test_conversations_that_nobody_could_read_any_more_go_with_their_key(ledger: Ledger) -> None:
    key = Keyring(ledger).find(keys.add(ledger, "甲", "read"))
    assert key is not None
    saved = Conversations(ledger)
    saved.start(key.id, "一段对话")
    saved.start(None, "本机的对话")
    keys.revoke(ledger, "甲")
    assert (saved.count(key.id), saved.count(None)) == (0, 1)
