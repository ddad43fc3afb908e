"""The Llama network over a dictionary of tensors: a lean loss for training, and greedy generation in float32."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .batches import Batch
from .checkpoint import Size, Weights
from .tokens import EOS, PAD

Rotation = tuple[Tensor, Tensor]
"""Cosines and sines of the position angles, broadcastable over heads."""


def rotation(size: Size, positions: Tensor) -> Rotation:
    """The tables of rotary position embedding, [..., head] for positions [...]."""
    frequencies = size.theta ** (-torch.arange(0, size.head, 2).float() / size.head)
    angles = positions[..., None].float() * frequencies
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, table: Rotation) -> Tensor:
    """Turns each pair of a head's first and second half by its angle."""
    cos, sin = table
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat((-second, first), -1) * sin


# ---------------------------------------------------------------- training


def training_loss(weights: Weights, batch: Batch, size: Size, dtype: torch.dtype) -> Tensor:
    """Mean cross entropy of the labelled tokens. Master weights stay float32; activations and products are `dtype`."""
    p = {name: tensor.to(dtype) for name, tensor in weights.items()}
    T = batch.ids.shape[1]
    cos, sin = rotation(size, torch.arange(T))
    table = (cos.to(dtype)[:, None], sin.to(dtype)[:, None])
    causal = torch.full((T, T), float("-inf"), dtype=dtype).triu(1)
    x = F.embedding(batch.ids, p["model.embed_tokens.weight"])
    for index in range(size.layers):
        x = _training_layer(p, f"model.layers.{index}.", x, size, table, causal)
    x, targets = x[:, :-1].flatten(0, 1), batch.labels[:, 1:].flatten()
    learnt = (targets >= 0).nonzero()[:, 0]
    x = F.rms_norm(x[learnt], (size.hidden,), p["model.norm.weight"], size.eps)
    return F.cross_entropy(F.linear(x, p["lm_head.weight"]).float(), targets[learnt])


