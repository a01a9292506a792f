"""Everything that bench says when it cannot go on.

BenchError                one line for the user; `exit_code` is the process's
├── GateFailed      1     results are worse than a baseline, by more than allowed or beyond noise
├── NotReproduced   1     a committed table is not what the store gives; what differs was printed
├── UsageError      2     a name, option or file given on the command line is wrong
├── CaptureError    2     a page cannot be had from where it was asked for, or may not be
├── StoreError      2     the store is locked, newer than this bench, full or damaged
├── CorpusError     4     a page or its gold is invalid; names file, place and mend
├── TooManyFailures 3     the run ended with more failed cells than allowed
├── NothingToDo     5     nothing matches what was asked for
└── Interrupted   130     the user stopped the run; the same command goes on

Exit code 0 is success, 70 a fault in bench itself.
"""


class BenchError(Exception):
    """A failure that the user can mend; its text is one line that says how."""

    exit_code = 2


class NotReproduced(BenchError):  # noqa: N818 - named as the exit-code table names it
    """A committed table is not what the store gives; what differs was printed."""

    exit_code = 1


class GateFailed(BenchError):  # noqa: N818 - named as the exit-code table names it
    """A gate was not passed, or a baseline would have been lowered; the report says by what."""

    exit_code = 1


class UsageError(BenchError):
    """A name, option or file given on the command line is wrong."""


class CaptureError(BenchError):
    """A page cannot be had from where it was asked for, or may not be; names the source and what is wrong with it."""


class StoreError(BenchError):
    """The store is locked, newer than this bench, full or damaged; nothing stored was lost."""


class CorpusError(BenchError):
    """A page or its gold is invalid."""

    exit_code = 4


class TooManyFailures(BenchError):  # noqa: N818 - named as the exit-code table names it
    """A finished run has more failed cells than `--max-failures`, or an extractor that could not start."""

    exit_code = 3


class NothingToDo(BenchError):  # noqa: N818 - named as the exit-code table names it
    """Nothing matches what was asked for."""

    exit_code = 5


class Interrupted(BenchError):  # noqa: N818 - an event, not an error
    """The user stopped the run; what was done is stored."""

    exit_code = 130
