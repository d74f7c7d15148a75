"""Train the reader: `python -m evals.reader.train --name first`; a run that was stopped goes on from its checkpoint.

Two parts: public questions with own ones, then own ones with claims. Writes checkpoints and the vocabulary below
`WORK`/NAME, outside the repository, and tells its losses. Nothing of the documents on the sides tune, hold and never is seen, as
negatives neither.
"""

import argparse
import json
import math
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from evals.reader import cloze, examples, splits
from evals.reader.corpus import WORK, corpus
from evals.reader.corruptions import corrupted
from evals.reader.encoding import Encoded, Encoder, batch
from evals.reader.examples import Claims, Group, Own, Public
from evals.reader.network import (
    BEGIN,
    END,
    EVIDENCE,
    Network,
    Read,
    from_embedding_model,
    load_trained,
    save_trained,
)
from evals.reader.search import candidates
from evals.reader.splits import of_split, questions
from evals.reader.vocabulary import Vocabulary, pruned
from server.settings import load

TOKENS = 6000
"""Of a batch, about."""
RATE, WARM, DECAY = 1e-4, 0.06, 0.01
EARLY_WEIGHT, SPAN_WEIGHT, EVIDENCE_WEIGHT, CLAIM_WEIGHT = 0.3, 0.5, 0.5, 1.0
SAVE_SECONDS = 180.0
LOG_STEPS = 25
REPORTS = "gov_docs/"
PUBLIC = ("cmrc_train.jsonl", "cmrc_trial.jsonl", "drcd_dev_test.jsonl")


@dataclass
class Unit:
    """What is learned from together: a group's passages, or the claims by one passage."""

    encoded: list[Encoded]
    group: Group | None = None
    claims: Claims | None = None

    @property
    def length(self) -> int:
        return max(len(e.ids) for e in self.encoded)


def vocabulary() -> Vocabulary:
    sides = splits.splits()
    texts = [p.context + p.text for name, read in corpus().items() if sides[name] == "train" for p in read.passages]
    texts += [text["context"] + q["question"] for text in Public(*PUBLIC).texts for q in text["questions"][:1]]
    texts += [row["question"] for row in of_split(questions(), "train")]
    return pruned(load().models / "multilingual-e5-small" / "tokenizer.json", texts)


def units(encoder: Encoder, groups: Iterator[Group]) -> Iterator[Unit]:
    for group in groups:
        yield Unit([encoder.encode(group.question, sample) for sample in group.samples], group=group)


def claim_units(encoder: Encoder, found: Sequence[Claims], chance: random.Random) -> Iterator[Unit]:
    for one in found:
        told = list(one.claims)
        chance.shuffle(told)
        chosen = Claims(one.sample, tuple(told[:6]))
        yield Unit([encoder.encode(claim, one.sample) for claim, _ in chosen.claims], claims=chosen)


def batches(found: list[Unit], chance: random.Random) -> Iterator[list[Unit]]:
    """Units of like length together, in random order, of about `TOKENS` tokens."""
    found.sort(key=lambda unit: unit.length + chance.random() * 24)
    made: list[list[Unit]] = [[]]
    for unit in found:
        held = sum(len(u.encoded) for u in made[-1])
        if made[-1] and (held + len(unit.encoded)) * unit.length > TOKENS:
            made.append([])
        made[-1].append(unit)
    chance.shuffle(made)
    return iter(made)


