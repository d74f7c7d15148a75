"""The E5S1 container: values computed by hand, and files that are refused."""

import struct
from pathlib import Path

import numpy as np
import pytest

from index.e5_weights import dequantize_q4_0, read_weights
from index.errors import BadWeights

HIDDEN, LAYERS, HEADS, INTERMEDIATE, VOCABULARY, POSITIONS, TYPES = 32, 1, 2, 64, 2, 3, 2
SIZES = (HIDDEN, LAYERS, HEADS, INTERMEDIATE, VOCABULARY, POSITIONS, TYPES)

# Scale 0.5; byte 0 is 0x1F: weight 0 = (15 - 8) * 0.5, weight 16 = (1 - 8) * 0.5; byte 1 is 0x80: weight 1 =
# (0 - 8) * 0.5, weight 17 = (8 - 8) * 0.5; the others are 0x88, which is zero.
HALF_BLOCK = np.float16(0.5).tobytes() + bytes([0x1F, 0x80] + [0x88] * 14)
HALF_VALUES = [3.5, -4.0] + [0.0] * 14 + [-3.5, 0.0] + [0.0] * 14
# Scale -2; every byte 0x97: low nibble (7 - 8) * -2 = 2, high nibble (9 - 8) * -2 = -2.
TWO_BLOCK = np.float16(-2).tobytes() + bytes([0x97] * 16)
TWO_VALUES = [2.0] * 16 + [-2.0] * 16

Tensor = tuple[int, int, bytes]
"""dtype (0 float32, 1 Q4_0), number of values, bytes."""


def floats(*values: float) -> Tensor:
    return 0, len(values), struct.pack(f"<{len(values)}f", *values)


def tensors() -> dict[str, Tensor]:
    """Every tensor of a one-layer encoder; the word embeddings are two blocks, all else is float32."""
    wide, narrow = INTERMEDIATE, HIDDEN
    sizes = {"emb.pos": POSITIONS * narrow, "emb.type": TYPES * narrow, "emb.ln.w": narrow, "emb.ln.b": narrow}
    for part in ("q", "k", "v", "ao"):
        sizes |= {f"l0.{part}.w": narrow * narrow, f"l0.{part}.b": narrow}
    for part in ("aln", "oln"):
        sizes |= {f"l0.{part}.w": narrow, f"l0.{part}.b": narrow}
    sizes |= {"l0.fi.w": wide * narrow, "l0.fi.b": wide, "l0.fo.w": narrow * wide, "l0.fo.b": narrow}
    found = {name: floats(*(float(i) for i in range(size))) for name, size in sizes.items()}
    return {"emb.word": (1, VOCABULARY * narrow, HALF_BLOCK + TWO_BLOCK), **found}


def container(content: dict[str, Tensor], magic: bytes = b"E5S1", block: int = 32) -> bytes:
    """The bytes of a container, written straight from the format's description."""
    head = magic + struct.pack("<I7ifi", 1, *SIZES, 1e-12, block)
    pieces = [b"<s>", b"\xe6\xb5\xb7"]
    blob = b"".join(pieces)
    head += struct.pack("<5iQ", len(pieces), 0, 1, 2, 3, len(blob)) + struct.pack("<3i", 0, 3, 6)
    head += struct.pack("<2f", 0.0, -1.5) + blob + struct.pack("<iI", 0, 5) + b"\x01\x02\x03\x04\x05"
    head += struct.pack("<i", len(content))
    offset = len(head) + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in content)
    directory = body = b""
    for name, (dtype, values, packed) in content.items():
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BI", dtype, values)
        directory += struct.pack("<QQ", offset + len(body), len(packed))
        body += packed
    return head + directory + body


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.bin"


def test_blocks_unpack_to_the_values_computed_by_hand() -> None:
    assert dequantize_q4_0(HALF_BLOCK + TWO_BLOCK).tolist() == HALF_VALUES + TWO_VALUES


def test_a_container_gives_shape_and_named_tensors(path: Path) -> None:
    path.write_bytes(container(tensors()))
    shape, weights = read_weights(path)
    assert (shape.hidden, shape.layers, shape.heads, shape.intermediate) == (32, 1, 2, 64)
    assert (shape.vocabulary, shape.positions, shape.type_vocabulary) == (2, 3, 2)
    assert shape.epsilon == pytest.approx(1e-12)
    assert weights["embeddings.word_embeddings.weight"].tolist() == [HALF_VALUES, TWO_VALUES]
    assert weights["embeddings.position_embeddings.weight"][2].tolist() == [float(i) for i in range(64, 96)]
    assert weights["encoder.layer.0.intermediate.dense.weight"][1, :2].tolist() == [32.0, 33.0]
    assert weights["encoder.layer.0.output.dense.weight"][1, :2].tolist() == [64.0, 65.0]
    assert all(weight.dtype == np.float32 for weight in weights.values())


@pytest.mark.slow
def test_the_names_and_shapes_are_those_of_transformers(path: Path) -> None:
    from transformers import BertConfig, BertModel

    model = BertModel(
        BertConfig(
            vocab_size=VOCABULARY, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
            intermediate_size=INTERMEDIATE, max_position_embeddings=POSITIONS, type_vocab_size=TYPES,
        ),
        add_pooling_layer=False,
    )  # fmt: skip
    path.write_bytes(container(tensors()))
    _, weights = read_weights(path)
    assert {name: w.shape for name, w in weights.items()} == {n: tuple(p.shape) for n, p in model.named_parameters()}


def test_a_file_cut_short_anywhere_is_refused(path: Path) -> None:
    image = container(tensors())
    for length in [*range(0, 1200, 41), *range(1200, len(image), 5003), len(image) - 1]:
        path.write_bytes(image[:length])
        with pytest.raises(BadWeights, match=r"weights\.bin"):
            read_weights(path)


def test_foreign_files_are_refused(path: Path) -> None:
    for image in (container(tensors(), magic=b"GGUF"), b"hello", b""):
        path.write_bytes(image)
        with pytest.raises(BadWeights, match="youju models pull"):
            read_weights(path)


def test_blocks_of_another_size_are_refused(path: Path) -> None:
    path.write_bytes(container(tensors(), block=64))
    with pytest.raises(BadWeights, match="64"):
        read_weights(path)


@pytest.mark.parametrize("name", ["emb.word", "l0.fo.b"])
def test_a_missing_tensor_is_named(path: Path, name: str) -> None:
    content = tensors()
    del content[name]
    path.write_bytes(container(content))
    with pytest.raises(BadWeights, match=name):
        read_weights(path)


def test_a_tensor_of_the_wrong_size_is_named(path: Path) -> None:
    path.write_bytes(container({**tensors(), "l0.q.b": floats(1.0, 2.0)}))
    with pytest.raises(BadWeights, match=r"l0\.q\.b"):
        read_weights(path)
    dtype, values, packed = tensors()["emb.word"]
    path.write_bytes(container({**tensors(), "emb.word": (dtype, values, packed[:-1])}))
    with pytest.raises(BadWeights, match=r"emb\.word"):
        read_weights(path)
