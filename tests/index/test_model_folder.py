"""The model folder that is written: plain sentence-transformers loads it, and its bytes are reproducible."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.e5_weights import Shape
from index.errors import BadWeights
from index.model_folder import INT8_FILE, write_int8, write_model_folder
from tests.index.conftest import write_tiny_tokenizer


def test_plain_sentence_transformers_gives_the_mean_of_the_last_layer(tiny_folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel

    text = "海沧区教育工作"
    model = SentenceTransformer(str(tiny_folder), device="cpu", local_files_only=True)
    encoder = BertModel.from_pretrained(tiny_folder, local_files_only=True)
    ids = model.tokenizer("文：" + text, return_tensors="pt")["input_ids"]
    assert ids[0, 0] == 2 and ids[0, -1] == 3, "<s> and </s> frame the text"
    with torch.inference_mode():
        mean = encoder(input_ids=ids).last_hidden_state[0].mean(dim=0).numpy()
    expected = mean / np.linalg.norm(mean)
    assert np.allclose(model.encode(text, prompt_name="passage"), expected, atol=1e-5)
    assert model.max_seq_length == 64
    assert model.prompts["query"] == "问："


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    tokenizer = tmp_path / "tokenizer.json"
    vocabulary = write_tiny_tokenizer(tokenizer)
    shape = Shape(32, 0, 4, 64, vocabulary, 8, 2, 1e-12)
    weights = {"embeddings.word_embeddings.weight": np.ones((vocabulary, 32), np.float32)}
    images = []
    for name in ("甲", "乙"):
        write_model_folder(tmp_path / name, shape, weights, tokenizer, {"query": "问："})
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        images.append({str(p.relative_to(tmp_path / name)): p.read_bytes() for p in files})
    assert images[0] == images[1]
    assert images[0]["tokenizer.json"] == tokenizer.read_bytes()
    configuration = json.loads(images[0]["config_sentence_transformers.json"])
    assert configuration["prompts"] == {"query": "问："}


def test_the_twin_is_smaller_and_leaves_nothing_else_behind(tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    file = write_int8(folder)
    assert file == folder / INT8_FILE
    assert [p.name for p in file.parent.iterdir()] == [file.name]
    assert file.stat().st_size < (folder / "model.safetensors").stat().st_size


def test_a_folder_without_weights_gets_no_twin(tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(BadWeights, match="model"):
        write_int8(folder)
    assert not (folder / INT8_FILE).exists()
