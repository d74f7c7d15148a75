"""Turn texts into unit vectors with an embedding model in a sentence-transformers folder.

Two ways to run the same folder: its int8 ONNX twin through ONNX Runtime (the default: a fifth of the time, and
no torch in memory), or the folder itself through sentence-transformers, for models that have no twin.
One text at a time: dynamic int8 in a batch makes a vector depend on its neighbours. Several threads with a text each
take two fifths less time than several threads at one text, and give the same vectors.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import BadWeights
from index.model_folder import INT8_FILE
from ingest.onnx import load_onnxruntime

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]


class Embedder(Protocol):
    """Embeds questions and passages; vectors are float32, of unit length, shape (texts, dimension)."""

    dimension: int
    fingerprint: str
    """Names model and precision: vectors of different fingerprints are never compared."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors: ...


def load_embedder(folder: Path, threads: int) -> Embedder:
    """The int8 twin where the folder has one, else the folder through sentence-transformers."""
    if not (folder / "modules.json").is_file():
        raise BadWeights(folder, "这不是 sentence-transformers 文件夹（缺少 modules.json）")
    if (folder / INT8_FILE).is_file() and _plain(folder):
        return OnnxEmbedder(folder, threads)
    return TorchEmbedder(folder)


def _plain(folder: Path) -> bool:
    """Whether the folder is encoder, pooling and normalisation, which is all that the twin does."""
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    return all(module["type"].rpartition(".")[2] in ("Transformer", "Pooling", "Normalize") for module in modules)


def _pooling(folder: Path) -> tuple[int, str]:
    """Dimension and mode, `mean` or `cls`, in the words of sentence-transformers before 6 or since."""
    file = folder / "1_Pooling" / "config.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    modes = [
        name
        for name, key in (("cls", "pooling_mode_cls_token"), ("mean", "pooling_mode_mean_tokens"))
        if known.get(key)
    ]
    mode = known.get("pooling_mode") or "+".join(modes)
    if mode not in ("cls", "mean"):
        raise BadWeights(file, f"pooling {mode or known} is neither mean nor cls")
    return int(known.get("embedding_dimension") or known["word_embedding_dimension"]), mode


def _longest(folder: Path) -> int:
    """Tokens that the model reads; sentence-transformers 6 has it in tokenizer_config.json."""
    found = []
    for name, key in (
        ("sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
        ("config.json", "max_position_embeddings"),
    ):
        if (folder / name).is_file():
            found.append(json.loads((folder / name).read_text(encoding="utf-8")).get(key))
    return int(min(number for number in found if number))


def _prompts(folder: Path) -> tuple[str, str]:
    configuration = folder / "config_sentence_transformers.json"
    if not configuration.is_file():
        return "", ""
    prompts = json.loads(configuration.read_text(encoding="utf-8")).get("prompts") or {}
    return prompts.get("query", ""), prompts.get("passage", prompts.get("document", ""))


def _fingerprint(folder: Path, precision: str) -> str:
    """Folder name, precision and a hash over the size and first megabyte of each weight file."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin"), folder / "tokenizer.json"]):
        with path.open("rb") as file:
            digest.update(f"{path.name} {path.stat().st_size} ".encode() + file.read(1 << 20))
    return f"{folder.name} {precision} {digest.hexdigest()[:12]}"


class OnnxEmbedder:
    """An encoder's int8 ONNX file with the folder's tokenizer, pooling and prompts; loaded when first used."""

    def __init__(self, folder: Path, threads: int) -> None:
        self.dimension, mode = _pooling(folder)
        self._first_token = mode == "cls"
        self.fingerprint = _fingerprint(folder, "int8")
        self._query, self._passage = _prompts(folder)
        self._folder, self._threads = folder, threads
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def _load(self) -> tuple[Any, Any]:
        """Session and tokenizer; raises BadWeights."""
        from tokenizers import Tokenizer

        onnxruntime = load_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        file = self._folder / INT8_FILE
        try:
            session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
        except Exception as error:
            raise BadWeights(file, str(error)) from error
        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(_longest(self._folder))
        tokenizer.no_padding()
        return session, tokenizer

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._query + text for text in texts], None)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encode([self._passage + text for text in texts], progress)

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors:
        with self._lock:
            self._loaded = self._loaded or self._load()
        session, tokenizer = self._loaded

        def embed(encoding: Any) -> Vectors:
            ids = np.array([encoding.ids], np.int64)
            (hidden,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            pooled: Vectors = hidden[0, 0] if self._first_token else hidden[0].mean(axis=0)
            return pooled / np.linalg.norm(pooled)

        vectors = np.empty((len(texts), self.dimension), np.float32)
        with ThreadPoolExecutor(self._threads) as pool:
            for i, vector in enumerate(pool.map(embed, tokenizer.encode_batch(list(texts)))):
                vectors[i] = vector
                if progress is not None:
                    progress(1)
        return vectors


class TorchEmbedder:
    """Any sentence-transformers folder, in its own precision."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.fingerprint = _fingerprint(folder, "fp32")
        self._query, self._passage = _prompts(folder)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._query + text for text in texts])

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = self._encode([self._passage + text for text in texts])
        if progress is not None:
            progress(len(texts))
        return vectors

    def _encode(self, texts: Sequence[str]) -> Vectors:
        encoded = self._model.encode(list(texts), normalize_embeddings=True, prompt="", show_progress_bar=False)
        return np.asarray(encoded, np.float32).reshape(len(texts), self.dimension)
