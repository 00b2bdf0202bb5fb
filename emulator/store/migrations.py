"""The tables of a data file, and how a file of each older version becomes one of the next."""

from __future__ import annotations

CREATE: tuple[str, ...] = (
    # ``rank`` is a record's place in the order of first putting; its key is in the body.
    "CREATE TABLE record (rank INTEGER PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    # Policy texts that decisions in the journal went by; ``last`` is about the last entry that needs one.
    "CREATE TABLE document (digest TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, last INTEGER NOT NULL)",
    _KINDS := "CREATE TABLE kind (name TEXT PRIMARY KEY, fields TEXT NOT NULL)",
)
"""A new file of this version. ``kind`` says which fields the records of each kind have that were written into it."""

MIGRATIONS: tuple[tuple[str, ...], ...] = ((_KINDS,),)
"""The statements that bring a file of version 1, 2, … to the next one. Records are JSON, which SQLite can change:
``UPDATE record SET body = CAST(json_remove(CAST(body AS TEXT), '$.old') AS BLOB) WHERE kind = 'ec2.Vpc'``."""

VERSION = len(MIGRATIONS) + 1
