"""What one key may take: requests a minute, places in the line, bytes a day; none of it without keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request

from server.access_errors import TooManyWaiting, TooMuchUploaded
from server.api.limits import charge_upload, holder
from server.caller import LOCAL, Caller
from server.llm.cancel import Cancel
from server.llm.turns import Holder, Turns
from tests.server.api.keyed import bearer, client_of, unloaded

ZHANG = Caller("k1", "张三", "write")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with unloaded(tmp_path, requests_per_minute=3, queue_per_key=2, upload_megabytes_per_day=1) as app:
        yield app


def test_a_key_may_call_so_often_in_a_minute(app: FastAPI) -> None:
    client, first, second = client_of(app), bearer(app, "read"), bearer(app, "write")
    assert [client.get("/api/session", headers=first).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/v1/models", headers=first)
    assert refused.status_code == 429 and 0 < int(refused.headers["retry-after"]) <= 20
    assert client.get("/api/session", headers=second).status_code == 200
    assert client.get("/api/health", headers=first).status_code == 200
    assert client.get("/config", headers=first).status_code == 404, "the parts of the page are not counted"


def test_without_keys_there_is_no_limit(app: FastAPI) -> None:
    client = client_of(app)
    assert {client.get("/api/session").status_code for _ in range(10)} == {200}
    assert holder(app.state.youju, LOCAL) is None
    charge_upload(app.state.youju, LOCAL, 10**12)


def test_a_key_may_hold_so_many_places_and_the_others_still_get_in(app: FastAPI) -> None:
    mine = holder(app.state.youju, ZHANG)
    assert mine == Holder("k1", 2)
    turns = Turns(3)
    first, _ = turns.enter(Cancel(), mine), turns.enter(Cancel(), mine)
    with pytest.raises(TooManyWaiting, match="已有 2 个问题") as caught:
        turns.enter(Cancel(), mine)
    assert caught.value.status == 429 and caught.value.retry_after
    turns.enter(Cancel(), Holder("k2", 2))
    first.leave()
    turns.enter(Cancel(), mine)
    turns.enter(Cancel())


def test_a_key_may_upload_so_much_a_day(app: FastAPI) -> None:
    state = app.state.youju
    charge_upload(state, ZHANG, 999_999)
    charge_upload(state, ZHANG, 1)
    with pytest.raises(TooMuchUploaded, match="1 MB") as caught:
        charge_upload(state, ZHANG, 1)
    assert caught.value.status == 429 and 0 < (caught.value.retry_after or 0) <= 86400
    charge_upload(state, Caller("k2", "李四", "write"), 1_000_000)


def test_what_is_limited_does_not_depend_on_a_request(app: FastAPI) -> None:
    assert holder(Request({"type": "http", "app": app}).app.state.youju, ZHANG) == Holder("k1", 2)
