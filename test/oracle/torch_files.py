"""Checkpoints that torch writes, small, with the tensors that torch reads from them; run by hand with torch and NumPy.

Writes test/golden/data/torch/*.pt and expected.json: file -> tensor -> [dtype, shape, hex of the little-endian bytes].
"""
import argparse
import collections
import json
import pathlib
import pickle
import random

import numpy as np
import torch

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "torch"
NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
         torch.complex64: "C64", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2", torch.uint16: "U16",
         torch.uint32: "U32", torch.uint64: "U64", torch.float8_e8m0fnu: "F8_E8M0"}


def digest(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    data = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    return [NAMES[tensor.dtype], list(tensor.shape), data.hex()]


def views():
    matrix = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    cube = torch.arange(60, dtype=torch.int16).reshape(3, 4, 5)
    return {
        "whole": matrix, "same": matrix, "row": matrix[2], "rows": matrix[1:3], "transposed": matrix.t(),
        "columns": matrix[:, 1:4], "column": matrix[:, 2], "every second": matrix[::2, ::3],
        "permuted": cube.permute(2, 0, 1), "middle": cube[1:, 1:3, 2:].transpose(0, 2),
        "repeated": matrix[1].expand(3, 6), "number": matrix[3, 5], "one column": matrix[:, :1].expand(4, 3),
        "empty": matrix[:0], "empty in the middle": torch.zeros(3, 0, 2),
    }


def dtypes(new):
    torch.manual_seed(1)
    old = ["float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64"]
    names = old + (["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "uint16", "uint32", "uint64"] if new else [])
    return {name: (torch.randn(3, 2) * 3).abs().to(getattr(torch, name)) for name in names}


def training():
    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3, "loss": 0.25, "done": False, "name": "run", "best": None, "seed": 2**100, "size": torch.Size([2, 3]),
        "random": np.random.RandomState(1).get_state()[1:], "score": np.float64(1.5), "device": torch.device("cpu"),
        "dtype": torch.bfloat16, "tags": {"a", "b"}, "raw": b"\x00\xff", "optimizer": optimizer.state_dict(),
        "state_dict": layer.state_dict(), "history": [(1, -2), [70000, -(2**40)]],
    }


def parameters():
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    state = collections.OrderedDict(module.named_parameters())
    marked = torch.nn.Parameter(torch.ones(2))
    marked.note = "kept"
    return collections.OrderedDict(state, marked=marked, count=7)


class Attack:
    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/merganser-was-here",)


def tensors_of(content):
    state = content.get("state_dict", content)
    return {name: digest(t) for name, t in state.items() if isinstance(t, torch.Tensor)}


def main():
    random.seed(1)
    torch.manual_seed(1)
    OUT.mkdir(parents=True, exist_ok=True)
    new = {"views": views(), "dtypes": dtypes(True), "training": training(), "parameters": parameters()}
    old = {"legacy_views": views(), "legacy_dtypes": dtypes(False), "legacy_parameters": parameters()}
    expected = {"note": f"torch {torch.__version__}; written by test/oracle/torch_files.py"}
    for name, content in {**new, **old}.items():
        torch.save(content, OUT / f"{name}.pt", _use_new_zipfile_serialization=name in new)
        expected[f"{name}.pt"] = tensors_of(content)
    torch.save({f"layers.{i}.weight": torch.full((2, 2), float(i)) for i in range(2)}, OUT / "protocol4.pt",
               pickle_protocol=4)
    expected["protocol4.pt"] = tensors_of({f"layers.{i}.weight": torch.full((2, 2), float(i)) for i in range(2)})
    torch.save({"weight": torch.ones(1), "evil": Attack()}, OUT / "attack.pt")
    torch.save({"weight": torch.ones(1), "evil": Attack()}, OUT / "legacy_attack.pt", _use_new_zipfile_serialization=False)
    torch.save({"weight": torch.ones(1), "args": argparse.Namespace(lr=1)}, OUT / "arguments.pt")
    (OUT / "plain.pt").write_bytes(pickle.dumps({"weight": [1.0]}, protocol=2))
    text = json.dumps(expected, indent=1)
    (OUT / "expected.json").write_text(text + "\n")


main()
