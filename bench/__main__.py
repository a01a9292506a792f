"""`python -m bench` is the command `bench`."""

from bench.cli.__main__ import main

main()
