"""goose3: article text by stop-word density, with known article containers first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("goose3",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/goose3/goose3"


def extractor(*, use_meta_language: bool = True, target_language: str = "en", strict: bool = True) -> Extract:
    """The settings and their defaults are the library's own, but for images, which it would fetch."""
    from goose3 import Goose

    goose = Goose(
        {
            "enable_image_fetching": False,
            "use_meta_language": use_meta_language,
            "target_language": target_language,
            "strict": strict,
        }
    )

    def extract(page: PageInput) -> str:
        return str(goose.extract(raw_html=page.text).cleaned_text)

    return extract