def loss_of(read: Read, chosen: Sequence[Unit]) -> tuple[Tensor, dict[str, float]]:
    """The sum of what each head gets wrong, and each part of it."""
    parts: dict[str, list[Tensor]] = {"relevance": [], "early": [], "span": [], "evidence": [], "claims": []}
    at = 0
    for unit in chosen:
        rows = range(at, at + len(unit.encoded))
        at += len(unit.encoded)
        if unit.claims is not None:
            truth = torch.tensor([float(true) for _, true in unit.claims.claims])
            scores = read.follows[rows.start : rows.stop].float()
            parts["claims"].append(functional.binary_cross_entropy_with_logits(scores, truth))
            if 0 < truth.sum() < len(truth):
                apart = scores[truth == 1][:, None] - scores[truth == 0][None, :]
                parts["claims"].append(functional.softplus(1 - apart).mean())
            continue
        assert unit.group is not None
        for name, scores in (("relevance", read.relevance), ("early", read.early)):
            told = torch.cat([torch.zeros(1), scores[rows.start : rows.stop].float()])
            parts[name].append(told.logsumexp(0) - told[int(unit.group.answered)])
        if not unit.group.answered:
            continue
        encoded = unit.encoded[0]
        tokens = read.tokens[rows.start, encoded.passage].float()
        if encoded.answer is not None:
            for head, target in ((BEGIN, encoded.answer[0]), (END, encoded.answer[1])):
                wanted = torch.tensor([target - encoded.first])
                parts["span"].append(functional.cross_entropy(tokens[None, :, head], wanted))
        if encoded.evidence is not None:
            held = torch.from_numpy(encoded.evidence).float()
            parts["evidence"].append(functional.binary_cross_entropy_with_logits(tokens[:, EVIDENCE], held))
    weights = {"relevance": 1.0, "early": EARLY_WEIGHT, "span": SPAN_WEIGHT / 2, "evidence": EVIDENCE_WEIGHT, "claims": CLAIM_WEIGHT}  # fmt: skip
    total = sum((weights[name] * torch.stack(some).sum() for name, some in parts.items() if some), torch.zeros(()))
    return total / len(chosen), {name: float(torch.stack(some).detach().mean()) for name, some in parts.items() if some}


def read_units(network: Network, chosen: Sequence[Unit]) -> Read:
    read: Read = network(*batch([encoded for unit in chosen for encoded in unit.encoded]))
    return read


