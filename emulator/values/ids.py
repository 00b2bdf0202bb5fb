"""Identifiers, secrets and chance, all from one seed. The only module that imports random or secrets."""

from __future__ import annotations

import hashlib
import random
import secrets

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Ids:
    """One stream of chance: the same seed gives the same ids in the same order."""

    def __init__(self, seed: str | None = None, *, start: int = 1) -> None:
        """``start`` counts the times that a world was started from its file: each has a stream of its own."""
        self.seed = secrets.token_hex(16) if seed is None else seed if start == 1 else f"{seed} start {start}"
        self._random = random.Random(self.seed)

    def number(self, bits: int) -> int:
        """A whole number of so many bits."""
        return self._random.getrandbits(bits)

    def hexadecimal(self, length: int) -> str:
        """Lower-case hex digits."""
        return f"{self._random.getrandbits(length * 4):x}".zfill(length)  # a width within the format takes twice as long

    def resource(self, prefix: str) -> str:
        """An EC2-style id: prefix, dash, 17 hex digits."""
        return f"{prefix}-{self.hexadecimal(17)}"

    def uuid(self) -> str:
        """A version 4 UUID, lower case."""
        bits = self._random.getrandbits(128) & ~(0xF000_C000 << 48) | 0x4000_8000 << 48
        text = bits.to_bytes(16).hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def unique(self, prefix: str) -> str:
        """An IAM unique id such as AROA…: 21 characters."""
        return prefix + "".join(self._random.choices(_BASE32, k=17))

    def access_key_id(self, prefix: str) -> str:
        """AKIA… or ASIA…: 20 characters, the last four a check sum by which :func:`was_issued` knows it again."""
        body = prefix + "".join(self._random.choices(_BASE32, k=12))
        return body + _checksum(body)

    def secret(self, length: int = 40) -> str:
        """A secret access key (40 characters) or a session token (more)."""
        return "".join(self._random.choices(_BASE64, k=length))

    def pick(self, count: int) -> int:
        """A whole number from 0 to ``count - 1``, of one or more, as ``randrange`` draws it."""
        draw, bits = self._random.getrandbits, count.bit_length()
        while (drawn := draw(bits)) >= count:
            pass
        return drawn


def unguessable() -> str:
    """A secret of this machine's, of no seed: what protects the emulator itself."""
    return secrets.token_urlsafe(32)


def was_issued(key_id: str) -> bool:
    """Whether an emulator made this access key id, in this life or an earlier one.

    A development key may be any text, so a key that was deleted, or that a reset wiped, must be told apart from
    one: it is refused and never becomes root.
    """
    return len(key_id) == 20 and key_id[:4] in {"AKIA", "ASIA"} and key_id[16:] == _checksum(key_id[:16])


def _checksum(body: str) -> str:
    digest = hashlib.sha256(b"mq-emulator access key " + body.encode()).digest()
    return "".join(_BASE32[byte % 32] for byte in digest[:4])
