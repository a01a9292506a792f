"""What tests share: small corpora, the command line in process, the real page sets."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.cli.__main__ import main
from bench.spec import adapters, lacks

ROOT = Path(__file__).parent.parent
FAKES = ROOT / "tests" / "fakes"
EXTRACTORS = [
    pytest.param(one.name, marks=pytest.mark.skipif(lacks(one) is not None, reason=f"{one.name}: {lacks(one)}"))
    for one in adapters()
    if not one.required
]
"""Every built-in extractor that runs by its name alone; one that cannot run here is skipped with what would help."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a shell, everything below it ignores interrupts, also those that tests send.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def write_corpus(root: Path, pages: Mapping[str, bytes | str], gold: Mapping[str, str] | None = None) -> Path:
    """Write a native corpus: pages by id, each on a site of its own, with the page's words as gold unless told otherwise."""
    for folder in ("corpus", "gold"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for page_id, page in pages.items():
        data = page.encode() if isinstance(page, str) else page
        (root / "corpus" / f"{page_id}.html").write_bytes(data)
        sha = hashlib.sha256(data).hexdigest()
        metadata = f'url = "https://{page_id}.example/"\nlanguage = "en"\nkind = "test"\nsha256 = "{sha}"\n'
        (root / "corpus" / f"{page_id}.toml").write_text(metadata, encoding="utf-8")
        text = (gold or {}).get(page_id, "gold words of the page")
        (root / "gold" / f"{page_id}.txt").write_text(text + "\n", encoding="utf-8")
    return root


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def table(self) -> Any:
        """The JSON table that it printed."""
        return json.loads(self.out)


@pytest.fixture
def bench(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Return a function that runs a command line in this process, on 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: object) -> Said:
        words = [str(argument) for argument in arguments]
        monkeypatch.setattr(sys, "argv", ["bench", *words])
        with pytest.raises(SystemExit) as end:
            main(words)
        out, err = capfd.readouterr()
        return Said(int(end.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def datasets() -> Path:
    """Return the folder of the real page sets, or skip."""
    folder = ROOT / ".datasets"
    if not folder.is_dir():
        pytest.skip("the real page sets are not unpacked to .datasets (see CONTRIBUTING.md)")
    return folder


@pytest.fixture
def no_process_left(tmp_path: Path) -> Iterator[None]:
    """Fail when a process that has this test's folder in its command line, or its working folder there, outlives it."""
    yield
    left = processes_of(tmp_path)
    assert not left, f"left running: {left}"


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of running processes that mention a folder or work in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if state != "Z" and entry.name != str(os.getpid()) and (str(folder) in line or where.startswith(str(folder))):
            found.append(line)
    return found
