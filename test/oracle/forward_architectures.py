"""Logits of tiny models of every architecture that the engine runs; run by hand with transformers and torch.

Weights come from a linear congruential generator, so that the test makes the same ones from the names alone.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "forward_architectures.json"
V = 28
SIZES = {
    "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": V, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
    "rope_theta": 500.0, "tie_word_embeddings": False, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None,
}


def case(class_name, model_type, changes=None, drop=()):
    config = {"architectures": [class_name], "model_type": model_type, **SIZES, **(changes or {})}
    return {k: v for k, v in config.items() if k not in drop}


OLD = ("intermediate_size", "num_key_value_heads", "rms_norm_eps", "rope_theta")
GPT2 = {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64}
GPT2_DROP = OLD + ("hidden_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings",
                   "tie_word_embeddings")
FALCON_DROP = OLD[:3] + ("tie_word_embeddings",)
LONG = {"rope_type": "longrope", "short_factor": [1.0, 1.2, 1.5, 2.0], "long_factor": [1.5, 2.0, 3.0, 5.0]}
MOE = {"moe_intermediate_size": 24, "num_experts": 5, "num_experts_per_tok": 2}
STABLE = {"layer_norm_eps": 1e-5}

CASES = {
    "qwen2": case("Qwen2ForCausalLM", "qwen2", {"tie_word_embeddings": True}),
    "qwen2, sliding above": case("Qwen2ForCausalLM", "qwen2", {
        "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}),
    "qwen3": case("Qwen3ForCausalLM", "qwen3", {"head_dim": 12, "attention_bias": True}),
    "gemma": case("GemmaForCausalLM", "gemma", {"head_dim": 16, "hidden_act": "gelu"}, ("tie_word_embeddings",)),
    "gemma2": case("Gemma2ForCausalLM", "gemma2", {
        "head_dim": 16, "sliding_window": 5, "query_pre_attn_scalar": 9, "attn_logit_softcapping": 2.0,
        "final_logit_softcapping": 3.0}, ("tie_word_embeddings",)),
    "gemma2, no caps": case("Gemma2ForCausalLM", "gemma2", {
        "head_dim": 6, "sliding_window": 5, "query_pre_attn_scalar": 9, "attn_logit_softcapping": None,
        "final_logit_softcapping": None}),
    "gemma3": case("Gemma3ForCausalLM", "gemma3_text", {
        "head_dim": 16, "sliding_window": 5, "sliding_window_pattern": 3, "query_pre_attn_scalar": 9,
        "rope_local_base_freq": 90.0, "rope_scaling": {"rope_type": "linear", "factor": 2.0}}, ("tie_word_embeddings",)),
    "gemma3, new keys": case("Gemma3ForCausalLM", "gemma3_text", {
        "head_dim": 20, "sliding_window": 4, "query_pre_attn_scalar": 9, "attention_bias": True,
        "layer_types": ["full_attention", "sliding_attention", "full_attention"], "final_logit_softcapping": 4.0,
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 700.0},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}}, ("rope_theta",)),
    "phi3": case("Phi3ForCausalLM", "phi3", {"sliding_window": 7}),
    "phi3, part of heads": case("Phi3ForCausalLM", "phi3", {"partial_rotary_factor": 0.75, "num_key_value_heads": 4}),
    "phi3, longrope": case("Phi3ForCausalLM", "phi3", {
        "original_max_position_embeddings": 32, "rope_scaling": LONG}),
    "phi3, longrope beyond": case("Phi3ForCausalLM", "phi3", {
        "original_max_position_embeddings": 16, "rope_scaling": LONG}),
    "llama, longrope": case("LlamaForCausalLM", "llama", {"rope_scaling": {
        **LONG, "original_max_position_embeddings": 16, "factor": 3.0}}),
    "gpt2": case("GPT2LMHeadModel", "gpt2", GPT2, GPT2_DROP),
    "gpt2, other scales": case("GPT2LMHeadModel", "gpt2", {
        **GPT2, "n_inner": 20, "scale_attn_by_inverse_layer_idx": True, "activation_function": "relu",
        "tie_word_embeddings": False}, GPT2_DROP[:-1]),
    "gpt2, unscaled": case("GPT2LMHeadModel", "gpt2", {**GPT2, "scale_attn_weights": False}, GPT2_DROP),
    "gpt_neox": case("GPTNeoXForCausalLM", "gpt_neox", {
        "rotary_pct": 0.5, "rotary_emb_base": 300, "layer_norm_eps": 1e-5}, ("num_key_value_heads", "rope_theta")),
    "gpt_neox, one after the other": case("GPTNeoXForCausalLM", "gpt_neox", {
        "use_parallel_residual": False, "attention_bias": False, "hidden_act": "gelu_fast",
        "rope_scaling": {"type": "linear", "factor": 2.0}}, ("num_key_value_heads", "rope_theta", "rms_norm_eps")),
    "olmo2": case("Olmo2ForCausalLM", "olmo2"),
    "olmo2, narrow heads": case("Olmo2ForCausalLM", "olmo2", {"hidden_size": 24, "attention_bias": True}),
    "stablelm": case("StableLmForCausalLM", "stablelm", {**STABLE, "use_qkv_bias": True, "partial_rotary_factor": 0.5},
                     ("rms_norm_eps",)),
    "stablelm, normed heads": case("StableLmForCausalLM", "stablelm", {
        **STABLE, "qk_layernorm": True, "use_parallel_residual": True}, ("rms_norm_eps",)),
    "falcon, one key": case("FalconForCausalLM", "falcon", {"layer_norm_epsilon": 1e-5}, FALCON_DROP),
    "falcon, new": case("FalconForCausalLM", "falcon", {
        "new_decoder_architecture": True, "num_kv_heads": 2, "bias": True, "ffn_hidden_size": 24,
        "tie_word_embeddings": False}, FALCON_DROP[:3]),
    "falcon, new with one norm": case("FalconForCausalLM", "falcon", {
        "new_decoder_architecture": True, "num_kv_heads": 2, "num_ln_in_parallel_attn": 1}, FALCON_DROP),
    "falcon, alibi": case("FalconForCausalLM", "falcon", {
        "alibi": True, "multi_query": False, "parallel_attn": False, "bias": True}, FALCON_DROP),
    "bloom": case("BloomForCausalLM", "bloom", {"n_layer": 3, "n_head": 4},
                  OLD + ("num_hidden_layers", "num_attention_heads", "max_position_embeddings", "tie_word_embeddings")),
    "bloom, six heads": case("BloomForCausalLM", "bloom", {"n_layer": 2, "n_head": 6, "hidden_size": 30},
                             OLD + ("num_hidden_layers", "num_attention_heads", "max_position_embeddings")),
    "starcoder2": case("Starcoder2ForCausalLM", "starcoder2", {"norm_epsilon": 1e-5, "sliding_window": 6},
                       ("rms_norm_eps", "tie_word_embeddings")),
    "starcoder2, no biases": case("Starcoder2ForCausalLM", "starcoder2", {"use_bias": False, "hidden_act": "silu"},
                                  ("rms_norm_eps",)),
    "mixtral": case("MixtralForCausalLM", "mixtral", {"num_local_experts": 4, "sliding_window": 6}),
    "qwen2_moe": case("Qwen2MoeForCausalLM", "qwen2_moe", {
        **MOE, "shared_expert_intermediate_size": 20, "mlp_only_layers": [0]}),
    "qwen2_moe, every other layer": case("Qwen2MoeForCausalLM", "qwen2_moe", {
        **MOE, "shared_expert_intermediate_size": 20, "decoder_sparse_step": 2, "norm_topk_prob": True,
        "qkv_bias": False, "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 2}),
    "qwen3_moe": case("Qwen3MoeForCausalLM", "qwen3_moe", {**MOE, "head_dim": 12, "norm_topk_prob": True}),
    "cohere": case("CohereForCausalLM", "cohere", {"layer_norm_eps": 1e-5, "logit_scale": 0.3, "attention_bias": True},
                   ("rms_norm_eps", "tie_word_embeddings")),
    "cohere, normed heads": case("CohereForCausalLM", "cohere", {"layer_norm_eps": 1e-5, "use_qk_norm": True},
                                 ("rms_norm_eps",)),
    "cohere2": case("Cohere2ForCausalLM", "cohere2", {
        "layer_norm_eps": 1e-5, "sliding_window": 5, "sliding_window_pattern": 2}, ("rms_norm_eps",)),
    "granite": case("GraniteForCausalLM", "granite", {
        "embedding_multiplier": 3.0, "attention_multiplier": 0.2, "residual_multiplier": 0.4, "logits_scaling": 2.5,
        "attention_bias": True, "mlp_bias": True}),
    "smollm3": case("SmolLM3ForCausalLM", "smollm3", {
        "no_rope_layers": [1, 0, 1], "use_sliding_window": True, "sliding_window": 5}, ("tie_word_embeddings",)),
    "phi": case("PhiForCausalLM", "phi", {"layer_norm_eps": 1e-5}, ("rms_norm_eps",)),
    "olmo3": case("Olmo3ForCausalLM", "olmo3", {
        "sliding_window": 5, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        "rope_parameters": {"full_attention": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 500.0,
                                               "original_max_position_embeddings": 16},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 500.0}}}, ("rope_theta",)),
    "olmoe": case("OlmoeForCausalLM", "olmoe", {"num_experts": 5, "num_experts_per_tok": 3, "intermediate_size": 24}),
    "ministral": case("MinistralForCausalLM", "ministral", {
        "head_dim": 8,
        "sliding_window": 5, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}),
    "gpt_bigcode": case("GPTBigCodeForCausalLM", "gpt_bigcode", GPT2, GPT2_DROP),
    "gpt_bigcode, all keys": case("GPTBigCodeForCausalLM", "gpt_bigcode", {**GPT2, "multi_query": False}, GPT2_DROP),
}
PROMPT = [(7 * i * i + 3 * i + 5) % V for i in range(24)]
POSITIONS = [2, 11, 23]


def values(seed, count, low, high):
    x, out = seed, np.empty(count)
    for i in range(count):
        x = (1103515245 * x + 12345) % 2**31
        out[i] = low + (high - low) * x / 2**31
    return out.astype("f4")


def run(config):
    # Falcon's eager attention adds its biases twice.
    attention = "sdpa" if config.get("alibi") else "eager"
    folder = pathlib.Path("/tmp/forward_architecture")
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    own = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_config(own, attn_implementation=attention).float().eval()
    state = model.state_dict()
    tied = own.tie_word_embeddings
    names = sorted(n for n in state if not (tied and n in ("lm_head.weight", "embed_out.weight")))
    for seed, name in enumerate(names, 1):
        low, high = (0.5, 1.5) if "norm" in name else (-0.5, 0.5)
        state[name].copy_(torch.from_numpy(values(seed, state[name].numel(), low, high)).view(state[name].shape))
    model.tie_weights()
    shapes = {n: list(state[n].shape) for n in names}
    ids, greedy, margins = list(PROMPT), [], []
    short = list(PROMPT[:11])
    with torch.no_grad():
        output = model(torch.tensor([ids]), output_hidden_states=True, use_cache=False)
        logits, hiddens = output.logits[0], output.hidden_states
        for _ in range(12):
            best = model(torch.tensor([ids]), use_cache=False).logits[0, -1].topk(2)
            greedy.append(best.indices[0].item())
            margins.append(round((best.values[0] - best.values[1]).item(), 5))
            ids.append(greedy[-1])
        short_greedy, short_margins = [], []
        for _ in range(12):
            best = model(torch.tensor([short]), use_cache=False).logits[0, -1].topk(2)
            short_greedy.append(best.indices[0].item())
            short_margins.append(round((best.values[0] - best.values[1]).item(), 5))
            short.append(short_greedy[-1])
    rows = [[round(v, 5) for v in logits[p].tolist()] for p in POSITIONS]
    last = [[round(v, 5) for v in h[0, -1, :4].tolist()] for h in hiddens]
    return {"config": config, "shapes": shapes, "logits": rows, "hiddens": last, "greedy": greedy, "margins": margins,
            "short": {"greedy": short_greedy, "margins": short_margins}}


note = f"transformers {transformers.__version__}, torch {torch.__version__}, float32, eager attention but for Falcon with biases; test/oracle/forward_architectures.py"
only = sys.argv[1:]
old = json.loads(OUT.read_text())["cases"] if only else {}
cases = {**old, **{name: run(config) for name, config in CASES.items() if not only or name in only}}
text = ",\n".join(f"{json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in cases.items())
OUT.write_text(f'{{"note": {json.dumps(note)}, "prompt": {json.dumps(PROMPT)}, "positions": {json.dumps(POSITIONS)}, "cases": {{\n{text}\n}}}}\n')
