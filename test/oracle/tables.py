"""Writes test/golden/data/tables/*.parquet and rows.json with pyarrow: the same rows, packed in several ways.

Run by hand:  python3 test/oracle/tables.py
"""

import datetime, json, pathlib
import pyarrow as pa, pyarrow.parquet as pq

OUT = pathlib.Path(__file__).parent.parent / "golden" / "data" / "tables"
ROWS = [
    {"q": f"問い {i}", "answer": i % 3, "choices": [f"c{i}", "b", "é"][: 1 + i % 3], "flag": i % 2 == 0, "share": i / 8,
     "none": None if i % 2 else "x", "big": 2**40 + i, "info": {"level": i, "tags": ["a"] * (i % 2)}, "day": datetime.date(2026, 11, 1 + i)}
    for i in range(10)
]
table = pa.Table.from_pylist(ROWS)
for name, options in {
    "plain": dict(compression="none", use_dictionary=False),
    "snappy": dict(compression="snappy", row_group_size=4),
    "zstd": dict(compression="zstd", data_page_version="2.0"),
    "gzip": dict(compression="gzip", row_group_size=3),
}.items():
    pq.write_table(table, OUT / f"{name}.parquet", **options)
rows = [{**r, "day": r["day"].isoformat() + "T00:00:00.000Z"} for r in ROWS]
(OUT / "rows.json").write_text(json.dumps(rows, ensure_ascii=False) + "\n")
