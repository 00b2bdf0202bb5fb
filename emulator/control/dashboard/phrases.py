"""Numbers and instants as a page shows them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """``under 1 ms``, ``250 ms``, ``2.5 s``, ``45 s``, ``7 min 30 s``, ``2 h 5 min``, ``3 d 4 h``: at most two units."""
    if 0 < seconds < 0.0005:
        return "under 1 ms"
    if 0 < seconds < 0.9995:
        return f"{round(seconds * 1000)} ms"
    if seconds < 9.95 and seconds != int(seconds):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    units = [("d", whole // 86_400), ("h", whole // 3600 % 24), ("min", whole // 60 % 60), ("s", whole % 60)]
    first = next((place for place, (_, count) in enumerate(units) if count), 3)
    return " ".join(f"{count} {unit}" for unit, count in units[first : first + 2] if count) or "0 s"


def instant(text: str) -> str:
    """``2026-09-21 14:13:50`` of an ISO 8601 instant."""
    return text[:19].replace("T", " ")


def count(number: int, thing: str) -> str:
    """``1 call``, ``2 calls``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def short(text: str, most: int = 4_000) -> str:
    """A long text cut, with how much of it is missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


_ENCODED = ". Encoded authorization failure message: "


def readable(message: str) -> str:
    """An error's message without what only a decoder can read."""
    return message.partition(_ENCODED)[0]
