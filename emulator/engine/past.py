"""Policies as they were: what a decision sees while changes have not got round yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from copy import copy
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from emulator.engine.callers import Callers
from emulator.engine.identity import WITH_POLICIES, Role
from emulator.store.memory import MemoryStore
from emulator.values.clock import Instant
from emulator.values.record import Key, Record

if TYPE_CHECKING:
    from emulator.engine.world import World
    from emulator.store.base import Store

R = TypeVar("R", bound=Record)

MOST_IMAGES = 256
"""Changes of one account that can be hidden at a time; an older one is seen early."""


class _Image(Struct, frozen=True):
    """An account's records just before the change at ``until``."""

    until: Instant
    records: tuple[Record, ...]


class Past:
    """Images of accounts, taken before each change. In memory: after a restart every change is seen."""

    def __init__(self) -> None:
        self._images: dict[str, deque[_Image]] = {}

    def keep(self, world: World, account: str, span: float) -> None:
        """Take an image before a change; those that no ``span`` of seconds reaches are dropped."""
        now = world.clock.now(account)
        images = self._images.setdefault(account, deque(maxlen=MOST_IMAGES))
        while images and images[0].until <= now - span:
            images.popleft()
        records = _records(world, account)
        if images and images[-1].records == records:
            images.pop()  # the last call changed nothing: what was seen before it is seen until now
        images.append(_Image(now, records))

    def forget(self, account: str) -> None:
        self._images.pop(account, None)

    def seen(self, world: World, account: str, instant: Instant) -> World | None:
        """The world with the account's policies as they stood at an instant; None when they are the same as now."""
        image = next((image for image in self._images.get(account, ()) if image.until > instant), None)
        if image is None or image.records == _records(world, account):
            return None
        past = copy(world)
        past.store = _Store(image.records, world.store, account)  # type: ignore[assignment]  # policies are only read from it
        past.callers = Callers(past)
        return past


def _records(world: World, account: str) -> tuple[Record, ...]:
    """What an account's policies are in, without when a role was last used."""
    found = (record for kind in WITH_POLICIES for record in world.store.find(kind, account, ""))
    return tuple(replace(record, last_used=None) if isinstance(record, Role) else record for record in found)


class _Store:
    """The reading half of a store, where one account's policies are old."""

    def __init__(self, records: Iterable[Record], now: Store, account: str) -> None:
        self._then, self._now, self._account = MemoryStore(), now, account
        for record in records:
            self._then.put(record)

    def watch(self, kinds: Iterable[type[Record]], told: Callable[[Key], None]) -> None:
        """It is there for one decision, during which nothing changes."""

    def get(self, kind: type[R], key: Key) -> R | None:
        is_old = kind in WITH_POLICIES and key[0] == self._account
        return (self._then if is_old else self._now).get(kind, key)

    def find(self, kind: type[R], /, account: str | None = None, region: str | None = None, **where: Any) -> Iterable[R]:
        found = self._now.find(kind, account, region, **where)
        if kind not in WITH_POLICIES:
            return found
        old = self._then.find(kind, account, region, **where)
        return [*old, *(record for record in found if record.account != self._account)]
