"""Unpack the `E5S1` container of 4-bit weights into named float32 arrays.

Covered: the header, skipping the container's own tokenizer, the tensor directory, Q4_0 blocks, and the
BertModel names of transformers. Not covered: writing the model folder (`index.model_folder`) and running it.

The container, little-endian: `E5S1`, u32 version, seven i32 (hidden, layers, heads, intermediate, vocabulary,
positions, type vocabulary), f32 layer-norm epsilon, i32 block size, the tokenizer, then a directory of
(u16 name length, name, u8 dtype, u32 count, u64 offset, u64 bytes). dtype 0 is float32, 1 is Q4_0.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import BadWeights

Float32 = NDArray[np.float32]

BLOCK = 32
BLOCK_BYTES = 2 + BLOCK // 2
FLOAT32, Q4_0 = 0, 1

# Names inside one layer of the container -> names inside one layer of transformers' BertModel.
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class Shape:
    """The sizes of a BERT encoder, as the container's header gives them."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    type_vocabulary: int
    epsilon: float


class _Cursor:
    """Reads little-endian values one after another and refuses to read past the end."""

    def __init__(self, image: bytes, path: Path) -> None:
        self.image = image
        self.path = path
        self.position = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack("<" + layout, self.skip(struct.calcsize("<" + layout)))
        return values

    def skip(self, count: int) -> bytes:
        end = self.position + count
        if count < 0 or end > len(self.image):
            raise BadWeights(self.path, f"the file ends at byte {len(self.image)}, byte {end} was needed")
        piece = self.image[self.position : end]
        self.position = end
        return piece


def dequantize_q4_0(packed: bytes) -> Float32:
    """Blocks of a float16 scale and 16 bytes -> float32 values, shape (32 * blocks,).

    Byte j of a block holds weight j in its low and weight j + 16 in its high nibble, each minus 8:
    scale 0.5 and first byte 0x1F give weight 0 = (15 - 8) * 0.5 = 3.5 and weight 16 = (1 - 8) * 0.5 = -3.5.
    """
    blocks = np.frombuffer(packed, np.uint8).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    values: Float32 = ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)
    return values


def read_weights(path: Path) -> tuple[Shape, dict[str, Float32]]:
    """Read a container into its shape and its tensors, named and shaped as transformers' BertModel has them.

    Raises BadWeights when the file is no such container, is cut short, or lacks a tensor.
    """
    cursor = _Cursor(path.read_bytes(), path)
    if cursor.skip(4) != b"E5S1":
        raise BadWeights(path, "it does not begin with E5S1")
    cursor.take("I")
    hidden, layers, heads, intermediate, vocabulary, positions, types = cursor.take("7i")
    (epsilon,) = struct.unpack("<f", cursor.skip(4))
    (block,) = cursor.take("i")
    if block != BLOCK:
        raise BadWeights(path, f"blocks of {block} weights; only {BLOCK} are known")
    shape = Shape(hidden, layers, heads, intermediate, vocabulary, positions, types, epsilon)
    _skip_tokenizer(cursor)
    return shape, _tensors(cursor, shape)


def _skip_tokenizer(cursor: _Cursor) -> None:
    pieces, *_ = cursor.take("5i")
    (blob_bytes,) = cursor.take("Q")
    cursor.skip((pieces + 1) * 4 + pieces * 4 + blob_bytes)
    cursor.take("i")
    (map_bytes,) = cursor.take("I")
    cursor.skip(map_bytes)


def _tensors(cursor: _Cursor, shape: Shape) -> dict[str, Float32]:
    found: dict[str, Float32] = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (name_bytes,) = cursor.take("H")
        name = cursor.skip(name_bytes).decode("ascii", "replace")
        dtype, values = cursor.take("BI")
        offset, length = cursor.take("QQ")
        if dtype not in (FLOAT32, Q4_0):
            raise BadWeights(cursor.path, f"tensor {name} is of the unknown type {dtype}")
        packed = cursor.image[offset : offset + length]
        expected = values * 4 if dtype == FLOAT32 else values // BLOCK * BLOCK_BYTES
        if len(packed) != expected:
            raise BadWeights(cursor.path, f"tensor {name} has {len(packed)} bytes, expected {expected}")
        found[name] = np.frombuffer(packed, np.float32) if dtype == FLOAT32 else dequantize_q4_0(packed)
    return _named(cursor.path, found, shape)


def _named(path: Path, found: dict[str, Float32], shape: Shape) -> dict[str, Float32]:
    named: dict[str, Float32] = {}

    def put(source: str, target: str, *dimensions: int) -> None:
        if source not in found:
            raise BadWeights(path, f"tensor {source} is missing")
        if found[source].size != int(np.prod(dimensions)):
            raise BadWeights(path, f"tensor {source} has {found[source].size} values, expected {dimensions}")
        named[target] = np.ascontiguousarray(found[source].reshape(dimensions))

    rows = {"emb.word": shape.vocabulary, "emb.pos": shape.positions, "emb.type": shape.type_vocabulary}
    for source, target in EMBEDDING_NAMES.items():
        put(source, target, *((rows[source], shape.hidden) if source in rows else (shape.hidden,)))
    wide, narrow = shape.intermediate, shape.hidden
    for layer in range(shape.layers):
        for part, target in LAYER_NAMES.items():
            out_features = wide if part == "fi" else narrow
            in_features = wide if part == "fo" else narrow
            prefix = f"encoder.layer.{layer}.{target}"
            weight = (out_features,) if part.endswith("ln") else (out_features, in_features)
            put(f"l{layer}.{part}.w", f"{prefix}.weight", *weight)
            put(f"l{layer}.{part}.b", f"{prefix}.bias", out_features)
    return named
