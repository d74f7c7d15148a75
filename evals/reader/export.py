"""Write a trained reader as it ships: `python -m evals.reader.export --name first` makes `server/reader/weights`.

With `--start evals/reader/start.safetensors` it is made of the kept weights, of which `WORK`/NAME gets a checkpoint.

int8 with a scale for each channel; weights in seven bits (`reduce_range`), so that the products of two do not saturate on
processors without VNNI.
"""

import argparse
import logging
import shutil
import sys
import warnings
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from evals.reader.corpus import WORK
from evals.reader.network import Network, from_embedding_model, load_trained
from evals.reader.train import vocabulary
from ingest.onnx import load_onnxruntime
from server.reader.reader import MODEL, TOKENIZER, WEIGHTS
from server.settings import load


class Shipped(torch.nn.Module):
    """One passage without padding -> relevance, follows, tokens."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, ids: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        read = self._network(ids, kinds, torch.ones_like(ids, dtype=torch.bool))
        return read.relevance, read.follows, read.tokens


def export(folder: Path, target: Path) -> None:
    load_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    network = Network(tokenizer.get_vocab_size())
    network.load_state_dict(torch.load(folder / "checkpoint.pt")["network"])
    network.eval()
    target.mkdir(parents=True, exist_ok=True)
    full, part = folder / "full.onnx", folder / "int8.onnx"
    example = torch.full((1, 8), 5)
    names = ["relevance", "follows", "tokens"]
    axes = {name: {0: "batch", 1: "length"} for name in ("ids", "kinds", "tokens")} | {
        n: {0: "batch"} for n in names[:2]
    }
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of what is constant for one passage
        torch.onnx.export(
            Shipped(network), (example, torch.zeros_like(example)), str(full), input_names=["ids", "kinds"],
            output_names=names, dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
    logging.disable(logging.WARNING)
    quantize_dynamic(full, part, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    logging.disable(logging.NOTSET)
    shutil.copy(part, target / MODEL)
    shutil.copy(folder / TOKENIZER, target / TOKENIZER)


def restore(start: Path, folder: Path) -> None:
    """A checkpoint and the tokenizer in `folder`, of weights that training has kept."""
    told = vocabulary()
    network = from_embedding_model(load().models / "multilingual-e5-small" / "model.safetensors", told.kept)
    load_trained(network, start)
    folder.mkdir(parents=True, exist_ok=True)
    told.tokenizer.save(str(folder / TOKENIZER))
    torch.save({"network": network.state_dict(), "step": 0}, folder / "checkpoint.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="first")
    parser.add_argument("--start", type=Path)
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    if arguments.start is not None:
        restore(arguments.start, WORK / arguments.name)
    export(WORK / arguments.name, arguments.to)
    size = sum(path.stat().st_size for path in arguments.to.iterdir())
    sys.stdout.write(f"{arguments.to}: {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
