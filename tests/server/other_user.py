"""Connections that another user of this machine opens: real ones where the tests run as root, as they do in CI."""

import ctypes
import os
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI

STRANGER = 65534
AS_ROOT = os.name == "posix" and os.geteuid() == 0


@contextmanager
def acting_as(uid: int) -> Generator[None]:
    """What this thread opens meanwhile belongs to `uid`, as if it ran as that user; needs root."""
    libc = ctypes.CDLL(None)
    libc.setfsuid(uid)
    try:
        assert libc.setfsuid(-1) == uid, "only root may act as another user"
        yield
    finally:
        libc.setfsuid(os.geteuid())


@contextmanager
def strangers(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Connections opened meanwhile come from another user. Without root the system's answer is replaced."""
    if AS_ROOT:
        with acting_as(STRANGER):
            yield
        return
    with monkeypatch.context() as patched:
        patched.setattr(app.state.youju.entrance, "lookup", lambda _peer, _local: STRANGER)
        yield
