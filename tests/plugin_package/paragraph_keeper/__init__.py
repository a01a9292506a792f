"""A package that somebody else might have written: an extractor, and what tells bench of it."""
