"""The application before it has loaded: enough for everything that comes before an answer."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.answer.answerer import Answerer
from server.api.app import create_app
from server.caller import Role
from server.ledger import keys
from server.ledger.ledger import Ledger
from server.settings import Settings

BASE = "http://127.0.0.1:7860"


def _never() -> Answerer:
    raise AssertionError("nothing is loaded before the application starts")


@contextmanager
def unloaded(data: Path, **settings: object) -> Generator[FastAPI]:
    """The application; it never starts, so that it says of everything that needs models: not ready."""
    app = create_app(Settings.model_validate({"data": data, **settings}), load=_never)
    try:
        yield app
    finally:
        app.state.youju.close()


def client_of(app: FastAPI, base: str = BASE, address: str = "127.0.0.1") -> TestClient:
    return TestClient(app, base_url=base, client=(address, 50000), follow_redirects=False)


def ledger_of(app: FastAPI) -> Ledger:
    ledger: Ledger = app.state.youju.ledger
    return ledger


def bearer(app: FastAPI, role: Role = "read", name: str | None = None) -> dict[str, str]:
    """The header that shows a new key."""
    return {"Authorization": f"Bearer {keys.add(ledger_of(app), name or role, role)}"}
