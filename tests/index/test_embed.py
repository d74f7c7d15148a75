"""Embedding: the int8 twin against the model itself, and any other model folder."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embed import Embedder, OnnxEmbedder, TorchEmbedder, Vectors, load_embedder
from index.errors import BadWeights
from index.model_folder import INT8_FILE, write_int8
from ingest.read import read_document
from ingest.text import sentences
from tests.conftest import SAMPLES

QUESTIONS = [
    "海沧2023年计划竣工几个项目",
    "新增多少学位",
    "怎么加强学生心理健康",
    "校外培训机构怎么监管",
    "特殊教育有什么措施",
    "民办学校要配备责任督学吗",
]


class Plain:
    """The model folder as anybody would load it, without this project's code."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self.model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    def encode(self, texts: list[str], prompt: str) -> Vectors:
        return np.asarray(self.model.encode(texts, prompt_name=prompt, batch_size=8), np.float32)


@pytest.fixture(scope="module")
def full_precision(models_folder: Path) -> Plain:
    return Plain(models_folder / "multilingual-e5-small")


@pytest.fixture(scope="module")
def tiny_int8_folder(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("int8") / "tiny-model"
    shutil.copytree(tiny_folder, folder)
    write_int8(folder)
    return folder


def sample_sentences(each: int) -> list[str]:
    """`each` sentences spread over every sample, none very short."""
    chosen = []
    for path in sorted(SAMPLES.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        found = [text[s.start : s.end] for s in sentences(text, 0, len(text)) if s.end - s.start >= 12]
        chosen += found[:: len(found) // each][:each]
    return chosen


def cosines(a: Vectors, b: Vectors) -> Vectors:
    products: Vectors = (a * b).sum(axis=1)
    return products


def test_plain_sentence_transformers_loads_the_folder_and_the_twin_is_close_to_it(
    embedder: Embedder, full_precision: Plain
) -> None:
    texts = sample_sentences(11)
    assert len(texts) >= 40
    close = cosines(embedder.encode_passages(texts), full_precision.encode(texts, "passage"))
    assert close.mean() >= 0.995
    assert close.min() >= 0.99


def test_the_twin_and_the_model_rank_the_same_passage_first(embedder: Embedder, full_precision: Plain) -> None:
    chunks = read_document(SAMPLES / "2023年海沧区教育工作要点.txt").chunks
    passages = [chunk.text for chunk in chunks if chunk.headings and chunk.headings[0][0] in "三四"]
    assert len(passages) >= 10
    twin = embedder.encode_queries(QUESTIONS) @ embedder.encode_passages(passages).T
    plain = full_precision.encode(QUESTIONS, "query") @ full_precision.encode(passages, "passage").T
    assert twin.argmax(axis=1).tolist() == plain.argmax(axis=1).tolist()
    assert "计划竣工项目6个" in passages[twin[0].argmax()]


def test_vectors_are_unit_float32_of_the_models_dimension(embedder: Embedder) -> None:
    vectors = embedder.encode_passages(["新增学位8280个。", "x", "教育" * 600])
    assert vectors.shape == (3, 384) and vectors.dtype == np.float32 and embedder.dimension == 384
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.encode_passages([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    texts = ["新增学位8280个。", "统筹推进区域学前教育高质量发展，形成幼小科学衔接的良好教育生态。", "五育并举"]
    together = embedder.encode_passages(texts)
    alone = np.concatenate([embedder.encode_passages([text]) for text in texts])
    assert np.array_equal(together, alone)


def test_questions_and_passages_have_prompts_of_their_own(embedder: Embedder) -> None:
    question, passage = embedder.encode_queries(["新增学位"]), embedder.encode_passages(["新增学位"])
    assert cosines(question, passage)[0] < 0.999


def test_progress_is_told_of_every_text(embedder: Embedder) -> None:
    told: list[int] = []
    embedder.encode_passages(["一", "二", "三"], told.append)
    assert sum(told) == 3


def test_a_folder_without_a_twin_runs_through_sentence_transformers(tiny_folder: Path) -> None:
    model = load_embedder(tiny_folder, threads=1)
    assert isinstance(model, TorchEmbedder)
    assert model.dimension == 32
    told: list[int] = []
    vectors = model.encode_passages(["海沧区教育", "舟山市学位"], told.append)
    assert vectors.shape == (2, 32) and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert sum(told) == 2
    assert not np.allclose(model.encode_queries(["海沧区教育"]), vectors[0])


def test_a_folder_with_a_twin_runs_through_onnx_and_agrees(tiny_folder: Path, tiny_int8_folder: Path) -> None:
    twin, model = load_embedder(tiny_int8_folder, threads=1), TorchEmbedder(tiny_folder)
    assert isinstance(twin, OnnxEmbedder)
    assert twin.dimension == 32
    texts = sample_sentences(10)
    # Processors without VNNI saturate 8-bit products: 0.92 there at worst with random weights, 0.98 and more elsewhere.
    assert cosines(twin.encode_passages(texts), model.encode_passages(texts)).min() >= 0.9
    assert cosines(twin.encode_queries(texts), model.encode_queries(texts)).min() >= 0.9


def test_texts_over_the_models_length_are_cut_and_not_refused(tiny_int8_folder: Path) -> None:
    for model in (load_embedder(tiny_int8_folder, threads=1), TorchEmbedder(tiny_int8_folder)):
        cut, longer = model.encode_passages(["教" * 61 + "育", "教" * 500])
        assert cosines(cut[None], longer[None])[0] == pytest.approx(1, abs=1e-3)


def test_fingerprints_tell_models_and_precisions_apart(
    embedder: Embedder, tiny_folder: Path, tiny_int8_folder: Path, tmp_path: Path
) -> None:
    retrained = tmp_path / "tiny-model"
    shutil.copytree(tiny_folder, retrained)
    weights = bytearray((retrained / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (retrained / "model.safetensors").write_bytes(weights)
    models = [embedder, *(load_embedder(f, 1) for f in (tiny_folder, tiny_int8_folder, retrained))]
    assert len({model.fingerprint for model in models}) == 4
    assert load_embedder(tiny_folder, 1).fingerprint == models[1].fingerprint


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match=r"modules\.json"):
        load_embedder(tmp_path, threads=1)


def test_a_damaged_twin_is_refused_with_a_cure(tiny_int8_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiny-model"
    shutil.copytree(tiny_int8_folder, folder)
    (folder / INT8_FILE).write_bytes((folder / INT8_FILE).read_bytes()[:2000])
    with pytest.raises(BadWeights, match="youju models pull"):
        load_embedder(folder, threads=1).encode_queries(["新增学位"])


def test_several_threads_give_the_same_vectors_in_order(tiny_int8_folder: Path) -> None:
    texts = sample_sentences(11)
    told: list[int] = []
    alone = OnnxEmbedder(tiny_int8_folder, 1).encode_passages(texts)
    together = OnnxEmbedder(tiny_int8_folder, 3).encode_passages(texts, told.append)
    assert np.array_equal(alone, together)
    assert told == [1] * len(texts)
