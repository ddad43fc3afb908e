"""Scores prompts as the usual loop does after each merge: load the folder, float32, batches of 8. Ids come on standard input."""

import json
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(int(sys.argv[2]))
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
prompts = torch.tensor(json.load(open(sys.argv[3])))
total = 0.0
with torch.inference_mode():
    for i in range(0, len(prompts), 8):
        ids = prompts[i : i + 8]
        logprobs = model(input_ids=ids, use_cache=False).logits.float().log_softmax(-1)
        total += logprobs[:, :-1].gather(2, ids[:, 1:, None]).sum().item()
print(total)
