"""The samples without a model: what the tools say does not depend on the embedding."""

import pytest

from index.search import Searcher


@pytest.fixture(scope="session")
def searcher(stub_searcher: Searcher) -> Searcher:
    return stub_searcher
