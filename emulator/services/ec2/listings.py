"""Describe calls: which items were asked for, which pass the filters, which page of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors
from emulator.services.ec2.filters import Filter, Item, Table, matching
from emulator.services.ec2.network import Resource
from emulator.values.call import Call
from emulator.values.errors import AwsError
from emulator.values.page import page

R = TypeVar("R", bound=Resource)

LARGEST_PAGE = 1_000
SMALLEST_PAGE = 5


@dataclass(frozen=True)
class Listing(Generic[R]):
    """How one kind of resource is described.

    ``result`` is the response's list, ``id_member`` an item's id, ``ids`` what EC2's messages call the ids of a request.
    """

    kind: type[R]
    result: str
    id_member: str
    ids: str
    no_such: Callable[[str], AwsError]
    view: Callable[[World, R], dict[str, Any]]
    filters: Table

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
        records = self._asked(world, call, ids) if ids else world.store.find(self.kind, call.account, call.region)
        items = matching((self.view(world, one) for one in records), filters, self.filters)
        chosen, following = paged(items, lambda item: str(item[self.id_member]), most, token)
        return {self.result: chosen, "NextToken": following}

    def _asked(self, world: World, call: Call, ids: Sequence[str]) -> list[R]:
        return [self.find(world, call, one) for one in dict.fromkeys(ids)]

    def find(self, world: World, call: Call, resource_id: str) -> R:
        """The caller's resource of this id, or the kind's own error."""
        found = world.store.get(self.kind, (call.account, call.region, resource_id))
        if found is None:
            raise self.no_such(resource_id)
        return found


def paged(
    items: Sequence[Item], name: Callable[[Item], str], most: int | None, token: str | None
) -> tuple[Sequence[Item], str | None]:
    """One page in order of name. Without ``most`` all that is left is one page; more than 1,000 are never given at once."""
    if most is not None and most < SMALLEST_PAGE:
        raise errors.max_results_too_small(most)
    limit = len(items) + 1 if most is None else min(most, LARGEST_PAGE)
    return page(sorted(items, key=name), name, token, limit, errors.invalid_next_token)
