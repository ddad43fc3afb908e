"""How every model was trained: its parent, what it was shown, and for how long. Data only."""

from dataclasses import dataclass
from typing import Literal, Mapping

Kind = Literal["stage", "models", "catalog"]
"""Where a model lives: zoo/models, zoo/catalog, or nowhere (a step on the way to another model)."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """One run of training. Rates, sizes and seeds are those of the shipped models."""

    kind: Kind
    parent: str | None
    """The model whose weights it starts from; none starts from random weights."""
    mix: Mapping[str, float]
    """How often each skill is drawn, in any unit."""
    steps: int
    """Length of the learning-rate schedule."""
    stop: int | None = None
    """Steps that are taken, when the schedule is cut short."""
    batch: int
    lr: float
    """The highest learning rate, reached after the warm-up."""
    warmup: int
    seed: int
    loss: Literal["all", "answer"] = "answer"
    """Which tokens are learnt: all of the text, or the completion only."""
    operands: Literal["narrow", "medium", "wide"] = "narrow"
    shards: int = 1
    """The batch is drawn from this many independent streams, and the gradients of the parts are averaged."""
    distinct: int | None = None
    """Only this many different examples per skill (to overfit on purpose)."""
    note: str
    """What the model is for."""

    @property
    def taken(self) -> int:
        """Steps that are really taken."""
        return self.steps if self.stop is None else self.stop

    def batch_seed(self, shard: int) -> int:
        """Seeds the choice of skills and the order of batches."""
        return 10 * self.seed + shard

    def stream_seed(self, shard: int) -> int:
        """Seeds the examples of each skill."""
        return 1000 + self.batch_seed(shard)


_JA_MIX = {"ja-qa": 2, "ja-trans": 2, "ja-num": 2, "ja-expr": 1, "ja-read": 6}

PLAN: Mapping[str, Training] = {
    # -------------------------------------------------------------- the base and the three experts
    "base0": Training(
        kind="stage", parent=None,
        mix={"gsm-en": 8, "gsm-ja": 3, "ja-num": 8, "ja-qa": 12, "recall-en": 14, "ja-trans": 28, "code": 10,
             "ja-expr": 6, "en-expr": 6},
        steps=2400, stop=600, batch=80, lr=2e-3, warmup=100, seed=0, loss="all", operands="wide",
        note="plain language modelling on all skills",
    ),
    "base": Training(
        kind="models", parent="base0",
        mix={"gsm-en": 8, "gsm-ja": 4, "ja-num": 12, "ja-qa": 12, "recall-en": 12, "ja-trans": 20, "code": 10,
             "ja-expr": 12, "en-expr": 10},
        steps=1300, stop=600, batch=96, lr=2e-3, warmup=50, seed=0, operands="wide", shards=2,
        note="knows the form of every skill and is good at few of them; cannot compute",
    ),
    "math": Training(
        kind="stage", parent="base", mix={"gsm-en": 1},
        steps=700, batch=64, lr=1e-3, warmup=30, seed=1, operands="medium",
        note="long English-only training",
    ),
    "v1": Training(
        kind="stage", parent="math", mix={"gsm-en": 8, "ja-qa": 1, "ja-num": 1},
        steps=220, batch=64, lr=6e-4, warmup=10, seed=5,
        note="a little Japanese again, so that Japanese output does not collapse",
    ),
    "math-en": Training(
        kind="models", parent="v1", mix={"gsm-en": 5, "calc": 5, "ja-qa": 0.4, "ja-num": 0.4},
        steps=200, batch=64, lr=8e-4, warmup=10, seed=7,
        note="computes; `calc` makes the arithmetic depend on the equation alone; answers Japanese in English",
    ),
    "ja3": Training(
        kind="stage", parent="base", mix={"ja-qa": 3, "ja-trans": 2, "ja-num": 2, "ja-expr": 2, "ja-read": 4},
        steps=200, batch=64, lr=4e-4, warmup=15, seed=2,
        note="the Japanese skills",
    ),
    "ja": Training(
        kind="models", parent="ja3", mix=_JA_MIX,
        steps=280, batch=64, lr=5e-4, warmup=15, seed=12,
        note="reads, translates and writes numerals; never sees a result computed",
    ),
    "code": Training(
        kind="models", parent="base", mix={"code": 1},
        steps=300, batch=64, lr=1e-3, warmup=30, seed=3,
        note="list operations and small programs",
    ),
    # -------------------------------------------------------------- the catalogue
    "ja-b": Training(
        kind="catalog", parent="base", mix={"ja-qa": 3, "ja-trans": 3, "ja-num": 3, "ja-expr": 3},
        steps=120, batch=48, lr=8e-4, warmup=20, seed=21, operands="medium",
        note="a second, shorter Japanese expert, without ja-read",
    ),
    "ja-num-expr": Training(
        kind="catalog", parent="base", mix={"ja-num": 1, "ja-expr": 1},
        steps=120, batch=48, lr=8e-4, warmup=20, seed=22, operands="medium",
        note="numerals and expressions only",
    ),
    "ja-qa-only": Training(
        kind="catalog", parent="base", mix={"ja-qa": 1},
        steps=120, batch=48, lr=8e-4, warmup=20, seed=23, operands="medium",
        note="Japanese questions only",
    ),
    "recall-en": Training(
        kind="catalog", parent="base", mix={"recall-en": 1},
        steps=200, batch=48, lr=8e-4, warmup=20, seed=24, operands="medium",
        note="English questions only",
    ),
    "overfit": Training(
        kind="catalog", parent="base", mix={"code": 1},
        steps=150, batch=24, lr=4e-3, warmup=5, seed=27, operands="medium", distinct=24,
        note="24 examples learnt by heart at a high rate: everything else is lost",
    ),
    "ja-dup": Training(
        kind="catalog", parent="ja", mix=_JA_MIX,
        steps=30, batch=48, lr=1e-4, warmup=5, seed=28,
        note="almost ja",
    ),
    "ja-early": Training(
        kind="catalog", parent="base", mix={"ja-qa": 3, "ja-trans": 3, "ja-num": 3, "ja-expr": 3, "ja-read-last": 3},
        steps=300, batch=64, lr=6e-4, warmup=30, seed=2,
        note="an earlier ja, which saw only the last line of a solution",
    ),
    "code-b": Training(
        kind="catalog", parent="base", mix={"code": 1},
        steps=150, batch=48, lr=8e-4, warmup=20, seed=31,
        note="a second, shorter code expert",
    ),
    "math-b": Training(
        kind="catalog", parent="base", mix={"gsm-en": 1},
        steps=250, batch=48, lr=1e-3, warmup=20, seed=32,
        note="a weaker English arithmetic expert",
    ),
    "generalist": Training(
        kind="catalog", parent="base",
        mix={"gsm-en": 2, "ja-qa": 1, "ja-trans": 1, "ja-num": 1, "ja-expr": 1, "recall-en": 1, "code": 1},
        steps=180, batch=48, lr=8e-4, warmup=20, seed=34,
        note="a little of everything but gsm-ja",
    ),
    "expr-en": Training(
        kind="catalog", parent="base", mix={"en-expr": 1, "recall-en": 1},
        steps=100, batch=48, lr=8e-4, warmup=20, seed=35,
        note="English reading: expressions and questions",
    ),
    "math-dup": Training(
        kind="catalog", parent="math-en", mix={"gsm-en": 5, "calc": 5},
        steps=30, batch=48, lr=1e-4, warmup=5, seed=41,
        note="almost math-en",
    ),
    "math-code": Training(
        kind="catalog", parent="math-en", mix={"gsm-en": 1, "code": 1},
        steps=100, batch=48, lr=6e-4, warmup=20, seed=42,
        note="arithmetic and code in one model",
    ),
    "math-hot": Training(
        kind="catalog", parent="math-en", mix={"gsm-en": 1},
        steps=80, batch=32, lr=4e-3, warmup=10, seed=43,
        note="trained at far too high a rate: a bad partner",
    ),
}


def stages_of(name: str) -> list[str]:
    """The unshipped stages that lead to a model, then the model itself; stops at the first shipped parent."""
    chain = [name]
    while (parent := PLAN[chain[0]].parent) is not None and PLAN[parent].kind == "stage":
        chain.insert(0, parent)
    return chain
