"""Fixtures for all rooms: the real models, the samples, and small documents."""

import os
from pathlib import Path

import pytest

from index.embed import Embedder, load_embedder

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where `make test` has put the models; a test without them fails, it is never skipped."""
    return Path(os.environ.get("YOUJU_MODELS", ROOT / "models"))


@pytest.fixture(scope="session")
def embedder(models_folder: Path) -> Embedder:
    """The real embedding model, int8."""
    return load_embedder(models_folder / "multilingual-e5-small", threads=2)
