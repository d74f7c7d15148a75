"""The OpenAPI document is whole: every operation has its id, tag, key, examples and errors, and all of it resolves."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server.api.description import METHODS
from server.api.openai_errors import BELOW


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/api/openapi.json").json()
    return described


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]) -> None:
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert used == set(document["components"]["schemas"])


def test_every_operation_has_an_id_of_its_own_a_summary_and_a_documented_tag(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in document["tags"] if tag["description"]}
    for name, operation in _operations(document):
        assert operation.get("summary"), name
        assert operation.get("tags") and set(operation["tags"]) <= tags, name


def test_every_error_is_a_problem_with_the_requests_id(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        if name.split()[1].startswith(BELOW):
            continue
        assert {"403", "500"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            assert "X-Request-Id" in response["headers"], name
            if status >= "400":
                schema = _resolved(document, response["content"]["application/problem+json"]["schema"])
                assert {"title", "status", "detail"} <= set(schema["properties"]), name


def test_bodies_tell_their_errors(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        if "requestBody" in operation and not name.split()[1].startswith(BELOW):
            assert {"400", "413", "415", "422"} <= set(operation["responses"]), name


def _has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    """Whether an example stands there or somewhere within; what is binary needs none."""
    schema = _resolved(document, content.get("schema", {}))
    if any("example" in key for key in (*content, *schema)) or schema.get("format") == "binary":
        return True
    within = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    within += [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    return any(_has_example(document, {"schema": part}) for part in within)


def test_requests_and_answers_have_examples(document: dict[str, Any]) -> None:
    lacking = []
    for name, operation in _operations(document):
        contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        contents += [r["content"] for status, r in operation["responses"].items() if status < "300" and "content" in r]
        for content in contents:
            lacking += [f"{name} {kind}" for kind, c in content.items() if c and not _has_example(document, c)]
    assert lacking == []


def test_what_needs_a_key_says_so_and_health_does_not(document: dict[str, Any]) -> None:
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}
    operations = dict(_operations(document))
    assert "security" not in operations["GET /api/health"]
    assert {"bearer": []} in operations["POST /api/ask"]["security"]
    assert "401" in operations["POST /api/ask"]["responses"]
    assert document["servers"] == [{"url": "/", "description": "提供本文档的服务"}]
