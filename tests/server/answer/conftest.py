"""Answers over vectors of character pairs: what is said of what was found does not depend on the embedding.

Where it does, a test asks for `real_searcher` or `real_index`; `answerer` has both real models.
"""

import pytest

from index.search import Searcher
from tests.server.conftest import Index


@pytest.fixture(scope="session")
def searcher(stub_searcher: Searcher) -> Searcher:
    return stub_searcher


@pytest.fixture
def index(stub_index: Index) -> Index:
    return stub_index
