"""The peer of `npm run bench -- engine`: transformers on CPU, float32. Reads one JSON command a line, answers one a line."""

import json
import os
import resource
import sys
import time

import torch
import transformers
from transformers import AutoModelForCausalLM

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
path, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()


def score(ids):
    logprobs = model(input_ids=ids, use_cache=False).logits.float().log_softmax(-1)
    return logprobs[:, :-1].gather(2, ids[:, 1:, None]).sum().item()


def generate(ids, tokens):
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=tokens,
        min_new_tokens=tokens,
        pad_token_id=0,
    )


def answer(value):
    print(json.dumps(value), flush=True)


answer({"ready": True})
for line in sys.stdin:
    command = json.loads(line)
    ids = torch.tensor(command["ids"])
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        if command["kind"] == "score":
            score(ids)
        else:
            generate(ids, command["tokens"])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer({"seconds": wall, "cpu_seconds": cpu, "rss_mib": round(peak)})
os._exit(0)
