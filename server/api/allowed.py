"""Which methods a path has, over all the routes that share it: each route alone would only name its own."""

import re
from functools import lru_cache

from fastapi import FastAPI
from starlette.routing import compile_path


def allowed_methods(app: FastAPI, path: str) -> str:
    """The documented methods of `path` for an Allow header, `GET, POST`; empty for a path that is not documented."""
    methods: set[str] = set()
    paths = app.openapi()["paths"]
    for template, item in ({path: paths[path]} if path in paths else paths).items():  # failures is no document's id
        if _pattern(template).match(path):
            methods |= {method.upper() for method in item}
    return ", ".join(sorted(methods))


@lru_cache(maxsize=1000)
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]
