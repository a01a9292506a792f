"""What can be told of pages and gold for free: gold that its page does not hold, snippets that contradict it, pages told twice.

    findings    every rule and what it means; what a finding is
    subject     a page with its gold, read once for all checks
    source      the files of a page of the built-in format, and where in them something stands
    encoding, gold, snippets    one page at a time; in the built-in format also blocks, marks, markdown, keys
    twins, metadata             pages beside each other
    records, removed            what the reader could not use, or should not find
    mend        what `--fix` does
    against     stored outputs
    check       asks all of them but the last, which needs a store

A new rule is a line in `findings.RULES`, the lines that find it in the file whose matter it is, and a fault in
`tests/test_check.py`. A new matter is a new file, named in `check`.

Texts are compared as tokens (`bench.text`), so case, punctuation and white space do not matter.
"""
