"""Blocks of GGUF's quantised types with the values that the gguf package gives; run by hand with gguf and NumPy.

Writes test/golden/data/gguf/blocks.json: type -> number of the type, base64 of two blocks of random bits (scales are
ordinary numbers), base64 of the float32 values.
"""
import base64
import json
import pathlib

import gguf
import numpy as np

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "gguf"
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def main():
    rng = np.random.default_rng(5)
    OUT.mkdir(parents=True, exist_ok=True)
    result = {"note": f"gguf {gguf.__version__ if hasattr(gguf, '__version__') else ''}; written by test/oracle/gguf_blocks.py"}
    for name, places in SCALES.items():
        kind = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = rng.integers(0, 256, (2, size), dtype=np.uint8)
        for at in places:
            scale = (rng.standard_normal(2) * 0.1).astype(np.float16)
            blocks[:, at:at + 2] = scale.view(np.uint8).reshape(2, 2)
        values = gguf.quants.dequantize(blocks.reshape(-1), kind).astype(np.float32)
        assert values.size == 2 * elements
        result[name] = [int(kind), base64.b64encode(blocks.tobytes()).decode(), base64.b64encode(values.tobytes()).decode()]
    (OUT / "blocks.json").write_text(json.dumps(result, indent=1) + "\n")


main()
