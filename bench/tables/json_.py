"""JSON, unrounded, with everything that the table was made from, the run's manifest and the request."""

from __future__ import annotations

from dataclasses import asdict

from bench import __version__
from bench.present import View
from bench.text import escaped_json

FORMAT = 1
"""Version of this layout; raised when a field changes its meaning or goes."""


def render(view: View, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the view as JSON; undefined is null, with the reason beside it."""
    request = asdict(view.request) if view.request else None
    return escaped_json({"format": FORMAT, "bench": __version__, **view.body(), "request": request})
