"""Tokens with names, out of a file. They are compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from ganstudio.errors import UsageError, quoted
from ganstudio.workspace import nearest_path

LEAST = 16  # characters of a token
_HINT = "Write a line such as `me wX0vG2kQ...`, of letters by chance: openssl rand -hex 24"


@dataclass(frozen=True)
class Tokens:
    """`digests` are SHA-256 of tokens, each with its name: what is compared has one length."""

    digests: tuple[tuple[str, bytes], ...]

    @classmethod
    def read(cls, path: Path) -> Tokens:
        """The tokens of a file: a line each, `NAME TOKEN` or `TOKEN`; empty lines and such with # are left out.

        Raises UsageError where it cannot be read, holds none, holds a short one, or may be read by everybody.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            readable = path.stat().st_mode & 0o007
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
            raise UsageError(f"--token-file: {path} cannot be read: {why}. {nearest_path(path)}", _HINT) from None
        if readable:
            hint = f"Let nobody else read it: chmod 600 {quoted(path)}"
            raise UsageError(f"--token-file: every user of this machine may read {path}.", hint)
        found: dict[str, bytes] = {}
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if len(words) > 2:
                raise UsageError(f"--token-file: line {number} of {path} has {len(words)} words: NAME TOKEN is a line.")
            token, name = words[-1], words[0] if len(words) == 2 else f"token-{number}"
            if len(token) < LEAST or not token.isascii():
                raise UsageError(f"--token-file: the token in line {number} needs {LEAST} letters or more.", _HINT)
            if name in found:
                raise UsageError(f"--token-file: two tokens are called {name}: line {number} of {path}.")
            found[name] = _digest(token)
        if not found:
            raise UsageError(f"--token-file: {path} holds no token.", _HINT)
        return cls(tuple(found.items()))

    def name_of(self, given: str) -> str | None:
        """The name of the token that was given; None where it is none of them. All are compared, whichever it is."""
        digest, name = _digest(given), None
        for known, wanted in self.digests:
            if hmac.compare_digest(digest, wanted):
                name = known
        return name


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
