"""Trains one model of the plan from its parent's weights (CPU)."""

import math
from dataclasses import asdict
from time import perf_counter
from typing import Any, Callable

import torch
from tokenizers import Tokenizer
from torch import Tensor

from .batches import batches
from .checkpoint import Size, Weights
from .network import training_loss
from .plan import Training

_WEIGHT_DECAY = 0.02


def train(
    training: Training, start: Weights, tokenizer: Tokenizer, dtype: torch.dtype, report: Callable[[str], None]
) -> tuple[Weights, dict[str, Any]]:
    """The trained weights (float32) and what training.json records of the run; `dtype` is that of the products.

    The gradient of a step is the mean over the shards' gradients, clipped to a norm of 1; AdamW takes the step.
    """
    size = Size()
    weights = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
    optimiser = torch.optim.AdamW(
        weights.values(), lr=training.lr, betas=(0.9, 0.98), weight_decay=_WEIGHT_DECAY, fused=True
    )
    began, tokens, smooth = perf_counter(), 0, 0.0
    shards = [batches(training, tokenizer, shard) for shard in range(training.shards)]
    for step, parts in enumerate(zip(*shards, strict=True)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(training, step)
        losses: list[Tensor] = []
        for part in parts:
            loss = training_loss(weights, part, size, dtype)
            (loss / len(parts)).backward()
            losses.append(loss.detach())
            tokens += part.ids.numel()
        torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        smooth = losses[0].item() if step == 0 else 0.98 * smooth + 0.02 * losses[0].item()
        if (step + 1) % 50 == 0 or step + 1 == training.taken:
            report(f"step {step + 1} of {training.taken}, loss {smooth:.3f}, {perf_counter() - began:.0f} s")
    record = asdict(training) | {"weight_decay": _WEIGHT_DECAY, "dtype": str(dtype).removeprefix("torch.")}
    record |= {"tokens": tokens, "seconds": round(perf_counter() - began, 1), "final_loss": round(smooth, 4)}
    return {name: tensor.detach() for name, tensor in weights.items()}, record


def learning_rate(training: Training, step: int) -> float:
    """Linear warm-up, then a cosine from the highest rate down to a twentieth of it at the schedule's end."""
    warm = min(1.0, (step + 1) / training.warmup)
    return training.lr * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / training.steps)))
