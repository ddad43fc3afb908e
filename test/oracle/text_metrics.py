"""Writes test/golden/data/lm_eval/text_metrics.json: what sacrebleu, scikit-learn, rouge_score and lm_eval give for small lists.

Run by hand in an environment with lm_eval 0.4.13, sacrebleu, rouge_score and scikit-learn:  python3 test/oracle/text_metrics.py
"""

import json, pathlib, random, sys
import sacrebleu, sklearn
from sacrebleu.metrics.lib_ter import translation_edit_rate
from sklearn.metrics import f1_score, matthews_corrcoef
from rouge_score import rouge_scorer
from lm_eval.api import metrics as harness

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "lm_eval" / "text_metrics.json"
rng = random.Random(7)
WORDS = "the a cat dog sat on mat, quickly. Over 3.5 1,000 it's state-of-the-art (yes) &amp; naïve 猫が 座った。 end! 12-13 -7".split()


def sentence(n):
    return " ".join(rng.choice(WORDS) for _ in range(n))


def damaged(text):
    words = text.split()
    for _ in range(rng.randint(0, 4)):
        if not words:
            break
        i = rng.randrange(len(words))
        kind = rng.randrange(4)
        if kind == 0:
            words[i] = rng.choice(WORDS)
        elif kind == 1:
            words.pop(i)
        elif kind == 2:
            words.insert(i, rng.choice(WORDS))
        else:
            j, k = sorted((rng.randrange(len(words) + 1), rng.randrange(len(words) + 1)))
            piece, words = words[j:k], words[:j] + words[k:]
            at = rng.randrange(len(words) + 1)
            words[at:at] = piece
    return " ".join(words)


texts = []
for i in range(60):
    reference = sentence(rng.randint(1, 30))
    texts.append((damaged(reference), [reference]))
texts += [("", ["nothing said"]), ("cat", ["dog"]), ("Same.", ["Same."]), ("x" * 3, [""]), ("a b\nc d ", ["a b c d"]), ("the cat " * 45, ["the cat sat"])]
several = [(damaged(r), [r, damaged(r)]) for r in (sentence(rng.randint(3, 12)) for _ in range(12))]

scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)


def corpus(pairs):
    said = [s for s, _ in pairs]
    refs = list(zip(*[r for _, r in pairs]))
    return {
        "bleu": sacrebleu.corpus_bleu(said, refs).score,
        "chrf": sacrebleu.corpus_chrf(said, refs).score,
        "chrf++": sacrebleu.corpus_chrf(said, refs, word_order=2).score,
        "ter": sacrebleu.corpus_ter(said, refs).score,
    }


labels = [(rng.randrange(2), rng.randrange(2)) for _ in range(40)]
many = [(rng.randrange(4), rng.randrange(4) if rng.random() < 0.5 else None) for _ in range(40)]
many = [(g, g if p is None else p) for g, p in many]
choices = [([-rng.random() * 9 for _ in range(4)], rng.randrange(4)) for _ in range(20)]
import numpy as np
from lm_eval.utils import softmax

doc = {
    "oracle": f"lm_eval 0.4.13, sacrebleu {sacrebleu.__version__}, scikit-learn {sklearn.__version__}, rouge_score 0.1.2; test/oracle/text_metrics.py",
    "single": {
        "items": [
            {"response": s, "references": r, **corpus([(s, r)]), "edits": translation_edit_rate(s.lower().split(), r[0].lower().split())[0],
             "rouge_l": scorer.score(r[0], s)["rougeL"].fmeasure if (r[0] + s).isascii() else None}
            for s, r in texts
        ],
        "corpus": corpus(texts),
        "harness": {name: getattr(harness, fn)([(r[0], s) for s, r in texts]) for name, fn in [("bleu", "bleu"), ("chrf", "chrf"), ("chrf++", "chrfpp"), ("ter", "ter")]},
    },
    "several": {"items": [{"response": s, "references": r} for s, r in several], "corpus": corpus(several)},
    "f1": {"items": labels, "score": harness.f1_score(labels)},
    "mcc": {"items": many, "score": harness.matthews_corrcoef(many)},
    "brier_score": {"items": choices, "score": float(harness.brier_score([(g, softmax(np.array(l))) for l, g in choices]))},
    "rolling": {
        "items": [[-12.5, 4, 21], [-3.25, 1, 5], [-101.0, 33, 190]],
        "word_perplexity": harness.weighted_perplexity([(-12.5, 4), (-3.25, 1), (-101.0, 33)]),
        "byte_perplexity": harness.weighted_perplexity([(-12.5, 21), (-3.25, 5), (-101.0, 190)]),
        "bits_per_byte": harness.bits_per_byte([(-12.5, 21), (-3.25, 5), (-101.0, 190)]),
    },
}
OUT.write_text(json.dumps(doc, ensure_ascii=False, indent=0) + "\n")
print(OUT, OUT.stat().st_size)
