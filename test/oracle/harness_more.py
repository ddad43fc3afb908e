"""Writes test/golden/data/lm_eval/harness_more.json: what lm-evaluation-harness asks and scores on small tasks.

Each task runs through lm_eval's own evaluator with a model of scripted answers. Run by hand where lm_eval 0.4.13 is installed:
python3 test/oracle/harness_more.py
"""

import hashlib, json, os, pathlib, random, tempfile, warnings

os.environ.update(HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1", DISABLE_MULTIPROC="1", TOKENIZERS_PARALLELISM="false")
warnings.filterwarnings("ignore")
import yaml
from lm_eval import evaluator
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "lm_eval" / "harness_more.json"
WORDS = ["red", "blue", "green", "seven", "Paris", "no idea", "(B)", "Answer: C", "the red one."]


def chance(*key):
    digest = hashlib.sha256(json.dumps(key, ensure_ascii=False).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


class Scripted(LM):
    """Answers by hash of the request; chat prompts are written in a simple template."""

    tokenizer_name = "scripted"

    def loglikelihood(self, requests, **_):
        return [(round(-12 * chance(*r.args), 4), chance("greedy", *r.args) < 0.3) for r in requests]

    def loglikelihood_rolling(self, requests, **_):
        return [round(-40 * chance(*r.args) - len(r.args[0]) / 4, 4) for r in requests]

    def generate_until(self, requests, **_):
        return [WORDS[int(chance(r.args[0]) * len(WORDS))] for r in requests]

    def apply_chat_template(self, history, add_generation_prompt=True, **_):
        text = "".join(f"<{m['role']}>{m['content']}</{m['role']}>" for m in history)
        return text + "<assistant>" if add_generation_prompt else text[: -len("</assistant>")]

    def chat_template(self, *_, **__):
        return "simple"


def lines(rows):
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


rng = random.Random(3)
COLOURS = ["red", "blue", "green", "the red one", "seven"]
picks = [{"q": f"Which {i}?", "choices": rng.sample(COLOURS, 4), "answer": rng.randrange(4), "hint": f"hint {i}"} for i in range(14)]
pairs = [{"q": f"True {i}?", "label": rng.randrange(2)} for i in range(16)]
asks = [{"q": f"Say {i}", "a": rng.choice(WORDS), "choices": ["red", "blue", "seven"]} for i in range(12)]
blanks = [{"s": f"The _ {i} was big because it grew.", "one": "tree", "two": "stone", "answer": 1 + i % 2} for i in range(8)]
texts = [{"text": t} for t in ["A small text.", "Deux  mots\nici", "猫が座った。", "x", " leading and trailing "]]

HEAD = "dataset_path: json\ndataset_kwargs: {data_files: {test: test.jsonl}}\ntest_split: test\n"
MC = "output_type: multiple_choice\ndoc_to_text: \"{{q}}\"\ndoc_to_choice: choices\ndoc_to_target: answer\n"
CASES = [
    ("mutual", HEAD + MC + "metric_list: [{metric: acc, aggregation: mean}, {metric: acc_mutual_info, aggregation: mean}, {metric: acc_bytes, aggregation: mean}, {metric: brier_score, aggregation: brier_score}, {metric: mcc, aggregation: matthews_corrcoef}]\n", picks, {}),
    ("binary", HEAD + "output_type: multiple_choice\ndoc_to_text: \"{{q}}\"\ndoc_to_choice: ['no', 'yes']\ndoc_to_target: label\nmetric_list: [{metric: f1, aggregation: f1}, {metric: mcc, aggregation: matthews_corrcoef}, {metric: acc, aggregation: nanmean}]\n", pairs, {}),
    ("rolling", HEAD + "output_type: loglikelihood_rolling\ndoc_to_text: \"\"\ndoc_to_target: \"{{text}}\"\n", texts, {}),
    ("winograd", HEAD + "output_type: multiple_choice\ndoc_to_text: \"{{answer - 1}}\"\ndoc_to_choice: \"{{[s.split('_')[0] + one, s.split('_')[0] + two]}}\"\ndoc_to_target: \"{{s.split('_')[1]|trim}}\"\nnum_fewshot: 2\nfewshot_split: test\nmetric_list: [{metric: acc, aggregation: mean}]\n", blanks, {}),
    ("prefixed", HEAD + "doc_to_text: \"Q: {{q}}\"\ndoc_to_target: a\ngen_prefix: \"It is\"\nnum_fewshot: 2\nfewshot_split: test\ndescription: \"Answer.\"\ngeneration_kwargs: {until: [\"\\n\"], max_gen_toks: 7}\nmetric_list: [{metric: exact_match, aggregation: mean, ignore_case: true}]\n", asks, {}),
    ("prefixed_choice", HEAD + MC + "gen_prefix: \"{{hint}}:\"\nnum_fewshot: 1\nfewshot_split: test\nfewshot_config: {sampler: first_n}\n", picks, {}),
    ("own_shots", HEAD + MC + "num_fewshot: 2\nfewshot_config: {samples: [{q: one, a: 1}, {q: two, a: 2}], sampler: first_n, doc_to_text: \"S {{q}}\", doc_to_target: \"{{a}}\", doc_to_choice: [\"x\", \"y\", \"z\"], target_delimiter: \" => \", fewshot_delimiter: \" ;; \"}\n", picks, {}),
    ("repeated", HEAD + "doc_to_text: \"{{q}}\"\ndoc_to_target: \"{{a}}\"\nrepeats: 3\nfilter_list: [{name: vote, filter: [{function: take_first_k, k: 2}, {function: lowercase}, {function: majority_vote}, {function: take_first}]}, {name: first, filter: [{function: take_first}]}]\n", asks, {}),
    ("lettered", HEAD + "doc_to_text: \"{{q}}\"\ndoc_to_target: \"(A)\"\nfilter_list: [{name: letters, filter: [{function: multi_choice_regex, regex_pattern: '(\\([A-Z]\\))', ignore_case: true, ignore_punctuation: true, regexes_to_ignore: ['the ']}, {function: take_first}]}]\nmetric_list: [{metric: exact_match, aggregation: mean}]\n", asks, {}),
    ("translated", HEAD + "doc_to_text: \"{{q}}\"\ndoc_to_target: \"{{a}} and more\"\nmetric_list: [{metric: bleu, aggregation: bleu}, {metric: chrf, aggregation: chrf}, {metric: ter, aggregation: ter}]\n", asks, {}),
    ("chat_choice", HEAD + MC + "description: \"Choose well.\"\nnum_fewshot: 2\nfewshot_split: test\n", picks, {"apply_chat_template": True, "fewshot_as_multiturn": False}),
    ("chat_turns", HEAD + "doc_to_text: \"{{q}}?\"\ndoc_to_target: \"{{a}}\"\nnum_fewshot: 2\nfewshot_split: test\n", asks, {"apply_chat_template": True, "fewshot_as_multiturn": True, "system_instruction": "Be brief."}),
    ("chat_prefixed", HEAD + MC + "gen_prefix: \"It is\"\nnum_fewshot: 1\nfewshot_split: test\n", picks, {"apply_chat_template": True, "fewshot_as_multiturn": False}),
    ("replaced", HEAD + "doc_to_text: \"{{q|regex_replace('[0-9]+', 'N')}}\"\ndoc_to_target: \"{{a|regex_replace('e(.)', '<\\\\\\\\1>')}}\"\n", asks, {}),
]

cases = []
for name, body, rows, options in CASES:
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "test.jsonl").write_text(lines(rows))
        text = f"task: {name}\n{body}"
        config = yaml.safe_load(text)
        config["dataset_kwargs"]["data_files"] = {"test": f"{folder}/test.jsonl"}
        result = evaluator.simple_evaluate(model=Scripted(), tasks=[config], task_manager=TaskManager(include_defaults=False), bootstrap_iters=0, log_samples=True,
                                           confirm_run_unsafe_code=False, **options)
        samples = sorted(result["samples"][name], key=lambda s: (s["doc_id"], s["filter"]))
        keep = [{k: v for k, v in s.items() if k in ("filter", "arguments", "resps", "filtered_resps", "acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "word_perplexity", "byte_perplexity", "bits_per_byte")} for s in samples]
        for s in keep:
            s["filtered"] = s.pop("filtered_resps")
            arguments = s["arguments"]
            s["arguments"] = [list(a.values()) for a in arguments.values()] if isinstance(arguments, dict) else arguments
        scores = {k: v for k, v in result["results"][name].items() if "," in k and "stderr" not in k}
        cases.append({"name": name, "task": text, "files": {"test.jsonl": lines(rows)}, "options": options, "samples": keep, "scores": scores})
OUT.write_text(json.dumps({"oracle": "lm_eval 0.4.13 with scripted answers, test/oracle/harness_more.py", "cases": cases}, ensure_ascii=False, separators=(",", ":")) + "\n")
print(OUT.stat().st_size)
