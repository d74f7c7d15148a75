"""Write an embedding model as an ordinary sentence-transformers folder, and its int8 ONNX twin.

Covered: a BERT encoder with mean pooling, normalisation and prompts, laid out so that plain
`SentenceTransformer(folder)` loads it; one int8 file made from such a folder, once.
Not covered: where the weights come from (`server.models`) and running either (`index.embed`).
"""

import json
import logging
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from index.e5_weights import Float32, Shape
from index.errors import BadWeights
from ingest.onnx import load_onnxruntime

INT8_FILE = Path("onnx") / "model_int8.onnx"


def write_model_folder(
    folder: Path, shape: Shape, weights: dict[str, Float32], tokenizer: Path, prompts: dict[str, str]
) -> None:
    """Write `folder` from scratch: configuration, weights, tokenizer, pooling and prompts.

    The bytes depend on the arguments alone, so that the folder can be pinned by a hash.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    # The container has no pooler and mean pooling uses none; zeros keep transformers from inventing one.
    pooler = {
        "pooler.dense.weight": np.zeros((shape.hidden, shape.hidden), np.float32),
        "pooler.dense.bias": np.zeros(shape.hidden, np.float32),
    }
    # Metadata marks the file as PyTorch's, which transformers insists on.
    save_file(weights | pooler, folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    for name, content in _configuration(shape, prompts).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _configuration(shape: Shape, prompts: dict[str, str]) -> dict[str, Any]:
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    special |= {"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.intermediate,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.type_vocabulary,
            "layer_norm_eps": float(str(np.float32(shape.epsilon))),  # 1e-12, not 9.999999960041972e-13
            "hidden_act": "gelu",
            "pad_token_id": 0,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            **special,
        },
        "special_tokens_map.json": special,
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": prompts, "default_prompt_name": None},
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    }


def write_int8(folder: Path) -> Path:
    """Export the folder's encoder to ONNX and quantise it to int8 per channel; returns the file.

    The file appears only when it is whole. Raises BadWeights when the folder holds no model that
    transformers can load.
    """
    load_onnxruntime()
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    target = folder / INT8_FILE
    target.parent.mkdir(exist_ok=True)
    full, part = target.with_name("full.onnx.part"), target.with_name("int8.onnx.part")
    try:
        model = AutoModel.from_pretrained(folder, local_files_only=True, attn_implementation="eager")
    except (OSError, ValueError) as error:
        raise BadWeights(folder, str(error)) from error
    model.eval()
    names = ["input_ids", "attention_mask"]
    example = torch.ones(1, 8, dtype=torch.long)
    axes = {name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]}

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden: torch.Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask)[0]
            return hidden

    with torch.inference_mode(), warnings.catch_warnings():
        # The tracer warns of shape checks that are constant for one unpadded text at a time.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Encoder(),
            (example, example),
            str(full),
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    logging.disable(logging.WARNING)  # it advises a pre-processing that changes nothing for this graph
    try:
        quantize_dynamic(full, part, per_channel=True, weight_type=QuantType.QInt8)
    finally:
        logging.disable(logging.NOTSET)
    os.replace(part, target)
    full.unlink()
    return target
