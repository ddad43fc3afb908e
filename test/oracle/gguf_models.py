"""Tiny models as GGUF files, with the tensors and config that transformers reads from them; run by hand with gguf,
torch and transformers.

Writes test/golden/data/gguf/ARCHITECTURE.gguf and models.json: file -> tensors (name -> [shape, sha256 of the float32
values]), config, and ids of some texts where the file has a vocabulary. Names and data layout come from the gguf package.
"""
import copy
import hashlib
import json
import pathlib
import tempfile

import gguf
import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "gguf"
V, H, F, L = 96, 64, 96, 2
COMMON = dict(vocab_size=V, hidden_size=H, intermediate_size=F, num_hidden_layers=L, num_attention_heads=2,
              num_key_value_heads=1, max_position_embeddings=128, rms_norm_eps=1e-5)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8192)
CASES = {
    "llama": dict(model_type="llama", rope_theta=500000.0, rope_scaling=LLAMA3, tie_word_embeddings=True),
    "qwen2": dict(model_type="qwen2", rope_theta=1e6, tie_word_embeddings=False),
    "qwen3": dict(model_type="qwen3", head_dim=128, tie_word_embeddings=True),
    "gemma2": dict(model_type="gemma2", head_dim=32, query_pre_attn_scalar=32, sliding_window=64,
                   attn_logit_softcapping=50.0, final_logit_softcapping=30.0),
    "phi3": dict(model_type="phi3", sliding_window=64, original_max_position_embeddings=128, pad_token_id=0),
}
TYPES = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]


def llama3_factors(width, theta):
    frequencies = 1.0 / theta ** (np.arange(0, width, 2) / width)
    wavelengths = 2 * np.pi / frequencies
    low, high, old, factor = 1.0, 4.0, 8192, 8.0
    smooth = (old / wavelengths - low) / (high - low)
    between = 1 / ((1 - smooth) / factor + smooth)
    return np.where(wavelengths < old / high, 1.0, np.where(wavelengths > old / low, factor, between)).astype(np.float32)


def pair_rows(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def metadata(writer, name, config):
    writer.add_vocab_size(V)
    writer.add_block_count(L)
    writer.add_context_length(128)
    writer.add_embedding_length(H)
    writer.add_feed_forward_length(F)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(CASES[name].get("rope_theta", 10000.0))
    width = CASES[name].get("head_dim", H // 2)
    writer.add_rope_dimension_count(width)
    if "head_dim" in CASES[name]:
        writer.add_key_length(width)
        writer.add_value_length(width)
    if "sliding_window" in CASES[name]:
        writer.add_sliding_window(64)
    if name == "gemma2":
        writer.add_attn_logit_softcapping(50.0)
        writer.add_final_logit_softcapping(30.0)
    if name == "phi3":
        writer.add_rope_scaling_orig_ctx_len(128)
        writer.add_pad_token_id(0)
    if name == "llama":
        writer.add_tensor("rope_freqs.weight", llama3_factors(width, 500000.0))


def convert(name, model, path):
    arch = {value: key for key, value in gguf.MODEL_ARCH_NAMES.items()}[name]
    names = gguf.get_tensor_name_map(arch, L)
    writer = gguf.GGUFWriter(path, name)
    metadata(writer, name, model.config)
    tied = getattr(model.config, "tie_word_embeddings", False)
    for index, (key, weight) in enumerate(model.state_dict().items()):
        if tied and key == "lm_head.weight":
            continue
        data = weight.float().numpy()
        if name == "llama" and ("q_proj" in key or "k_proj" in key):
            data = pair_rows(data, 2 if "q_proj" in key else 1)
        if name == "gemma2" and key.endswith("norm.weight"):
            data = data + 1
        new = names.get_name(key, try_suffixes=(".weight", ".bias"))
        kind = gguf.GGMLQuantizationType[TYPES[index % len(TYPES)]]
        if data.ndim == 1:
            writer.add_tensor(new, data.astype(np.float32))
        elif index % 7 == 6:
            writer.add_tensor(new, data.astype(np.float16))
        else:
            writer.add_tensor(new, gguf.quants.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def digest(tensor):
    return [list(tensor.shape), hashlib.sha256(tensor.float().contiguous().numpy().tobytes()).hexdigest()]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    result = {"note": f"gguf 0.19.0, transformers {transformers.__version__}; written by test/oracle/gguf_models.py"}
    for name, settings in CASES.items():
        torch.manual_seed(3)
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**copy.deepcopy({**COMMON, **settings})))
        for key, value in model.state_dict().items():
            value.copy_(torch.randn_like(value) * 0.1)
        path = OUT / f"{name}.gguf"
        convert(name, model, path)
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / path.name
            target.write_bytes(path.read_bytes())
            read = AutoModelForCausalLM.from_pretrained(folder, gguf_file=path.name, dtype=torch.float32)
        state = {key: digest(value) for key, value in read.state_dict().items()}
        if read.config.tie_word_embeddings:
            state.pop("lm_head.weight")
        result[path.name] = {"tensors": state, "made": {**COMMON, **settings}}
    (OUT / "models.json").write_text(json.dumps(result, indent=1) + "\n")


main()
