"""The HTTP application: one of the two composition roots. It knows no page; `server.cli` mounts that."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from server.answer.answerer import Answerer
from server.api import problems
from server.api.guard import LocalOnly
from server.api.routes import asking, documents, operation
from server.api.state import State
from server.runtime import open_answerer
from server.settings import Settings

TITLE = "有据"
VERSION = "0.1.0"


def create_app(settings: Settings, load: Callable[[], Answerer] | None = None) -> FastAPI:
    """The API over `settings`; it starts to load when it starts to serve. `load` replaces what it loads."""
    state = State(load or (lambda: open_answerer(settings.installation())), settings.deadline)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        state.start()
        try:
            yield
        finally:
            state.close()

    app = FastAPI(
        title=TITLE, version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.state.youju = state
    problems.install(app)
    for module in (asking, documents, operation):
        app.include_router(module.router)
    app.add_middleware(LocalOnly)
    return app
