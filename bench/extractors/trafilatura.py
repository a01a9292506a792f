"""Trafilatura: rules, scores and fallbacks for the main text of any page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("trafilatura",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://trafilatura.readthedocs.io"
OPTIONAL = ("faust-cchardet",)
STATEFUL = ("deduplicate",)


def extractor(
    *,
    mode: str = "standard",
    favor_precision: bool = False,
    favor_recall: bool = False,
    fast: bool = False,
    include_comments: bool = False,
    include_tables: bool = True,
    deduplicate: bool = False,
    output_format: str = "txt",
    include_formatting: bool = False,
    include_links: bool = False,
) -> Extract:
    """`mode` is standard, or one of the library's simpler calls, which have no settings: baseline, html2txt.

    Comments are off, unlike the library's default: gold leaves them out, and so does the library's own evaluation.
    """
    from inspect import signature

    import trafilatura

    # `fast` was called otherwise before version 2.
    quick: dict[str, Any] = {"fast" if "fast" in signature(trafilatura.extract).parameters else "no_fallback": fast}

    def standard(page: PageInput) -> str | None:
        return trafilatura.extract(
            page.source,
            favor_precision=favor_precision,
            favor_recall=favor_recall,
            include_comments=include_comments,
            include_tables=include_tables,
            deduplicate=deduplicate,
            output_format=output_format,
            include_formatting=include_formatting,
            include_links=include_links,
            **quick,
        )

    return {
        "standard": standard,
        "baseline": lambda page: trafilatura.baseline(page.source)[1],
        "html2txt": lambda page: trafilatura.html2txt(page.source),
    }[mode]
