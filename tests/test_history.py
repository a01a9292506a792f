"""Which run is meant, and which rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import FAKES, Said

from bench.errors import BenchError, NothingToDo, UsageError
from bench.history import checked_name, entries, find_run
from bench.model import digest
from bench.store import Store, StoredExtractor, StoredRun


def extractor(name: str, version: str = "1", settings: str = "", source: str = "") -> StoredExtractor:
    return StoredExtractor(digest([name, version, settings, source]), name, version, settings, {}, "2026-01-01")


OLD, NEW = extractor("mine", source="old"), extractor("mine", source="new")
OTHER = extractor("other", "2.0", "fast=true")
STORED = [OLD, OTHER, NEW]


def run(number: int, rows: Sequence[StoredExtractor], *, name: str | None = None, finished: bool = True) -> StoredRun:
    manifest = {"extractors": [{"key": one.key.hex()} for one in rows]}
    return StoredRun(number, "t", "t" if finished else None, Path(), None, manifest, name)


RUNS = [run(1, [OLD, OTHER], name="baseline"), run(2, [NEW]), run(3, [NEW], finished=False)]


@pytest.mark.parametrize(
    ("reference", "number"), [("baseline", 1), ("1", 1), ("3", 3), ("latest", 2)], ids=["name", "number", "cut off", "latest"]
)
def test_a_run_is_found_by_name_or_number_and_the_latest_is_the_last_that_was_finished(reference: str, number: int) -> None:
    assert find_run(RUNS, reference).number == number


@pytest.mark.parametrize(
    ("runs", "reference", "kind", "says"),
    [
        (RUNS, "basline", UsageError, "did you mean baseline?"),
        (RUNS, "9", UsageError, "there are: latest, baseline, 1, 2, 3"),
        ([], "1", NothingToDo, "holds no runs"),
        (RUNS[2:], "latest", NothingToDo, "no run was finished"),
    ],
    ids=["near name", "no such number", "no runs", "none finished"],
)
def test_a_reference_to_no_run_is_refused_with_what_there_is(
    runs: list[StoredRun], reference: str, kind: type[BenchError], says: str
) -> None:
    with pytest.raises(kind, match=says.replace("?", r"\?")):
        find_run(runs, reference)


@pytest.mark.parametrize("name", ["latest", "1", "", "A", "a b", "a" * 41, "@x", "a\n"])
def test_names_that_could_mean_something_else_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a run"):
        checked_name(name)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (["mine"], [(NEW, None)]),
        (["mine@baseline"], [(OLD, "baseline")]),
        (["mine@baseline", "mine"], [(OLD, "baseline"), (NEW, None)]),
        (["@1"], [(OLD, "1"), (OTHER, "1")]),
        (["other==2.0:fast=true@baseline"], [(OTHER, "baseline")]),
        (["mine@2", "mine@latest"], [(NEW, "2")]),
    ],
    ids=["newest", "of a run", "old against new", "all of a run", "version and settings", "the same twice"],
)
def test_a_spec_with_a_run_means_the_extractor_as_it_was_there(
    wanted: list[str], rows: list[tuple[StoredExtractor, str | None]]
) -> None:
    assert [(one.extractor, one.run) for one in entries(STORED, RUNS, wanted)] == rows


@pytest.mark.parametrize("wanted", ["mine@nightly", "other@2", "nobody", "@"])
def test_a_spec_that_names_nothing_is_refused(wanted: str) -> None:
    with pytest.raises(UsageError):
        entries(STORED, RUNS, [wanted])


def test_imports_are_in_the_run_that_imported_them() -> None:
    identity = {"imported": "theirs", "version": "3"}
    theirs = StoredExtractor(digest(identity), "theirs", "3", "", identity, "t")
    imported = StoredRun(4, "t", "t", Path(), None, {"extractors": [], "imported": [identity]})
    assert [one.extractor for one in entries([theirs], [imported], ["@latest"])] == [theirs]


def test_a_name_moves_to_the_run_that_gets_it_last_and_notes_stay(bench: Callable[..., Said], tmp_path: Path) -> None:
    results, fake = tmp_path / "results", FAKES / "steady.py"
    one = ("run", "-x", fake, "--pages", "news-*", "--quiet", "--results", results)
    assert bench(*one, "--name", "baseline", "--note", "before the change").code == 0
    assert bench(*one).code == 0
    assert bench("label", "--name", "baseline", "--results", results).code == 0
    with Store(results, write=False) as store:
        assert [(run.name, run.note) for run in store.runs()] == [(None, "before the change"), ("baseline", None)]
    listed = bench("list", "runs", "--results", results, "--format", "json").table
    assert [row["name"] for row in listed] == [None, "baseline"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("label", "--name", "latest"), 2, "cannot name a run"),
        (("label", "nightly", "--note", "x"), 2, "no run named 'nightly'"),
        (("label",), 5, "--name or a --note"),
    ],
    ids=["reserved", "unknown run", "nothing to say"],
)
def test_a_label_that_cannot_be_given_changes_nothing(
    bench: Callable[..., Said], tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    results = tmp_path / "results"
    bench("run", "-x", FAKES / "steady.py", "--pages", "news-*", "--quiet", "--results", results)
    said = bench(*arguments, "--results", results)
    assert (said.code, says in said.err) == (code, True)
    with Store(results, write=False) as store:
        assert [(run.name, run.note) for run in store.runs()] == [(None, None)]
