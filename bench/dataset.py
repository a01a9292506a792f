"""A corpus as one file that other tools read, JSON Lines or Parquet, beside a card in the style of the Hugging Face hub.

A record for each page: its metadata, the bytes as captured (`html`; in JSON Lines `html_base64`), and the gold: all blocks with
their marks, the required ones as `text`, snippets, Markdown.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import __version__
from bench.corpus import Corpus
from bench.errors import UsageError
from bench.files import replace

if TYPE_CHECKING:
    import pyarrow as pa


_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""Classes of size that the hub knows."""
_FIELDS = """Fields: `html` holds the bytes as captured (base64 in JSON Lines), `encoding` the one that the server gave.
`blocks` is the gold in the order of the page; a block that is not `required` is neither paid for nor punished. `text` is the
required blocks, `keep` and `drop` are snippets that an extractor must keep and drop."""
_ROWS = 64
"""Records of a row group, which bounds memory."""
_LICENCES = ("apache-2.0", "cc-by-4.0", "cc-by-sa-4.0", "cc0-1.0", "mit")
"""Names of licences that the hub knows, of those that pages have."""


def write(corpus: Corpus, folder: Path, form: str) -> list[Path]:
    """Write a corpus into a folder, which is made where there is none; returns the files.

    Args:
        corpus: the pages.
        folder: takes `pages.jsonl` or `pages.parquet`, and `README.md`. What it holds of these is replaced.
        form: `jsonl` or `parquet`.

    Raises:
        UsageError: the folder cannot be written, or Parquet needs a package that is not installed.
        CorpusError: a page has vanished.
    """
    data, card = folder / f"pages.{form}", folder / "README.md"
    beside = data.with_name(f".{data.name}.tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _parquet(corpus, beside) if form == "parquet" else _jsonl(corpus, beside)
        beside.replace(data)
    except OSError as problem:
        raise UsageError(f"{problem.filename or data}: cannot be written: {problem.strerror or problem}") from None
    finally:
        with contextlib.suppress(OSError):  # where the folder is none there is nothing to take away
            beside.unlink(missing_ok=True)
    replace(card, _card(corpus, data.name))
    return [data, card]


def records(corpus: Corpus) -> Iterator[dict[str, Any]]:
    """Yield a record for each page, its `html` as bytes. Raises CorpusError when a page has vanished."""
    for number in range(len(corpus)):
        page, html = corpus.read(number)
        gold = corpus.gold(number)
        yield {
            "id": page.id,
            "url": page.url,
            "site": page.site,
            "language": page.language,
            "kind": page.kind,
            "split": page.split,
            "tags": list(page.tags),
            "captured_at": page.captured_at.isoformat() if page.captured_at else None,
            "licence": page.licence,
            "provenance": _text(page.extra.get("provenance")),
            "encoding": page.encoding,
            "html": html,
            "text": "\n\n".join(block.text for block in gold.blocks if block.required),
            "blocks": [{"text": block.text, "required": block.required} for block in gold.blocks],
            "markdown": gold.markdown,
            "keep": list(gold.keep),
            "drop": list(gold.drop),
            "title": gold.title,
            "authors": list(gold.authors),
            "date": gold.date,
            "origin": gold.origin,
        }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _jsonl(corpus: Corpus, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for record in records(corpus):
            record["html_base64"] = base64.b64encode(record.pop("html")).decode("ascii")
            out.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def _parquet(corpus: Corpus, path: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install 'boilerbench[parquet]'") from None
    schema = _schema()
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        rows: list[dict[str, Any]] = []
        for record in records(corpus):
            rows.append(record)
            if len(rows) == _ROWS:
                out.write_table(pa.Table.from_pylist(rows, schema))
                rows = []
        out.write_table(pa.Table.from_pylist(rows, schema))


def _schema() -> pa.Schema:
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    block = pa.struct([("text", text), ("required", pa.bool_())])
    others = {"tags": texts, "html": pa.binary(), "blocks": pa.list_(block), "keep": texts, "drop": texts, "authors": texts}
    names = (
        "id", "url", "site", "language", "kind", "split", "tags", "captured_at", "licence", "provenance", "encoding", "html",
        "text", "blocks", "markdown", "keep", "drop", "title", "authors", "date", "origin",
    )  # fmt: skip
    return pa.schema([(name, others.get(name, text)) for name in names])


def _card(corpus: Corpus, file: str) -> str:
    """The card: what the hub reads at its head, then what a person should know."""
    pages = [corpus.page(number) for number in range(len(corpus))]
    licences = sorted({page.licence or "unknown" for page in pages})
    one = licences[0].lower() if len(licences) == 1 and licences[0].lower() in _LICENCES else None
    languages = sorted({page.language.partition("-")[0] for page in pages if page.language})
    size = next((name for most, name in _SIZES if len(pages) < most), "n>1M")
    head = [
        "---",
        f"pretty_name: {json.dumps(corpus.name)}",
        f"license: {one or 'other'}",
        *([] if one else [f"license_name: {json.dumps(' '.join(licences)[:100])}"]),
        "language:" if languages else "language: []",
        *(f"- {json.dumps(language)}" for language in languages),
        "size_categories:",
        f"- {size}",
        "tags:",
        "- boilerplate-removal",
        "- content-extraction",
        "configs:",
        "- config_name: default",
        f"  data_files: {file}",
        "---",
    ]
    kinds = sorted({page.kind or "(none)" for page in pages})
    sites = len({page.site for page in pages})
    body = [
        f"# {corpus.name}",
        "",
        f"{len(pages)} web pages of {sites} sites with gold main text, to evaluate the removal of boilerplate.",
        f"Kinds: {', '.join(kinds)}. Licences of the pages: {', '.join(licences)}.",
        "",
        _FIELDS,
        "",
        f"Written by bench {__version__} from a corpus with digest `{corpus.digest}`.",
    ]
    return "\n".join([*head, "", *body]) + "\n"
