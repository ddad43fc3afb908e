"""Adapters that PEFT writes, for tiny models, with the weights that PEFT merges; run by hand with torch, transformers, peft.

Writes test/golden/data/adapters/CASE/{base/,adapter/,merged.safetensors}; merged has the tensors that differ from the base.
"""
import pathlib
import shutil
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen2Config

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "adapters"
TINY = dict(vocab_size=12, hidden_size=8, intermediate_size=10, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, max_position_embeddings=16)
LLAMA = LlamaConfig(**TINY, tie_word_embeddings=False)
QWEN2 = Qwen2Config(**TINY, tie_word_embeddings=False)
GPT2 = GPT2Config(vocab_size=12, n_embd=8, n_layer=1, n_head=2, n_positions=8)


class Convolutions(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 2)
        self.point = torch.nn.Conv2d(4, 5, 1)
        self.config = {"model_type": "custom"}

    def forward(self, x):
        return self.point(self.conv(x))


CASES = {
    "plain": (LLAMA, "float32", dict(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj", "gate_proj", "down_proj"])),
    "patterns": (LLAMA, "float32", dict(r=3, lora_alpha=5, use_rslora=True, target_modules=["q_proj", "o_proj", "up_proj"],
                                        rank_pattern={"o_proj": 2, r"model.layers.1.*q_proj": 4},
                                        alpha_pattern={"layers.0.self_attn.q_proj": 9, "^model.layers.1.mlp.up_proj$": 7})),
    "half": (LLAMA, "bfloat16", dict(r=2, lora_alpha=3, target_modules=["q_proj", "down_proj"],
                                     modules_to_save=["lm_head"])),
    "dora": (LLAMA, "float16", dict(r=2, lora_alpha=3, target_modules=["k_proj", "down_proj"], use_dora=True)),
    "embedding": (LLAMA, "float32", dict(r=2, lora_alpha=3, target_modules=["embed_tokens", "lm_head"],
                                         modules_to_save=["norm"])),
    "embedding_dora": (LLAMA, "float32", dict(r=2, lora_alpha=3, target_modules=["embed_tokens"], use_dora=True)),
    "bias": (QWEN2, "float32", dict(r=2, lora_alpha=3, target_modules=["q_proj", "v_proj"], lora_bias=True)),
    "all_biases": (QWEN2, "float32", dict(r=2, lora_alpha=3, target_modules=["q_proj"], bias="all")),
    "transposed": (GPT2, "float32", dict(r=2, lora_alpha=3, target_modules=["c_attn", "c_proj"], fan_in_fan_out=True)),
    "transposed_dora": (GPT2, "float32", dict(r=2, lora_alpha=3, target_modules=["attn.c_proj", "c_fc"],
                                              fan_in_fan_out=True, use_dora=True)),
    "convolutions": (None, "float32", dict(r=2, lora_alpha=3, target_modules=["conv", "point"])),
}


def fill(parameters, scale):
    for name, parameter in parameters:
        noise = (torch.randn(parameter.shape) * scale).to(parameter.dtype)
        if "magnitude" in name:
            parameter.data.mul_(1 + noise)
        elif parameter.requires_grad or scale > 0.2:
            parameter.data.copy_(noise)


def base_of(config, dtype, folder):
    torch.manual_seed(11)
    model = Convolutions() if config is None else AutoModelForCausalLM.from_config(config)
    fill(model.named_parameters(), 0.5)
    model = model.to(getattr(torch, dtype))
    if config is None:
        folder.mkdir(parents=True)
        save_file(model.state_dict(), folder / "model.safetensors")
    else:
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
    return model


def reopen(config, dtype, folder):
    if config is not None:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype))
    model = Convolutions()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for name, (config, dtype, settings) in CASES.items():
        folder = OUT / name
        model = get_peft_model(base_of(config, dtype, folder / "base"), LoraConfig(**settings))
        fill(((n, p) for n, p in model.named_parameters() if p.requires_grad), 0.2)
        model.save_pretrained(folder / "adapter")
        (folder / "adapter" / "README.md").unlink(missing_ok=True)
        merged = PeftModel.from_pretrained(reopen(config, dtype, folder / "base"), folder / "adapter").merge_and_unload()
        base = load_file(folder / "base" / "model.safetensors")
        if config is None:
            state = merged.state_dict()
        else:
            with tempfile.TemporaryDirectory() as saved:
                merged.save_pretrained(saved)
                state = load_file(pathlib.Path(saved) / "model.safetensors")
        changed = {k: v.contiguous() for k, v in state.items() if k not in base or not torch.equal(v, base[k])}
        save_file(changed, folder / "merged.safetensors")
        print(name, len(base), len(changed), sorted(load_file(folder / "adapter" / "adapter_model.safetensors"))[:3])


main()
