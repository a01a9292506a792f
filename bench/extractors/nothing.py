"""Control: the empty text. Whatever a metric gives it, it gives for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

CONTROL = True
DISTRIBUTIONS = ()
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/boilerbench/boilerbench"


def extractor() -> Extract:
    """Nothing is always allowed."""
    return lambda page: ""  # noqa: ARG005 - the contract passes a page
