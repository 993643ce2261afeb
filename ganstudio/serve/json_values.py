"""How many values a body of JSON may hold: each becomes an object, and each that is wrong an error of its own.

24 MB of keys that nobody knows took 48 s and 3.4 GB to be refused. What separates values is counted before any is made.
"""

from __future__ import annotations

from ganstudio.serve.problems import ProblemError

MOST = 25_000  # of a request: twice the seeds that one may name, and some more
MOST_OF_TENSORS = 2_000_000  # of /v2, whose tensors may be numbers in JSON
_MARKS = (b",", b"[", b"{")


def check_values(body: bytes, most: int) -> None:
    """Raises ProblemError (413) for JSON of more than `most` values; commas within texts count too."""
    if sum(map(body.count, _MARKS)) > most:
        raise ProblemError(413, f"The request holds more than {most:,} values.")
