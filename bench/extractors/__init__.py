"""Extractors, one file each; see `bench.extract` for what a file holds."""