def _training_layer(p: Weights, layer: str, x: Tensor, size: Size, table: Rotation, causal: Tensor) -> Tensor:
    B, T, _ = x.shape
    h, kv, d = size.heads, size.kv_heads, size.head
    y = F.rms_norm(x, (size.hidden,), p[layer + "input_layernorm.weight"], size.eps)
    q = F.linear(y, p[layer + "self_attn.q_proj.weight"] * d**-0.5).view(B, T, h, d)
    k = F.linear(y, p[layer + "self_attn.k_proj.weight"]).view(B, T, kv, d)
    v = F.linear(y, p[layer + "self_attn.v_proj.weight"]).view(B, T, kv, d)
    # the heads that share a key/value head are stacked along time: one product for all of them
    q = rotate(q, table).transpose(1, 2).reshape(B * kv, (h // kv) * T, d)
    k = rotate(k, table).transpose(1, 2).reshape(B * kv, T, d)
    v = v.transpose(1, 2).reshape(B * kv, T, d)
    scores = torch.bmm(q, k.transpose(1, 2)).view(-1, T, T) + causal
    mixed = torch.bmm(scores.softmax(-1).view(B * kv, -1, T), v)
    mixed = mixed.view(B, h, T, d).transpose(1, 2).reshape(B, T, -1)
    x = x + F.linear(mixed, p[layer + "self_attn.o_proj.weight"])
    return x + _mlp(p, layer, x, size)


def _mlp(p: Weights, layer: str, x: Tensor, size: Size) -> Tensor:
    y = F.rms_norm(x, (size.hidden,), p[layer + "post_attention_layernorm.weight"], size.eps)
    gate = F.silu(F.linear(y, p[layer + "mlp.gate_proj.weight"]))
    return F.linear(gate * F.linear(y, p[layer + "mlp.up_proj.weight"]), p[layer + "mlp.down_proj.weight"])


# ---------------------------------------------------------------- generation


class _Cache:
    """Keys and values of one layer, [B, KV, T, D]."""

    def __init__(self) -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Adds new positions and returns all of them."""
        self.keys = keys if self.keys is None else torch.cat([self.keys, keys], 2)
        self.values = values if self.values is None else torch.cat([self.values, values], 2)
        return self.keys, self.values

    def keep(self, rows: Tensor) -> None:
        """Drops the rows that are finished."""
        assert self.keys is not None and self.values is not None
        self.keys, self.values = self.keys[rows], self.values[rows]


@torch.no_grad()
def generate(weights: Weights, prompts: list[list[int]], limit: int, size: Size = Size()) -> list[list[int]]:
    """Greedy continuations of prompts given as token ids, without the end-of-text token; at most `limit` tokens each."""
    ids, given = _pad_left(prompts)
    positions = (given.cumsum(1) - 1).clamp(min=0)
    T = ids.shape[1]
    # a padding row sees itself, so that no softmax is over nothing
    sees = (torch.ones(T, T, dtype=torch.bool).tril() & given[:, None]) | torch.eye(T, dtype=torch.bool)
    caches = [_Cache() for _ in range(size.layers)]
    outputs: list[list[int]] = [[] for _ in prompts]
    rows = torch.arange(len(prompts))
    for _ in range(limit):
        chosen = _next_tokens(weights, ids, positions, sees, caches, size)
        alive = chosen != EOS
        for row, token in zip(rows[alive].tolist(), chosen[alive].tolist(), strict=True):
            outputs[row].append(token)
        if not alive.any():
            break
        rows, given, ids = rows[alive], given[alive], chosen[alive][:, None]
        positions = positions[alive][:, -1:] + 1
        given = torch.cat([given, torch.ones(len(rows), 1, dtype=torch.bool)], 1)
        sees = given[:, None]
        for cache in caches:
            cache.keep(alive)
    return outputs


def _pad_left(prompts: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Ids [B, T] and where they are not padding."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[PAD] * (longest - len(prompt)) + prompt for prompt in prompts])
    given = torch.tensor([[False] * (longest - len(prompt)) + [True] * len(prompt) for prompt in prompts])
    return ids, given


def _next_tokens(
    w: Weights, ids: Tensor, positions: Tensor, sees: Tensor, caches: list[_Cache], size: Size
) -> Tensor:
    """The most likely token after each row, [B]."""
    cos, sin = rotation(size, positions)
    table = (cos[:, None], sin[:, None])
    x = F.embedding(ids, w["model.embed_tokens.weight"])
    for index, cache in enumerate(caches):
        layer = f"model.layers.{index}."
        x = x + _attention(w, layer, x, size, table, sees[:, None], cache)
        x = x + _mlp(w, layer, x, size)
    x = F.rms_norm(x[:, -1], (size.hidden,), w["model.norm.weight"], size.eps)
    return F.linear(x, w["lm_head.weight"]).argmax(-1)


def _attention(
    w: Weights, layer: str, x: Tensor, size: Size, table: Rotation, sees: Tensor, cache: _Cache
) -> Tensor:
    B, T, _ = x.shape
    y = F.rms_norm(x, (size.hidden,), w[layer + "input_layernorm.weight"], size.eps)

    def project(name: str, heads: int) -> Tensor:
        return F.linear(y, w[f"{layer}self_attn.{name}_proj.weight"]).view(B, T, heads, size.head).transpose(1, 2)

    q = rotate(project("q", size.heads), table)
    k, v = cache.extend(rotate(project("k", size.kv_heads), table), project("v", size.kv_heads))
    shared = size.heads // size.kv_heads
    mixed = F.scaled_dot_product_attention(
        q, k.repeat_interleave(shared, 1), v.repeat_interleave(shared, 1), attn_mask=sees
    )
    return F.linear(mixed.transpose(1, 2).reshape(B, T, -1), w[layer + "self_attn.o_proj.weight"])
