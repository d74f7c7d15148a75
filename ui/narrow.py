"""Of Gradio's many routes only those that the page uses: no uploads, no files of the machine, no calls to elsewhere.

Everything else under the page's mount falls back to the API, whose own answers to unknown paths and methods then hold.
"""

import re
from collections.abc import Callable

from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Scope

USED = re.compile(
    r"/(?:|config/?|theme\.css|favicon\.ico|robots\.txt|manifest\.json|(?:assets|static|svelte)/.+"
    r"|gradio_api/(?:startup-events|heartbeat/\w+|queue/(?:join|data|status)|run/\w+|cancel|reset/?))"
)


class Narrow(Mount):
    """A mount that takes the paths of `USED` alone."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http" and path.startswith(self.path) and USED.fullmatch(path.removeprefix(self.path)):
            return super().matches(scope)
        return Match.NONE, {}


def narrow(api: FastAPI, around: Callable[[ASGIApp], ASGIApp]) -> None:
    """Put the page that was mounted last behind `Narrow`, with something `around` it."""
    mounted = api.router.routes.pop()
    if not isinstance(mounted, Mount):
        raise TypeError("the page is the last that was mounted")
    api.router.routes.append(Narrow(mounted.path, around(mounted.app), name=mounted.name))
