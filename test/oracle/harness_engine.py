"""Writes test/golden/data/lm_eval/harness_engine.json: log-probabilities that lm-evaluation-harness gets from zoo/models/base.

Keeps the tasks and items that the file already holds and asks them again. Run by hand where lm_eval 0.4.13 is installed:
python3 test/oracle/harness_engine.py
"""

import json, os, pathlib, tempfile

os.environ.update(HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1", DISABLE_MULTIPROC="1", TOKENIZERS_PARALLELISM="false")
import yaml
from lm_eval import evaluator
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

ROOT = pathlib.Path(__file__).parent.parent.parent
OUT = ROOT / "test" / "golden" / "data" / "lm_eval" / "harness_engine.json"
doc = json.loads(OUT.read_text())
model = HFLM(pretrained=str(ROOT / "zoo" / "models" / "base"), dtype="float32", batch_size=2, device="cpu")
for case in doc["cases"]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case["files"].items():
            (pathlib.Path(folder) / name).write_text(text)
        config = yaml.safe_load(case["task"])
        files = config["dataset_kwargs"]["data_files"]
        config["dataset_kwargs"]["data_files"] = {k: f"{folder}/{v}" for k, v in files.items()}
        result = evaluator.simple_evaluate(model=model, tasks=[config], task_manager=TaskManager(include_defaults=False), bootstrap_iters=0, log_samples=True)
        samples = sorted(result["samples"][case["name"]], key=lambda s: s["doc_id"])
        case["answers"] = [[answer[0] for answer in s["resps"]] for s in samples]
        case["scores"] = {k: v for k, v in result["results"][case["name"]].items() if "," in k and "stderr" not in k}
OUT.write_text(json.dumps(doc, ensure_ascii=False, separators=(",", ":")) + "\n")
