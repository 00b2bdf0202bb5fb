"""Describe calls: which items were asked for, which pass the filters, which page of them.

A view is built only for what can be in the answer: filters on ids, tags and the attributes in ``indexed`` pick their
candidates from the store's indexes, and a page ends the search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors
from emulator.services.ec2.filters import Filter, Item, Sieve, Table
from emulator.values.call import Call
from emulator.values.errors import AwsError
from emulator.values.page import last_name, page
from emulator.values.record import Record

R = TypeVar("R", bound=Record)

LARGEST_PAGE = 1_000
SMALLEST_PAGE = 5

Where = tuple[str, list[str]]
"""An indexed attribute and the values that it may have; ``id`` stands for the id itself."""


class Listing(Struct, Generic[R], frozen=True):
    """How one kind of resource is described.

    ``result`` is the response's list, ``id_member`` an item's id, ``ids`` what EC2's messages call the ids of a request.
    ``indexed`` gives for filters the store's index that holds their values. ``facts`` are what only filters see of a record.
    """

    kind: type[R]
    result: str
    id_member: str
    ids: str
    no_such: Callable[[str], AwsError]
    view: Callable[[World, R], dict[str, Any]]
    filters: Table
    indexed: Mapping[str, str] = field(default_factory=dict)
    facts: Callable[[World, R], dict[str, Any]] | None = None
    smallest_page: int = SMALLEST_PAGE

    def describe(
        self,
        world: World,
        call: Call,
        *,
        ids: Sequence[str] | None,
        filters: Sequence[Filter] | None,
        most: int | None,
        token: str | None,
    ) -> Result:
        """The response. One unknown id fails the whole call."""
        if ids and most is not None:
            raise errors.ids_and_max_results(self.ids)
        limit = page_size(most, self.smallest_page)
        sieve = Sieve(filters, self.filters)
        last = "" if token is None else last_name(token, errors.invalid_next_token)
        records = self._asked(world, call, ids, last) if ids else self._candidates(world, call, sieve, last)
        items, following = self._page(world, records, sieve, limit)
        return {self.result: items, "NextToken": following}

    def find(self, world: World, call: Call, resource_id: str) -> R:
        """The caller's resource of this id, or the kind's own error."""
        found = world.store.get(self.kind, (call.account, call.region, resource_id))
        if found is None:
            raise self.no_such(resource_id)
        return found

    def _page(self, world: World, records: Iterable[R], sieve: Sieve, limit: int | None) -> tuple[Sequence[Item], str | None]:
        """Views of records that come in order of their ids, until the page is full and one more is known of."""
        items: list[Item] = []
        for record in records:
            item = self.view(world, record)
            if sieve.passes({**item, **self.facts(world, record)} if self.facts else item):
                items.append(item)
                if limit is not None and len(items) > limit:
                    break
        return page(items, lambda item: str(item[self.id_member]), None, limit or len(items) + 1, errors.invalid_next_token)

    def _asked(self, world: World, call: Call, ids: Sequence[str], last: str) -> list[R]:
        return _ordered([self.find(world, call, one) for one in dict.fromkeys(ids)], last)

    def _candidates(self, world: World, call: Call, sieve: Sieve, last: str) -> Iterable[R]:
        """The fewest records that an index leaves to look at: those after ``last``, in order of their ids."""
        where = (call.account, call.region)
        ways = [way for way in (self._way(name, sieve) for name in sieve.names) if way]
        if not ways:
            return world.store.after(self.kind, *where, last)
        name, values = min(ways, key=lambda way: self._cost(world, call, way))
        if name == "id":
            found = [world.store.get(self.kind, (*where, value)) for value in dict.fromkeys(values)]
            return _ordered([one for one in found if one is not None], last)
        chosen = {one.key: one for value in values for one in world.store.find(self.kind, *where, **{name: value})}
        return _ordered(chosen.values(), last)

    def _cost(self, world: World, call: Call, way: Where) -> int:
        name, values = way
        if name == "id":
            return len(values)
        return sum(world.store.count(self.kind, call.account, call.region, **{name: value}) for value in values)

    def _way(self, name: str, sieve: Sieve) -> Where | None:
        """Where the index has a filter's values; None when no index helps, as with wildcards."""
        values = sieve.exact(name)
        if name.startswith("tag:"):
            key = name.removeprefix("tag:")
            return "tagged", [key] if values is None else [f"{key}={value}" for value in values]
        if values is None:
            return None
        if self.filters[name] == self.id_member:
            return "id", values
        if name == "tag-key":
            return "tagged", values
        return (self.indexed[name], values) if name in self.indexed else None


def _ordered(records: Iterable[R], last: str) -> list[R]:
    """Those after ``last``, in order of their ids."""
    return sorted([record for record in records if record.id > last], key=attrgetter("id"))


def page_size(most: int | None, smallest: int = SMALLEST_PAGE) -> int | None:
    """How many items a page has; None without MaxResults: all that is left. More than 1,000 are never given at once."""
    if most is None:
        return None
    if most < smallest:
        raise errors.max_results_too_small(most)
    return min(most, LARGEST_PAGE)


def paged(
    items: Sequence[Item], name: Callable[[Item], str], most: int | None, token: str | None, *, smallest: int = SMALLEST_PAGE
) -> tuple[Sequence[Item], str | None]:
    """One page in order of name, of items that are not a listing's."""
    limit = page_size(most, smallest) or len(items) + 1
    return page(sorted(items, key=name), name, token, limit, errors.invalid_next_token)
