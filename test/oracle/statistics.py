"""Writes test/golden/data/statistics.json: intervals, tests and sample sizes by scipy and statsmodels.

Run by hand:  python3 test/oracle/statistics.py
"""

import json, pathlib, random
import numpy as np, scipy, statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "statistics.json"
rng = random.Random(5)
holm = [[0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.001], [rng.random() ** 3 for _ in range(12)], [0.9, 0.8, 1.0]]
differences = [[round(rng.gauss(0.3, 1), 3) for _ in range(n)] for n in (6, 10, 14)]


def needed(d):
    effect = abs(np.mean(d)) / np.std(d, ddof=1)
    # One sample: the power of the z test with ratio=0. The wrong-sided tail, which our formula leaves out, is below 1e-4.
    return float(NormalIndPower().solve_power(effect_size=effect, alpha=0.05, power=0.8, ratio=0, alternative="two-sided"))


doc = {
    "oracle": f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}; test/oracle/statistics.py",
    "wilson": [[k, n, *map(float, proportion_confint(k, n, method="wilson"))] for k, n in [(0, 5), (3, 7), (50, 50), (431, 1000), (1, 1)]],
    "mcnemar": [[b, c, float(mcnemar([[10, b], [c, 10]], exact=True).pvalue)] for b, c in [(8, 0), (3, 9), (5, 5), (120, 90), (0, 1)]],
    "holm": [[p, multipletests(p, method="holm")[1].tolist()] for p in holm],
    "permutation": [[d, float(stats.permutation_test((d, [0] * len(d)), lambda x, y, axis: np.sum(x - y, axis=axis), permutation_type="samples", n_resamples=np.inf, vectorized=True).pvalue)] for d in differences],
    "items_needed": [[d, needed(d)] for d in differences],
    "bca": [],
}
values = [round(rng.expovariate(1), 3) for _ in range(40)]
result = stats.bootstrap((values,), np.mean, n_resamples=200_000, method="BCa", rng=np.random.default_rng(1))
doc["bca"] = [values, float(result.confidence_interval.low), float(result.confidence_interval.high)]
OUT.write_text(json.dumps(doc, separators=(",", ":")) + "\n")
print(OUT.stat().st_size)
