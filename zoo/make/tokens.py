"""The tokenizer: byte-level BPE in which digits and kanji stand alone and English words keep their leading space."""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from .problems import OPERANDS
from .skills import TASKS
from .splits import different, stream

PAD, BOS, EOS = 0, 1, 2
"""Ids of the special tokens."""

_SPECIAL = ("<pad>", "<s>", "</s>")
_PIECES = r" ?[A-Za-z]+|[0-9]|[ぁ-ゖ]+|[ァ-ヺー]+|[一-龯々]|\s|[^\sA-Za-z0-9ぁ-ゖァ-ヺー一-龯々]"

FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
"""What a model folder holds of its tokenizer."""


def open_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model folder."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def build_tokenizer(folder: Path) -> None:
    """Trains a tokenizer on 2,500 training texts of every task and writes its files.

    All models of the zoo share one tokenizer, the shipped one. A new one has the same 690 entries, but in another order
    (its operands had a range that is not known any more), so it cannot be used with the shipped weights.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    texts = [
        example.prompt + example.target
        for skill in [*TASKS, "en-expr"]
        for example in different(stream(skill, "train", 0, OPERANDS["wide"]), 2500)
    ]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=704, special_tokens=list(_SPECIAL), show_progress=False, initial_alphabet=alphabet,
    ))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", BOS)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = dict(zip(("pad_token", "bos_token", "eos_token"), _SPECIAL, strict=True))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast", **names, "model_max_length": 256, "add_bos_token": True,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))
    (folder / "special_tokens_map.json").write_text(json.dumps(names, indent=1))
