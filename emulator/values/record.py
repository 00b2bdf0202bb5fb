"""Records: what the world remembers."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

Key = tuple[str, str, str]


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """One remembered thing of an account and Region (``""`` for global services).

    A record is a value: to change it, put a :func:`msgspec.structs.replace` of it. ``INDEXES`` names the attributes by
    which the store finds it without a scan; a tuple-valued one is indexed by each of its items. A value is never part of a
    circle of objects, so the search for such garbage passes records by.
    """

    INDEXES: ClassVar[tuple[str, ...]] = ()

    account: str
    region: str
    id: str

    @property
    def key(self) -> Key:
        return (self.account, self.region, self.id)
