"""Hostile pages through extractors: an outcome each, and no hang beyond the deadline."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import Any

import pytest
from conftest import processes_of, write_corpus

from bench.model import Outcome

_NOISE = random.Random(5)

PAGES = {
    "empty": b"",
    "one-byte": b"<",
    "noise": _NOISE.randbytes(5_000_000),
    "one-line": b"<p>" + b"word " * 4_000_000,
    "nested": b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000,
    "siblings": b"<body>" + b"<a href=x>y</a>" * 1_000_000,
    "utf-16": "<html><body><p>Sixteen bits for every letter of this paragraph.</p></body></html>".encode("utf-16"),
    "wrong-charset": '<meta charset="utf-8"><p>Größe, façade, señor: not in the encoding it says.</p>'.encode("cp1252"),
    "unknown-charset": b'<meta charset="klingon"><p>No such encoding.</p>',
    "nul-bytes": b"<p>before\0\0after</p>" * 1000,
    "control-characters": bytes(range(32)) + b"<p>all of them</p>",
    "entity-bomb": b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><p>&m;</p>"
    + b"&amp" * 100_000,
    "data-uri": b'<p>A picture <img src="data:image/png;base64,' + b"iVBORw0KGgo" * 1_000_000 + b'"> in the text.</p>',
    "attributes": b"<div " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">text</div>",
    "plain-text": b"No markup at all, just words. " * 200,
    "only-script": b"<script>" + b"var a = 1;" * 10_000 + b"</script>",
}


DEADLINE = 2.0
EXTRACTORS = ("everything", "goose3", "justext", "nothing", "readability-lxml", "trafilatura")
"""Those of every installation. The rest of the fleet would take minutes more, most of them waiting for deadlines."""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """These extractors on every hostile page, in one run with a short deadline: the exported cells."""
    folder = tmp_path_factory.mktemp("hostile")
    write_corpus(folder, PAGES)
    chosen = [word for name in EXTRACTORS for word in ("-x", name)]
    where = ["--corpus", str(folder), "--results", str(folder / "results")]
    command = [sys.executable, "-m", "bench"]
    subprocess.run(
        [*command, "run", *where, *chosen, "--timeout", str(DEADLINE), "--quiet"], check=True, capture_output=True, timeout=600
    )
    exported = subprocess.run([*command, "export", *where, "--no-text"], check=True, capture_output=True, timeout=60)
    assert not processes_of(folder)
    return [json.loads(line) for line in exported.stdout.splitlines()]


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_every_hostile_page_has_an_outcome_within_its_deadline(cells: list[dict[str, Any]], extractor: str) -> None:
    own = {cell["id"]: cell for cell in cells if cell["extractor"] == extractor}
    assert set(own) == set(PAGES)
    # A page may defeat an extractor, but not make it seem not to be there.
    assert {cell["outcome"] for cell in own.values()} <= {outcome.value for outcome in Outcome} - {"unavailable"}
    assert all((cell["seconds"] or 0) < 2 * DEADLINE for cell in own.values())


def test_what_fails_says_why(cells: list[dict[str, Any]]) -> None:
    assert all(cell["error_message"] for cell in cells if cell["outcome"] not in ("ok", "empty"))


def test_the_controls_meet_hostile_pages_as_they_should(cells: list[dict[str, Any]]) -> None:
    outcomes = {(cell["extractor"], cell["id"]): cell["outcome"] for cell in cells}
    assert {outcomes["nothing", page] for page in PAGES} == {"empty"}
    assert {outcomes["everything", page] for page in ("utf-16", "wrong-charset", "unknown-charset", "plain-text")} == {"ok"}
