"""Docling: the page as a document of headings, paragraphs, lists and tables, without what stands before its first heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("docling-slim", "beautifulsoup4")
REQUIRES = ("docling-slim[format-html]",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/docling-project/docling"
WHOLE_PAGE = True


def extractor(*, infer_furniture: bool = True) -> Extract:
    """`infer_furniture`, the library's own default, is what leaves out all before the first heading.

    Its HTML backend alone: for HTML its converter calls nothing else, yet (2.143) does not start without torch.
    """
    import io

    from docling.backend.html_backend import HTMLDocumentBackend
    from docling.datamodel.backend_options import HTMLBackendOptions
    from docling.datamodel.base_models import InputFormat
    from docling.datamodel.document import InputDocument

    options = HTMLBackendOptions(infer_furniture=infer_furniture)

    def extract(page: PageInput) -> str:
        html = page.text.encode("utf-8-sig", "replace")  # the mark outweighs whatever encoding the page declares
        document = InputDocument(io.BytesIO(html), InputFormat.HTML, HTMLDocumentBackend, options, "page.html")
        backend = document._backend  # noqa: SLF001 - as its converter takes it; one made here would parse the page once more
        return str(backend.convert().export_to_text())

    return extract