class Masters:
    """AdamW on 32-bit copies of a network's 16-bit weights, which alone would not feel small steps."""

    def __init__(self, network: Network) -> None:
        self._live = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
        self._kept = [p.detach().float().clone().requires_grad_() for _, p in self._live]
        plain = ["norm" in name or name.endswith("bias") for name, _ in self._live]
        sides = [[k for k, bare in zip(self._kept, plain, strict=True) if bare is side] for side in (False, True)]
        self.optimizer = torch.optim.AdamW(
            [{"params": sides[0], "weight_decay": DECAY}, {"params": sides[1], "weight_decay": 0.0}],
            lr=RATE,
            fused=True,
        )

    def step(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        for (_, live), kept in zip(self._live, self._kept, strict=True):
            kept.grad = None if live.grad is None else live.grad.float()
            live.grad = None
        torch.nn.utils.clip_grad_norm_(self._kept, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for (_, live), kept in zip(self._live, self._kept, strict=True):
                live.copy_(kept)

    def state(self, network: Network) -> dict[str, Tensor]:
        """The network's weights, in 32 bits where they are trained."""
        trained = {name: kept.detach() for (name, _), kept in zip(self._live, self._kept, strict=True)}
        return {name: trained.get(name, value.float()) for name, value in network.state_dict().items()}

    def load(self, weights: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for (name, live), kept in zip(self._live, self._kept, strict=True):
                kept.copy_(weights[name])
                live.copy_(kept)


class Plan:
    """The batches of a whole run, the same for the same seed: so that a run can go on in the middle."""

    def __init__(
        self, encoder: Encoder, public: float, own: int, claims: int, made: int, seed: int, figures: int
    ) -> None:
        rows = of_split(questions(), "train")
        ours = Own(rows, candidates("all", sorted(corpus()), questions()))
        theirs, said = Public(*PUBLIC), examples.claims(of_split(splits.claims(), "train"))
        self._encoder, self._ours, self._theirs, self._said = encoder, ours, theirs, said
        self._documents = [name for name, side in splits.splits().items() if side == "train"]
        self._public, self._own, self._claims, self._made, self._seed = public, own, claims, made, seed
        self._figures = figures

    def batches(self) -> list[list[Unit]]:
        chance = random.Random(self._seed)
        public = list(units(self._encoder, self._theirs.groups(chance)))
        chance.shuffle(public)
        first = public[: int(len(public) * self._public)]
        first += units(self._encoder, self._ours.groups(chance))
        reports = [name for name in self._documents if name.startswith(REPORTS)]
        others = [name for name in self._documents if not name.startswith(REPORTS)]
        for documents in (reports, others) if self._figures else ():
            first += units(self._encoder, cloze.groups(documents, self._figures // 2, chance))
        made = list(batches(first, chance))
        for number in range(max(self._own - 1, self._claims)):
            some: list[Unit] = []
            if number < self._own - 1:
                some += units(self._encoder, self._ours.groups(chance))
            if number < self._claims:
                some += claim_units(self._encoder, self._said, chance)
                some += claim_units(self._encoder, list(corrupted(self._documents, self._made, chance)), chance)
            made += batches(some, chance)
        return made


def share_at(step: int, steps: int) -> float:
    """Of the highest learning rate: up at first, then down by a cosine."""
    warm = max(1, int(steps * WARM))
    if step < warm:
        return (step + 1) / warm
    return max(0.02, 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="first")
    parser.add_argument("--public", type=float, default=1.0, help="share of the public questions, once")
    parser.add_argument("--own", type=int, default=3, help="how often the own questions are read")
    parser.add_argument("--claims", type=int, default=2)
    parser.add_argument("--made", type=int, default=2000, help="passages of which claims are made, each time")
    parser.add_argument(
        "--figures", type=int, default=0, help="questions for a figure, made of passages; half of reports"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=RATE, help="highest learning rate")
    parser.add_argument("--start", type=Path, help="go on from these weights (evals/reader/start.safetensors)")
    parser.add_argument("--keep", type=Path, help="write the trained weights there at the end, in 16 bits")
    parser.add_argument("--steps", type=int, help="as many steps as there is time for, instead of the whole plan")
    arguments = parser.parse_args()
    folder = WORK / arguments.name
    folder.mkdir(parents=True, exist_ok=True)
    told = vocabulary()
    told.tokenizer.save(str(folder / "tokenizer.json"))
    encoder = Encoder(told.tokenizer, keeps_offsets=False)
    network = from_embedding_model(load().models / "multilingual-e5-small" / "model.safetensors", told.kept)
    if arguments.start is not None:
        load_trained(network, arguments.start)
    counts = arguments.public, arguments.own, arguments.claims, arguments.made, arguments.seed, arguments.figures
    made = Plan(encoder, *counts).batches()
    tokens = sum(sum(len(e.ids) for e in unit.encoded) for one in made for unit in one)
    sys.stdout.write(f"{len(told.kept)} words, {len(made)} batches, {tokens:,} tokens\n")
    train(network, made, folder, arguments.steps, arguments.rate)
    if arguments.keep is not None:
        save_trained(network, arguments.keep)


def train(network: Network, made: Sequence[list[Unit]], folder: Path, steps: int | None, rate: float) -> None:
    network.to(torch.bfloat16)
    for layer in network.layers:
        layer.compile(dynamic=True)  # a minute at first, a quarter less time from then on
    masters = Masters(network)
    saved, begun = folder / "checkpoint.pt", 0
    if saved.is_file():
        state = torch.load(saved)
        masters.load(state["network"])
        masters.optimizer.load_state_dict(state["optimizer"])
        begun = state["step"]
    started = last = time.monotonic()
    seen, sums = 0, defaultdict[str, list[float]](list)
    for step in range(begun, len(made)):
        loss, parts = loss_of(read_units(network, made[step]), made[step])
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        masters.step(rate * share_at(step, steps or len(made)))
        seen += sum(len(e.ids) for unit in made[step] for e in unit.encoded)
        for name, value in parts.items():
            sums[name].append(value)
        if step % LOG_STEPS == LOG_STEPS - 1:
            shown = {name: round(sum(some) / len(some), 3) for name, some in sums.items()}
            speed = round(seen / (time.monotonic() - started))
            sys.stdout.write(json.dumps({"step": step + 1, "of": len(made), "tokens_s": speed, **shown}) + "\n")
            sys.stdout.flush()
            sums.clear()
        is_last = step + 1 == min(steps or len(made), len(made))
        if time.monotonic() - last > SAVE_SECONDS or is_last:
            _save(masters, network, step + 1, saved)
            last = time.monotonic()
        if is_last:
            break


def _save(masters: Masters, network: Network, step: int, path: Path) -> None:
    state = {"network": masters.state(network), "optimizer": masters.optimizer.state_dict(), "step": step}
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


if __name__ == "__main__":
    main()
