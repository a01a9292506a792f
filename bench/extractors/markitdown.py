"""MarkItDown: the whole page as Markdown; nothing is taken for boilerplate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("markitdown",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/microsoft/markitdown"
OUTPUT = "markdown"
WHOLE_PAGE = True


def extractor() -> Extract:
    """Without plug-ins. Its Markdown is scored as it is, addresses of links included."""
    import io

    from markitdown import MarkItDown, StreamInfo

    converter = MarkItDown(enable_plugins=False)
    kind = StreamInfo(mimetype="text/html", extension=".html", charset="utf-8")

    def extract(page: PageInput) -> str:
        return str(converter.convert_stream(io.BytesIO(page.text.encode("utf-8", "replace")), stream_info=kind).text_content)

    return extract
