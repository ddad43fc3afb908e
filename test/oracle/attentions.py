"""What heads attend to in the models of forward_architectures.json; run by hand with transformers and torch (python -P)."""
import json
import pathlib

import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

DATA = pathlib.Path(__file__).parent.parent / "golden" / "data"
FORWARD = json.loads((DATA / "forward_architectures.json").read_text())
# Layer, head, position: an early and the last position, so that windows show.
ROWS = [[0, 0, 6], [1, 1, -1], [2, 3, -1]]


def values(seed, count, low, high):
    x, out = seed, np.empty(count)
    for i in range(count):
        x = (1103515245 * x + 12345) % 2**31
        out[i] = low + (high - low) * x / 2**31
    return out.astype("f4")


def run(config):
    # Falcon's eager attention adds its biases twice, and no other kind shows what it attends to.
    if config.get("alibi"):
        return None
    folder = pathlib.Path("/tmp/attentions")
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    own = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_config(own, attn_implementation="eager").float().eval()
    state = model.state_dict()
    tied = own.tie_word_embeddings
    names = sorted(n for n in state if not (tied and n in ("lm_head.weight", "embed_out.weight")))
    for seed, name in enumerate(names, 1):
        low, high = (0.5, 1.5) if "norm" in name else (-0.5, 0.5)
        state[name].copy_(torch.from_numpy(values(seed, state[name].numel(), low, high)).view(state[name].shape))
    model.tie_weights()
    with torch.no_grad():
        found = model(torch.tensor([FORWARD["prompt"]]), output_attentions=True, use_cache=False).attentions
    # Some classes do not hand out what all of their layers attend to.
    if found is None or len(found) < 3 or any(layer is None for layer in found):
        return None
    return [[round(v, 6) for v in found[l][0, h, t].tolist()] for l, h, t in ROWS]


cases = {name: run(case["config"]) for name, case in FORWARD["cases"].items()}
cases = {name: rows for name, rows in cases.items() if rows is not None}
note = f"transformers {transformers.__version__}, torch {torch.__version__}, float32, eager attention; test/oracle/attentions.py"
text = ",\n".join(f"{json.dumps(name)}: {json.dumps(rows, separators=(',', ':'))}" for name, rows in cases.items())
(DATA / "attentions.json").write_text(
    f'{{"note": {json.dumps(note)}, "rows": {json.dumps(ROWS)}, "cases": {{\n{text}\n}}}}\n')
