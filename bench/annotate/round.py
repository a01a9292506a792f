"""The trip to an editor and back: working copies of a page's gold and metadata, checked before they take their place.

The copies lie in a folder of their own beside a dump of the page: nothing of the corpus is half edited, and what came back is
checked as a corpus of that one page, like any other.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.annotate.files import put
from bench.checks.check import check
from bench.checks.findings import Finding
from bench.corpus import Corpus, load
from bench.errors import UsageError
from bench.readers.native import DRAFT, UNDECIDED, Files, numbered
from bench.store import Store

REVIEWED = "reviewed"
"""The origin of a draft that a person has settled."""


class Round:
    """One page on its way to an editor and back.

    Args:
        page: its files in the corpus.
        folder: an empty one, for the copies.
        dump: the page's blocks with their votes, for a person to read.
    """

    def __init__(self, page: Files, folder: Path, dump: str) -> None:
        self._page = page
        self._folder = folder
        self.copies = Files.of(folder, page.page.stem)
        self._dump = folder / "page.txt"
        self._dump.write_text(dump, encoding="utf-8")
        for path, copy in zip(page, self.copies, strict=True):
            copy.parent.mkdir(exist_ok=True)
            if path.exists() and path != page.response:
                shutil.copyfile(path, copy)

    def edit(self, editor: str) -> None:
        """Open gold, metadata and dump in an editor and wait for its end.

        Raises:
            UsageError: it cannot be started, or ended with an error; the corpus is as it was.
        """
        try:
            command = shlex.split(editor)
            done = subprocess.run([*command, *map(str, self._files)], check=False)
        except (OSError, ValueError) as problem:
            raise UsageError(f"{editor}: {problem}; set EDITOR to one that is there") from None
        if done.returncode:
            raise UsageError(f"{editor} ended with exit code {done.returncode}; the corpus is as it was")

    @property
    def told(self) -> str:
        """The names of the files that are edited, in their order."""
        return ", ".join(str(file.relative_to(self._folder)) for file in self._files)

    @property
    def _files(self) -> list[Path]:
        markdown = [self.copies.markdown] if self.copies.markdown.exists() else []
        return [self.copies.gold, *markdown, self.copies.metadata, self._dump]

    @property
    def undecided(self) -> Sequence[tuple[int, str]]:
        """Blocks that nobody has decided on: line and text."""
        return [(line, block) for line, block in numbered(self._gold()) if UNDECIDED.match(block)]

    def settle(self) -> None:
        """Decide by majority what is undecided: blocks that more than half kept stay, the others go."""
        blocks = []
        for _, block in numbered(self._gold()):
            mark = UNDECIDED.match(block)
            if mark is None or int(mark["share"]) > 50:
                blocks.append(block[mark.end() :] if mark else block)
        self.copies.gold.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")

    def review(self) -> None:
        """Mark the gold as seen by a person where it says that it is a draft. Does nothing to metadata that are no TOML."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            document = tomlkit.parse(self.copies.metadata.read_text(encoding="utf-8"))
        except (OSError, ValueError, TOMLKitError):
            return  # told as a finding
        gold = document.get("gold")
        if isinstance(gold, dict) and gold.get("origin") == DRAFT:
            gold["origin"] = REVIEWED
            self.copies.metadata.write_text(tomlkit.dumps(document), encoding="utf-8")

    def load(self, store: Store) -> Corpus:
        """Return the copies as a corpus of one page."""
        return load(self._folder, store)

    def findings(self, store: Store) -> list[Finding]:
        """Return what `bench check` finds in the copies."""
        return check([self.load(store)])

    def named(self, file: Path) -> Path:
        """Return a working copy's path as it is in the corpus."""
        return file.relative_to(self._folder) if file.is_relative_to(self._folder) else file

    def keep(self) -> None:
        """Put the copies in the place of what was there. Raises UsageError when that cannot be written."""
        files = ("gold", "metadata", "markdown")
        pairs = ((getattr(self._page, name), getattr(self.copies, name)) for name in files)
        put({path: copy.read_bytes() for path, copy in pairs if copy.exists()}, new=False)

    def _gold(self) -> str:
        try:
            return self.copies.gold.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            raise UsageError(f"{self.copies.gold.name}: cannot be read as UTF-8: {problem}") from None
