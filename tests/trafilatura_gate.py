"""Extract every page of the trafilatura evaluation the way its own quality gate does, as JSONL of `id` and `text`.

A script of its own, for an interpreter that has the version of trafilatura to be measured and nothing of this project:

    python tests/trafilatura_gate.py FOLDER fast|standard [without-tails] > FILE

With `without-tails`, release 2.3.0 is run without the one change since @e90b0ef that moves its figures, undone in memory: text
that directly follows a list, table, quote or code block is kept since adbar/trafilatura @7afa944 (pull request 940).

FOLDER is the repository of the set or its `tests` folder. A page's id is its file's name without `.html`; `text` is null
where nothing came back, be it None or an exception (told on stderr). `bench import` reads such a file.

Bytes in, `include_comments=False, include_tables=True, include_formatting=False`, `fast` on or off: adbar/trafilatura
@e90b0ef, `tests/eval_common.py`, lines 26-33.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import trafilatura.main_extractor
from trafilatura import extract

PROCESSES = 2


def extracted(page: Path, *, fast: bool) -> str:
    """Return one page's line."""
    try:
        text = extract(page.read_bytes(), fast=fast, include_comments=False, include_tables=True, include_formatting=False)
    except Exception as problem:  # noqa: BLE001 - any failure is a page without text, there as here
        print(f"{page.name}: {type(problem).__name__}: {problem}", file=sys.stderr)
        text = None
    return json.dumps({"id": page.name.removesuffix(".html"), "text": text})


def pages(folder: Path) -> list[Path]:
    """Return the files that the set's records name, sorted."""
    folder = folder if (folder / "evaldata.json").is_file() else folder / "tests"
    records = json.loads((folder / "evaldata.json").read_text(encoding="utf-8")).values()
    names = sorted(record["file"] for record in records)
    return [next(path for part in ("cache", "eval") if (path := folder / part / name).is_file()) for name in names]


if __name__ == "__main__":
    if sys.argv[2:3] not in (["fast"], ["standard"]) or sys.argv[3:] not in ([], ["without-tails"]):
        sys.exit("usage: python trafilatura_gate.py FOLDER fast|standard [without-tails] > FILE")
    if sys.argv[3:]:
        if not trafilatura.main_extractor.REBUILT_BLOCKS:  # raises where a release has no such thing
            sys.exit("trafilatura_gate.py: nothing to undo in this release")
        trafilatura.main_extractor.REBUILT_BLOCKS.clear()  # the pool's processes are forks of this one
    with Pool(PROCESSES) as pool:
        for line in pool.imap(partial(extracted, fast=sys.argv[2] == "fast"), pages(Path(sys.argv[1])), chunksize=4):
            print(line)
