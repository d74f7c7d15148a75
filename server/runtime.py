"""Open the parts that commands and the API share: store, embedder, library, searcher, answerer."""

from concurrent.futures import ThreadPoolExecutor

from index.embed import Embedder, load_embedder
from index.library import Library
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from server.answer.answerer import Answerer
from server.installation import Installation
from server.ledger.ledger import Ledger
from server.llm.model import LanguageModel, LlamaModel
from server.models import ModelFolder, active, read_list
from server.reader.reader import OnnxReader

DATABASE = "youju.db"
VECTORS = "youju.db.vectors"
"""The cache of the database's vectors; folders that are indexed leave out whatever begins as the database does."""
LEDGER = "youju.db.ledger"
"""What the server keeps besides documents."""


def open_store(installation: Installation) -> Store:
    return Store(installation.data / DATABASE)


def open_ledger(installation: Installation) -> Ledger:
    return Ledger(installation.data / LEDGER)


def open_embedder(installation: Installation) -> Embedder:
    """Raises ModelMissing when the model was not pulled."""
    model = active(read_list(installation.model_list), "embedding")
    return load_embedder(ModelFolder(installation.models).require(model), installation.threads)


def open_library(installation: Installation) -> Library:
    embedder = open_embedder(installation)
    return Library(open_store(installation), embedder, open_vectors(installation, embedder), installation.limits)


def open_vectors(installation: Installation, embedder: Embedder) -> VectorIndex:
    return VectorIndex(embedder.dimension, embedder.fingerprint, installation.data / VECTORS)


def open_searcher(installation: Installation) -> Searcher:
    """A searcher over an index that was made by the present model and finds its own words."""
    library = open_library(installation)
    library.store.require_fingerprint(library.embedder.fingerprint)
    library.store.test_words()
    return Searcher(library.store, library.embedder, library.vectors)


def open_model(installation: Installation) -> LanguageModel:
    model = active(read_list(installation.model_list), installation.llm_role)
    return LlamaModel(ModelFolder(installation.models).require(model), installation.threads)


def open_answerer(installation: Installation) -> Answerer:
    """The language model and the embedding model load side by side."""
    with ThreadPoolExecutor(1) as pool:
        model = pool.submit(open_model, installation)
        try:
            searcher = open_searcher(installation)
            searcher.embedder.encode_queries(["预热"])
        except BaseException:
            model.result().close()
            raise
        return Answerer(searcher, model.result(), installation.queue, OnnxReader(threads=installation.threads))
