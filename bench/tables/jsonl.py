"""JSON Lines, unrounded: the records of a view, one object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.present import View
from bench.text import CONTROL


def render(view: View, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the view's records as JSON Lines; undefined is null."""
    return "".join(f"{_line(record)}\n" for record in view.records())


def _line(record: Mapping[str, Any]) -> str:
    """A record with every character escaped that could disturb a terminal or end a line; such stand in strings only."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
