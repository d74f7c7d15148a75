"""The HTTP application: one of the two composition roots. It knows no page; `server.cli` mounts that."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from server.answer.answerer import Answerer
from server.api import description, problems
from server.api.guard import is_loopback
from server.api.intake import Intake
from server.api.metrics import Metrics
from server.api.observing import Observing, observe
from server.api.openai_errors import OpenAIErrors
from server.api.protection import protect
from server.api.routes import (
    asking,
    audit,
    conversations,
    documentation,
    documents,
    evaluations,
    feedback,
    jobs,
    mcp,
    openai,
    operation,
    session,
    statistics,
    uploads,
)
from server.api.shielding import Shielding
from server.api.state import State
from server.runtime import open_answerer
from server.settings import Settings
from server.version import VERSION

TITLE = "有据"


def create_app(settings: Settings, load: Callable[[], Answerer] | None = None) -> FastAPI:
    """The API over `settings`; it starts to load when it starts to serve. `load` replaces what it loads."""
    installation = settings.installation()
    policy = settings.policy(is_loopback(settings.host))
    state = State(load or (lambda: open_answerer(installation)), installation, settings.deadline, policy)
    state.free_bytes = settings.free_megabytes * 1_000_000
    metrics = Metrics(VERSION)
    observe(state, metrics, settings.log_questions)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        state.start()
        try:
            async with mcp.running(app):
                yield
        finally:
            state.close()

    app = FastAPI(
        title=TITLE, version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
        # A slash too many must not reach another route: DELETE /api/conversations/ with an empty id would delete all.
        redirect_slashes=False, generate_unique_id_function=description.operation_id,
    )  # fmt: skip
    app.state.youju, app.state.metrics = state, metrics
    description.install(app)
    problems.install(app)
    for module in (
        asking, documents, operation, documentation, session, audit, openai, mcp, uploads, jobs,
        conversations, feedback, statistics, evaluations,
    ):  # fmt: skip
        app.include_router(module.router)
    app.add_middleware(Intake)
    protect(app, state.entrance)
    app.add_middleware(Observing, metrics=metrics)
    app.add_middleware(Shielding)
    app.add_middleware(OpenAIErrors)  # the last that is added is the outermost
    return app
