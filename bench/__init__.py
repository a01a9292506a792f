"""bench: a benchmark harness for web-page boilerplate removal."""

__version__ = "0.1.0"
