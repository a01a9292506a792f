"""JSON, unrounded, with everything that the table was made from and the run's manifest."""

from __future__ import annotations

import json

from bench import __version__
from bench.present import View
from bench.text import CONTROL

FORMAT = 1
"""Version of this layout; raised when a field changes its meaning or goes."""


def render(view: View, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the view as JSON; undefined is null, with the reason beside it."""
    body = {"format": FORMAT, "bench": __version__, **view.body()}
    text = json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False)
    return "\n".join(map(_escaped, text.split("\n"))) + "\n"


def _escaped(line: str) -> str:
    """The line with every character that could disturb a terminal, or that UTF-8 cannot hold, as a JSON escape.

    Such characters stand in strings only: JSON's own syntax has none but the line breaks that were split off.
    """
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
