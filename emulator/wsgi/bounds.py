"""What one client may cost."""

from __future__ import annotations

from msgspec import Struct


class Bounds(Struct, frozen=True):
    """Sizes in bytes, times in seconds. Over a bound the client gets an error or is hung up on; others notice nothing."""

    largest_head: int = 64 * 1024
    """Request line and headers: 431."""
    largest_body: int = 16 * 1024 * 1024
    """413. Of a body over ``kept_body`` only the size is kept, for the application to refuse in its own words."""
    kept_body: int = 4 * 1024 * 1024
    large_path: str = ""
    """Paths that begin so take a body of ``large_body``, all of which is kept."""
    large_body: int = 256 * 1024 * 1024
    most_body_bytes: int = 320 * 1024 * 1024
    """Of the bodies of all connections, from their first byte until they are answered. Over it, who holds most of those that are
    still sending is refused with 503."""
    head_seconds: float = 15.0
    """From a request's first byte to the end of its headers, however the bytes trickle."""
    body_seconds: float = 60.0
    idle_seconds: float = 60.0
    """For which a connection is kept without a request."""
    write_seconds: float = 60.0
    """For which a client may leave an answer unread."""
    most_connections: int = 512
    """One more takes the place of the one that has waited longest for its client; when none does, it is refused with 503."""
    most_pipelined: int = 128
    """Requests of one connection that wait for the answer to one before them; with one more it is refused with 503."""
    most_threads: int = 64
    """Requests that wait or stream at one time; one more is refused with 503."""
