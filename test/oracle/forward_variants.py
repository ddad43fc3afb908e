"""Logits of tiny models whose configs use what the ordinary goldens do not; run by hand with transformers and torch.

Weights come from a linear congruential generator, so that the test makes the same ones from the names alone.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "forward_variants.json"

BASE = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "intermediate_size": 40,
    "num_hidden_layers": 3, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "vocab_size": 28,
    "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "hidden_act": "silu", "rope_theta": 500.0,
    "tie_word_embeddings": False, "bos_token_id": None, "eos_token_id": None,
}
MISTRAL = {"architectures": ["MistralForCausalLM"], "model_type": "mistral"}
VARIANTS = {
    "sliding window": {**MISTRAL, "sliding_window": 4},
    "no sliding window": {**MISTRAL, "sliding_window": None},
    "all biases": {"attention_bias": True, "mlp_bias": True},
    "tied embeddings": {"tie_word_embeddings": True},
    "narrow heads": {"num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 6},
    "heads that are no multiple of 8": {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 20},
    "narrow heads with biases": {"head_dim": 12, "attention_bias": True},
    "heads from hidden size": {"head_dim": None, "num_key_value_heads": None},
    "rope_parameters": {"rope_theta": None, "rope_parameters": {"rope_type": "default", "rope_theta": 60.0}},
    "linear rope": {"rope_scaling": {"type": "linear", "factor": 4.0}},
    "dynamic rope": {"rope_scaling": {"rope_type": "dynamic", "factor": 4.0}},
    "dynamic rope beyond the context": {"max_position_embeddings": 16,
                                        "rope_scaling": {"rope_type": "dynamic", "factor": 2.0}},
    "dynamic rope that grows out of the context": {"max_position_embeddings": 28,
                                                   "rope_scaling": {"rope_type": "dynamic", "factor": 1.5}},
    "several attention layers that slide, from the first on": {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "use_sliding_window": True, "sliding_window": 4,
        "max_window_layers": 0},
    "gemma 3 with a bound that it does not look at": {
        "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "attn_logit_softcapping": 0.5,
        "hidden_activation": "gelu_pytorch_tanh",
        "query_pre_attn_scalar": 16, "sliding_window": 4, "sliding_window_pattern": 2, "rope_local_base_freq": 50.0},
    "gpt neox with rope_theta, which it does not look at": {
        "architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "rotary_emb_base": 50.0, "rotary_pct": 0.5,
        "num_key_value_heads": None, "head_dim": None},
    "llama3 rope": {"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                                     "high_freq_factor": 4.0, "original_max_position_embeddings": 32}},
    "yarn rope": {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}},
    "yarn rope with all settings": {"rope_scaling": {
        "rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 8, "beta_fast": 4.0, "beta_slow": 0.5,
        "mscale": 0.7, "mscale_all_dim": 1.2, "truncate": False}},
}
PROMPT = [(7 * i * i + 3 * i + 5) % 28 for i in range(24)]
POSITIONS = [2, 11, 23]


def values(seed, count, low, high):
    x, out = seed, np.empty(count)
    for i in range(count):
        x = (1103515245 * x + 12345) % 2**31
        out[i] = low + (high - low) * x / 2**31
    return out.astype("f4")


def run(config):
    folder = pathlib.Path("/tmp/forward_variant")
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if v is not None or k == "sliding_window"}))
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager").float().eval()
    state = model.state_dict()
    names = sorted(n for n in state if not (config["tie_word_embeddings"] and n == "lm_head.weight"))
    for seed, name in enumerate(names, 1):
        low, high = (0.5, 1.5) if "norm" in name else (-0.5, 0.5)
        state[name].copy_(torch.from_numpy(values(seed, state[name].numel(), low, high)).view(state[name].shape))
    model.tie_weights()
    shapes = {n: list(state[n].shape) for n in names}
    ids, greedy, margins = PROMPT, [], []
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
        cache, new = None, ids
        for _ in range(12):
            output = model(torch.tensor([new]), past_key_values=cache, use_cache=True)
            cache, best = output.past_key_values, output.logits[0, -1].topk(2)
            greedy.append(best.indices[0].item())
            margins.append(round((best.values[0] - best.values[1]).item(), 5))
            new = greedy[-1:]
    rows = [[round(v, 6) for v in logits[p].tolist()] for p in POSITIONS]
    return {"config": config, "shapes": shapes, "logits": rows, "greedy": greedy, "margins": margins}


note = f"transformers {transformers.__version__}, torch {torch.__version__}, float32, eager attention; test/oracle/forward_variants.py"
only = sys.argv[1:]
old = json.loads(OUT.read_text())["variants"] if only else {}
new = {name: run({**BASE, **change}) for name, change in VARIANTS.items() if not only or name in only}
doc = {"note": note, "prompt": PROMPT, "positions": POSITIONS, "variants": {**old, **new}}
OUT.write_text(json.dumps(doc) + "\n")
