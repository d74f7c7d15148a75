"""What a request shows to be let in: a key in `Authorization: Bearer`, or the cookie of a session."""

from collections.abc import Mapping

from starlette.requests import cookie_parser
from starlette.types import Scope

COOKIE = "youju_session"


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by their names in small letters; of one that comes twice the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def bearer(headers: Mapping[str, str]) -> str | None:
    """The key in `Authorization: Bearer KEY`; None for another scheme, which is a proxy's own."""
    scheme, _, secret = headers.get("authorization", "").strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def cookie(headers: Mapping[str, str]) -> str | None:
    """The secret in the session's cookie."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE) or None
