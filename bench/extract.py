"""What an extractor sees of a page, and what its file must hold.

An extractor is one file in `bench/extractors` (or any file named on the command line, `-x ./mine.py`):

    DISTRIBUTIONS = ("trafilatura",)   # whose versions decide its results; the first names its version
    LICENCE = "Apache-2.0"
    HOMEPAGE = "https://..."

    def extractor(*, favor_recall: bool = False) -> Extract:
        import trafilatura             # here, not above: only a worker imports it
        return lambda page: trafilatura.extract(page.bytes, favor_recall=favor_recall)

The first line of the file's docstring describes it; the keyword arguments with their defaults are its settings
(`-x trafilatura:favor_recall=true`). All of that is read without running the file. More facts, each only where it is so:

    OUTPUT = "markdown"                # what the library itself gives: "text", "markdown" or "html" (see `bench.markup`)
    OPTIONAL = ("faust-cchardet",)     # distributions that change its results if they are there, and that it can do without
    STATEFUL = ("deduplicate",)        # settings that make it remember pages: where one is on, each page gets a fresh process
    TOOLS = ("openai",)                # distributions that it needs and that do not change its results
    NETWORK = "base_url"               # the setting with the http address of the one host that it may reach, by the local
                                       # socket that the environment variable BENCH_SOCKET names
    SECRET = "key_env"                 # the setting that names an environment variable; its value is in BENCH_SECRET
    ASIDE = ("key_env", "price_in")    # settings that do not change its results, and are no part of a row or an identity

A setting without a default must be given, so the extractor is run only when it is named.

Where the main environment lacks the distributions, an environment of its own is made from them. What else that must hold,
or in which versions, and which versions of Python it takes, stands beside them:

    REQUIRES = ("extractnet==2.0.7", "beautifulsoup4==4.9.3")
    PYTHON = ">=3.8,<3.11"
    BUILD = ("cython<3",)              # seldom: installed first, for sources that are built from what is there

Returning None means nothing found. Exceptions are let out: the harness records them better than a wrapper can.

This module runs inside every worker, under whatever interpreter an extractor needs: standard library only.
"""

from __future__ import annotations

from typing import Callable, Optional  # noqa: UP035 - workers may be older than this harness


class PageInput:
    """A page as an extractor gets it: no id and no gold, so it cannot know what is being scored."""

    def __init__(
        self,
        data: bytes,
        codec: str,
        forced: bool,
        url: Optional[str],  # noqa: UP045 - as above
        deadline: float = float("inf"),
    ) -> None:
        self.bytes = data
        """The page exactly as captured."""
        self.codec = codec
        """Python's name of the page's encoding, settled once for all extractors as a browser would settle it."""
        self.forced = forced
        """Whether the encoding comes from outside the page (the corpus or an HTTP header)."""
        self.url = url
        self.deadline = deadline
        """When the harness kills who is still at work, by `time.monotonic()`."""
        self.notes: dict[str, float | str] = {}
        """What an extractor may leave beside its text, also where it then fails: a few numbers, which tables add up, and
        short texts. Names are of a-z, 0-9 and underscores."""
        self._text: Optional[str] = None  # noqa: UP045 - as above; functools.cached_property is newer than some workers, too

    @property
    def text(self) -> str:
        """The decoded page, without byte order mark; what cannot be decoded is U+FFFD."""
        if self._text is None:
            decoded = self.bytes.decode(self.codec, "replace")
            self._text = decoded[1:] if decoded.startswith("\ufeff") else decoded  # noqa: FURB188 - removeprefix is newer, too
        return self._text

    @property
    def source(self) -> bytes | str:
        """The bytes, or the text when only somebody outside the page knows the encoding.

        For libraries that take either: they show how they decode, without being blamed for what they were not told.
        """
        return self.text if self.forced else self.bytes


Extract = Callable[[PageInput], Optional[str]]  # noqa: UP045 - as above
"""An extractor: a page in, its main text out."""
