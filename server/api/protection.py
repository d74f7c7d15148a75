"""The middleware that stands before every route and everything mounted, in the order in which a request meets it."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from server.api.entrance import AccessControl, Entrance
from server.api.guard import KnownOrigin

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TOLD = ("ETag", "Location", "Retry-After", "X-Request-Id", "Mcp-Session-Id")


def protect(app: FastAPI, entrance: Entrance) -> None:
    """Let in who comes from a known origin with a key. To be called before the middleware that stands around it."""
    app.add_middleware(AccessControl, entrance=entrance)
    if entrance.policy.origins:
        # Without credentials: other pages show a key, they do not use the session of this one.
        app.add_middleware(
            CORSMiddleware, allow_origins=entrance.policy.origins, allow_methods=METHODS, allow_headers=["*"],
            expose_headers=TOLD, max_age=600,
        )  # fmt: skip
    app.add_middleware(KnownOrigin, entrance=entrance)
