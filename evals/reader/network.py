"""The network of the reader in PyTorch, for training and for export.

A BERT encoder with the embedding model's weights reads `<s> question </s></s> context </s> passage </s>`. Heads: relevance
on the first token (`relevance`, and `early` after `EARLY` layers), begin and end of the answer, whether a token is evidence
(`tokens`), and whether a claim in the question's place follows (`follows`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

LAYERS, WIDTH, HEADS, INNER, POSITIONS = 12, 384, 12, 1536, 512
FROZEN = 4
"""Layers from below that stay as the embedding model has them: a fifth of the time is saved."""
EARLY = 8
HIDDEN = -1e4
"""Added to the attention that padding would get."""
BEGIN, END, EVIDENCE = 0, 1, 2


@dataclass
class Read:
    """Scores of a batch: (n,) but for `tokens`, (n, length, 3)."""

    early: Tensor
    relevance: Tensor
    follows: Tensor
    tokens: Tensor


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.joined = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.first_norm, self.last_norm = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        count, length, _ = states.shape

        def split(x: Tensor) -> Tensor:
            return x.view(count, length, HEADS, WIDTH // HEADS).transpose(1, 2)

        query, key, value = split(self.query(states)), split(self.key(states)), split(self.value(states))
        # Written out: on processors torch's fused attention takes six times as long backwards.
        weights = (query @ key.transpose(-1, -2)) * (WIDTH // HEADS) ** -0.5 + mask
        read = weights.softmax(-1) @ value
        states = self.first_norm(states + self.joined(read.transpose(1, 2).reshape(count, length, WIDTH)))
        out: Tensor = self.last_norm(states + self.down(functional.gelu(self.up(states))))
        return out


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, self.out = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, first: Tensor) -> Tensor:
        out: Tensor = self.out(functional.gelu(self.inner(first))).squeeze(-1)
        return out


class Network(nn.Module):
    def __init__(self, words: int) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(words, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        """Of the question, and of what is read."""
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.early, self.relevance, self.follows = Head(), Head(), Head()
        self.tokens = nn.Linear(WIDTH, 3)

    def embedded(self, ids: Tensor, kinds: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1], device=ids.device)
        out: Tensor = self.norm(self.words(ids) + self.positions(places) + self.kinds(kinds))
        return out

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Read:
        """`mask` is True for what is read, (n, length)."""
        states = self.embedded(ids, kinds)
        seen = torch.zeros(mask.shape, dtype=states.dtype).masked_fill(~mask, HIDDEN)[:, None, None, :]
        early = states
        for number, layer in enumerate(self.layers, 1):
            states = layer(states, seen)
            if number == EARLY:
                early = states
        first = states[:, 0]
        return Read(self.early(early[:, 0]), self.relevance(first), self.follows(first), self.tokens(states))


NAMES = {
    "attention.self.query": "query", "attention.self.key": "key", "attention.self.value": "value",
    "attention.output.dense": "joined", "attention.output.LayerNorm": "first_norm", "intermediate.dense": "up",
    "output.dense": "down", "output.LayerNorm": "last_norm",
}  # fmt: skip
"""Inside a layer of transformers' BertModel -> inside ours."""


def from_embedding_model(weights: Path, kept: list[int]) -> Network:
    """The encoder of the embedding model with the words `kept`; the heads are new."""
    network = Network(len(kept))
    given = load_file(weights)
    found: dict[str, Any] = {
        "words.weight": given["embeddings.word_embeddings.weight"][torch.tensor(kept)],
        "positions.weight": given["embeddings.position_embeddings.weight"],
        "kinds.weight": given["embeddings.token_type_embeddings.weight"][[0, 0]],
        "norm.weight": given["embeddings.LayerNorm.weight"],
        "norm.bias": given["embeddings.LayerNorm.bias"],
    }
    for number in range(LAYERS):
        for theirs, ours in NAMES.items():
            for part in ("weight", "bias"):
                found[f"layers.{number}.{ours}.{part}"] = given[f"encoder.layer.{number}.{theirs}.{part}"]
    missing, unexpected = network.load_state_dict(found, strict=False)
    assert not unexpected and all(name.split(".")[0] in ("early", "relevance", "follows", "tokens") for name in missing)
    for part in (network.words, network.positions, network.kinds, network.norm, *network.layers[:FROZEN]):
        part.requires_grad_(False)
    return network


def save_trained(network: Network, path: Path) -> None:
    """Keep what training has changed, in 16 bits: all else comes out of the embedding model again."""
    trained = {name: p.detach().to(torch.bfloat16) for name, p in network.named_parameters() if p.requires_grad}
    save_file(trained, path)


def load_trained(network: Network, path: Path) -> None:
    """Go on from what `save_trained` has kept."""
    kept = {name: value.float() for name, value in load_file(path).items()}
    _, unexpected = network.load_state_dict(kept, strict=False)
    assert not unexpected
