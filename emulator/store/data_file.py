"""A data file: what a store keeps, in SQLite. Opening it says in one line what is wrong with a file that is not ours to use.

Kept in WAL mode with ``synchronous=NORMAL``: what was committed outlives the process, however it ends. The file is locked for
as long as it is open, so that no second process works on it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator.store.base import DataFileError
from emulator.store.migrations import CREATE, MIGRATIONS, VERSION

APPLICATION_ID = 0x6D71_656D
"""``mqem`` in SQLite's header, by which a data file is known."""

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
"""Bytes of SQLite's header; the application id stands at 68."""

_LOG_PAGES = 4_096
"""Pages in the log beside the file after which they are moved into it, the only time when a write waits for the disk: 16 MiB."""

_BEGIN = "BEGIN IMMEDIATE"

Statement = tuple[str, Iterable[tuple[Any, ...]]]
"""SQL, and the rows of parameters that it is run with."""


class DataFile:
    """An open data file, made when there is none and brought to this version when it is older. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._telling("open"):
            if path.exists():
                _refuse_foreign(path)
            else:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # it will hold secrets
            self._connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def read(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with self._telling("read"):
            for row in self._connection.execute(sql):  # noqa: UP028  # "yield from" would close the cursor after the connection
                yield row

    def write(self, statements: Iterable[Statement]) -> None:
        """All of it or nothing; :class:`DataFileError` when the disk is full or fails."""
        with self._telling("write"), self._connection:  # which commits, or rolls back what fails
            self._run(_BEGIN)
            for sql, rows in statements:
                self._connection.executemany(sql, rows)

    def close(self) -> None:
        self._connection.close()

    def _prepare(self) -> None:
        with self._telling("open"):
            self._run("PRAGMA locking_mode = EXCLUSIVE")
            with self._connection:
                self._run(_BEGIN)  # takes the lock, and finds out whether the file can be written
                self._bring_up_to_date()
            self._run("PRAGMA journal_mode = WAL")  # not before: a new file's header must be in the file itself
            self._run("PRAGMA synchronous = NORMAL")
            self._run(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    def _bring_up_to_date(self) -> None:
        version = self._number("user_version")
        if version > VERSION:
            raise DataFileError(f"{self.path} was written by a newer mq-emulator: its format is {version}, this one's {VERSION}")
        if version < VERSION:
            for statements in MIGRATIONS[version - 1 :] if version else (CREATE,):
                for sql in statements:
                    self._run(sql)
            self._run(f"PRAGMA application_id = {APPLICATION_ID}")
            self._run(f"PRAGMA user_version = {VERSION}")

    def _run(self, sql: str) -> None:
        self._connection.execute(sql)

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextmanager
    def _telling(self, verb: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise DataFileError(f"{self.path} is in use by another process") from error
            raise DataFileError(f"cannot {verb} {self.path}: {error}") from error
        except OSError as error:
            raise DataFileError(f"cannot {verb} {self.path}: {error.strerror or error}") from error


def _refuse_foreign(path: Path) -> None:
    """Looks at the header before SQLite does, which would change a stranger's file."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    is_ours = header.startswith(_MAGIC) and int.from_bytes(header[68:72], "big") == APPLICATION_ID
    if header.strip(b"\0") and not is_ours:
        raise DataFileError(f"{path} is not a data file of mq-emulator")
