"""What can be told of pages and gold for free: gold that its page does not hold, snippets that contradict it, pages told twice.

    findings    every rule and what it means; what a finding is
    subject     a page with its gold, read once for all checks
    encoding, gold, snippets    one page at a time
    twins, metadata             pages beside each other
    records     what the reader could not use
    against     stored outputs
    check       asks all of them but the last, which needs a store

A new rule is a line in `findings.RULES`, the lines that find it in the file whose matter it is, and a fault in
`tests/test_check.py`. A new matter is a new file, named in `check`.

Texts are compared as tokens (`bench.text`), so case, punctuation and white space do not matter.
"""
