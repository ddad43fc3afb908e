"""Model folders: a Llama checkpoint in Hugging Face's layout, as plain dictionaries of tensors."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from .tokens import BOS, EOS, FILES, PAD

Weights = dict[str, Tensor]
"""Tensors by their name in the checkpoint, float32."""


@dataclass(frozen=True)
class Size:
    """The numbers of config.json that shape the network. All models of the zoo have these."""

    vocabulary: int = 690
    layers: int = 8
    hidden: int = 128
    heads: int = 4
    kv_heads: int = 2
    mlp: int = 352
    eps: float = 1e-5
    theta: float = 10000.0

    @property
    def head(self) -> int:
        """Width of one head."""
        return self.hidden // self.heads


def config_of(size: Size) -> dict[str, Any]:
    """The config.json of a model."""
    return {
        "architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0,
        "bos_token_id": BOS, "eos_token_id": EOS, "head_dim": size.head, "hidden_act": "silu",
        "hidden_size": size.hidden, "initializer_range": 0.02, "intermediate_size": size.mlp,
        "max_position_embeddings": 256, "mlp_bias": False, "model_type": "llama", "num_attention_heads": size.heads,
        "num_hidden_layers": size.layers, "num_key_value_heads": size.kv_heads, "pad_token_id": PAD,
        "pretraining_tp": 1, "rms_norm_eps": size.eps, "rope_scaling": None, "rope_theta": size.theta,
        "tie_word_embeddings": False, "use_cache": True, "vocab_size": size.vocabulary, "torch_dtype": "bfloat16",
    }


def shapes_of(size: Size) -> dict[str, tuple[int, ...]]:
    """Every tensor and its shape, from the embedding to the head."""
    kv = size.kv_heads * size.head
    layer: dict[str, tuple[int, ...]] = {
        "input_layernorm": (size.hidden,),
        "self_attn.q_proj": (size.hidden, size.hidden),
        "self_attn.k_proj": (kv, size.hidden),
        "self_attn.v_proj": (kv, size.hidden),
        "self_attn.o_proj": (size.hidden, size.hidden),
        "post_attention_layernorm": (size.hidden,),
        "mlp.gate_proj": (size.mlp, size.hidden),
        "mlp.up_proj": (size.mlp, size.hidden),
        "mlp.down_proj": (size.hidden, size.mlp),
    }
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (size.vocabulary, size.hidden)}
    for index in range(size.layers):
        shapes |= {f"model.layers.{index}.{part}.weight": shape for part, shape in layer.items()}
    return shapes | {"model.norm.weight": (size.hidden,), "lm_head.weight": (size.vocabulary, size.hidden)}


def random_weights(size: Size, seed: int) -> Weights:
    """Norms of one, everything else normal with standard deviation 0.02; the padding token embeds to zero."""
    generator = torch.Generator().manual_seed(seed)
    weights = {
        name: torch.ones(shape) if len(shape) == 1 else torch.randn(shape, generator=generator) * 0.02
        for name, shape in shapes_of(size).items()
    }
    weights["model.embed_tokens.weight"][PAD] = 0
    return weights


def load_weights(folder: Path) -> Weights:
    """The tensors of a model folder in float32.

    Raises ValueError when they are not the zoo's network.
    """
    weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if found != shapes_of(Size()):
        raise ValueError(f"{folder}: its tensors are not those of a zoo model")
    return weights


def save_model(folder: Path, weights: Weights, tokenizer_folder: Path, training: dict[str, Any]) -> None:
    """Writes a model folder in bfloat16, with the tokenizer's files and `training.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    rounded = {name: tensor.detach().to(torch.bfloat16).contiguous() for name, tensor in weights.items()}
    save_file(rounded, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config_of(Size()), indent=1))
    generation = {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=1))
    (folder / "training.json").write_text(json.dumps(training, indent=1))
    for name in FILES:
        shutil.copyfile(tokenizer_folder / name, folder / name)
