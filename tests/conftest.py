"""Fixtures for all rooms: the real models, the samples; and which tests need the models.

A test that uses a model, through whatever fixtures, is marked `model` by itself. Where such tests are left out
(`-m "not model"`), there are no models at all: a test that opens one nevertheless fails.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from index.embed import Embedder, load_embedder
from ingest.confined import Confined
from tests.stubs import DOUBTFUL, BigramEmbedder, PairReader

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"

MODEL_SECONDS = 600
"""The deadline of a test with a real model: beside other work one answer has taken two minutes."""
SLOW_FIXTURES = {"tiny_folder"}
"""It imports torch."""

settings.register_profile("youju", deadline=None)
settings.load_profile("youju")


def pytest_configure(config: pytest.Config) -> None:
    if _without_models(config):
        # For programs that tests start, too.
        os.environ["YOUJU_MODELS"] = str(ROOT / "tests" / "no models in these tests")


def _without_models(config: pytest.Config) -> bool:
    return "not model" in str(config.getoption("markexpr"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if "models_folder" in used:
            item.add_marker("model")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(MODEL_SECONDS))
        if used & SLOW_FIXTURES:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def models_folder(pytestconfig: pytest.Config) -> Path:
    """Where `make test` has put the models; a test without them fails, it is never skipped."""
    if _without_models(pytestconfig):
        pytest.fail(
            "this test asks for a model while it runs: name the fixture among its parameters, so that it is marked"
        )
    return Path(os.environ.get("YOUJU_MODELS", ROOT / "models"))


@pytest.fixture(scope="session")
def embedder(models_folder: Path) -> Embedder:
    """The real embedding model, int8."""
    return load_embedder(models_folder / "multilingual-e5-small", threads=2)


@pytest.fixture(autouse=True)
def _stub_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no real model answers, the reader need not read either: it takes half a second a question beside other tests."""
    if request.node.get_closest_marker("model") is None:
        monkeypatch.setattr("server.answer.answerer.shipped", PairReader)


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is asked about every quotation, as it is about one that is neither likely nor hopeless."""
    monkeypatch.setattr("server.answer.quoting.judge", lambda: DOUBTFUL)


@pytest.fixture(scope="session")
def stub_embedder() -> Embedder:
    """Vectors of character pairs, for tests that are about anything else."""
    return BigramEmbedder(256, alike=0.83)


class LastingReader(Confined):
    """A reading process that many libraries use one after the other: each start takes a second."""

    def close(self) -> None:
        """Stay; `end` ends it."""

    def end(self) -> None:
        super().close()


@pytest.fixture(scope="session")
def readers() -> Iterator[tuple[LastingReader, LastingReader]]:
    """One for documents and one for archives."""
    both = LastingReader(), LastingReader()
    yield both
    for reader in both:
        reader.end()
