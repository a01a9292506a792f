"""Does an extractor work on this machine?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FAKES, Said

from bench import plugins, spec
from bench.errors import UsageError
from bench.spec import Extractor, Wanted, resolve
from bench.trial import ARTICLE, LENGTH, PARAGRAPHS, WRONG, kept, try_out

pytestmark = pytest.mark.usefixtures("no_process_left")


def test_the_pages_are_what_they_are_said_to_be() -> None:
    assert ARTICLE.isascii()
    assert b'charset="utf-8"' in WRONG
    with pytest.raises(UnicodeDecodeError):
        WRONG.decode("utf-8")
    assert WRONG.decode("windows-1252")


def test_what_is_kept_is_counted_by_paragraphs_white_space_apart() -> None:
    assert kept("\n\n".join(PARAGRAPHS)) == LENGTH
    assert kept(PARAGRAPHS[0].replace(" ", "\n ")) == len(PARAGRAPHS[0])
    assert kept(PARAGRAPHS[0][:-1]) == 0


@pytest.mark.parametrize(
    ("body", "finding", "characters"),
    [
        pytest.param("page.text", "ok", LENGTH, id="works"),
        pytest.param("'x'", "keeps nothing of a plain article", 0, id="text of its own"),
        pytest.param("None", "keeps nothing of a plain article", 0, id="none"),
        pytest.param("1 / 0", "fails on a plain article: error: ZeroDivisionError: division by zero", 0, id="raises"),
        pytest.param(
            "page.bytes.decode('utf-8')",
            "ok, but fails on a page in another encoding than it declares: error: UnicodeDecodeError: ", LENGTH,
            id="believes what is declared",
        ),
        pytest.param("page.text[0] and page.text", "ok, but fails on an empty page: error: IndexError", LENGTH, id="wants any"),
        pytest.param(
            "page.text or os._exit(3)", "ok, but fails on an empty page: crash: Exit: ended with exit code 3", LENGTH, id="dies"
        ),
        pytest.param("page.bytes[0] and page.bytes.decode()", "; fails on an empty page: error: IndexError", LENGTH, id="both"),
    ],
)  # fmt: skip
def test_a_trial_says_in_words_what_is_wrong(body: str, finding: str, characters: int, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"import os\ndef extractor():\n    return lambda page: {body}\n", encoding="utf-8")
    trial = try_out(resolve(str(tmp_path / "mine.py")), tmp_path)
    assert finding in trial.finding
    assert trial.finding.startswith("ok") == (characters > 0)
    assert trial.kept == characters
    assert trial.seconds


@pytest.mark.parametrize(
    ("fake", "reason"), [("no_import", "ModuleNotFoundError"), ("dies_importing", "killed by SIGABRT")]
)  # fmt: skip
def test_what_cannot_be_started_says_why(fake: str, reason: str, tmp_path: Path) -> None:
    trial = try_out(resolve(str(FAKES / f"{fake}.py")), tmp_path)
    assert trial.finding.startswith("cannot be started: ")
    assert reason in trial.finding
    assert (trial.kept, trial.seconds) == (None, None)


def test_a_check_tries_every_extractor_and_says_what_one_lacks(
    bench: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(wanted: Wanted) -> Extractor:
        if wanted.name == "goose3":
            raise UsageError("goose3 needs goose3; pip install goose3")
        return resolve(wanted)

    monkeypatch.setattr(spec, "resolve", lacking)
    rows = {one["name"].split()[0]: one for one in json.loads(bench("list", "extractors", "--check", "--format", "json").out)}
    assert list(rows) == plugins.names("extractors")
    assert rows["goose3"]["works"] == "goose3 needs goose3; pip install goose3"
    assert rows["goose3"]["characters kept"] is None
    assert rows["everything"] | {"seconds to start": 0} == {
        "name": "everything (control)", "version": resolve("everything").version, "works": "ok", "characters kept": LENGTH,
        "of": LENGTH, "seconds to start": 0,
    }  # fmt: skip
    assert (rows["nothing"]["works"], rows["nothing"]["characters kept"]) == ("ok", 0)
    assert rows["trafilatura"]["works"].startswith("ok")


def test_only_extractors_can_be_tried(bench: Callable[..., Said]) -> None:
    said = bench("list", "corpora", "--check")
    assert (said.code, said.out) == (2, "")
    assert "--check tries extractors, not corpora" in said.err
