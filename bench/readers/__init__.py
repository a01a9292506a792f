"""Corpus formats, one file each: `LAYOUT` and `open_corpus(root, split)`; see `bench.corpus.Reader`."""
