"""A seed: what a world holds from the start, and again after each reset. It is also what is ``given`` in a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator, model_validator

from emulator.control import yaml_file
from emulator.control.faults import Fault
from emulator.control.seed.account import Account
from emulator.control.seed.organization import Organization
from emulator.control.seed.part import AccountId, Ask, Part
from emulator.control.seed.principals import AccessKey
from emulator.control.seed.settings import Clock, Settings
from emulator.engine import fixed_keys, identity
from emulator.engine.world import World
from emulator.services.ec2.quotas import QUOTAS as EC2_QUOTAS
from emulator.services.mq.quotas import QUOTAS as MQ_QUOTAS
from emulator.shapes.regions import partition
from emulator.values.errors import AwsError

__all__ = ["Organization", "PlantingError", "Seed", "load", "load_folder"]

_QUOTAS = {**EC2_QUOTAS, **MQ_QUOTAS}


class PlantingError(ValueError):
    """What a seed asks for cannot be made; says in which account, by which call, and why."""


class Seed(Part):
    """``organizations`` gives the control policies of accounts, ``quotas`` those of a Region, ``seed`` the chance behind ids.

    ``faults`` go wrong from the start; without an account they hit every account.
    """

    seed: str | None = None
    clock: Clock = Clock()
    settings: Settings = Settings()
    accounts: dict[AccountId, Account] = {}
    organizations: dict[AccountId, Organization] = {}
    quotas: dict[str, Annotated[int, Field(ge=0)]] = {}
    faults: list[Fault] = []

    @field_validator("quotas")
    @classmethod
    def _known(cls, quotas: dict[str, int]) -> dict[str, int]:
        unknown = sorted(set(quotas) - set(_QUOTAS))
        if unknown:
            raise ValueError(f"there is no quota {unknown[0]!r}, but {', '.join(_QUOTAS)}")
        return quotas

    @model_validator(mode="after")
    def _one_of_each(self) -> Seed:
        _refuse_doubles("the alias", chain.from_iterable(account.aliases for account in self.accounts.values()))
        _refuse_doubles("the access key", (key.id for _, _, key in self.access_keys()))
        return self

    def plant(self, world: World) -> dict[str, Any]:
        """Put everything into a world, higher quotas first, what binds and limits last; returns ids of what it makes, by alias.

        Raises :class:`PlantingError` for what an operation refuses, and for a broker that does not come up.
        """
        with world.lock:
            if self.seed is not None:
                world.reseed(self.seed)
            self.clock.set(world)
            self.settings.set(world)
            world.quotas = {**world.quotas, **self._raised(world)}
            ids: dict[str, Any] = {}
            for number, account in self.accounts.items():
                ids |= _plant_account(world, number, account)
            for number, user, key in self.access_keys():
                _give_key(world, number, user, key)
            _bind(world, self)
        return ids

    def _raised(self, world: World) -> dict[str, int]:
        return {name: most for name, most in self.quotas.items() if most > world.quotas.get(name, _QUOTAS[name])}

    def only(self, account: str) -> Seed:
        """What of it is about one account."""
        return Seed(
            accounts={name: one for name, one in self.accounts.items() if name == account},
            organizations={name: one for name, one in self.organizations.items() if name == account},
            faults=[fault for fault in self.faults if fault.account == account],
        )

    def access_keys(self) -> Iterator[tuple[str, str, AccessKey]]:
        """The fixed access keys, with the account and name of the user of each."""
        for account, all_of in self.accounts.items():
            for name, user in all_of.users.items():
                if user.access_key is not None:
                    yield account, name, user.access_key


def _refuse_doubles(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} {name} stands twice")
        seen.add(name)


def _plant_account(world: World, number: str, account: Account) -> dict[str, Any]:
    asking = {region: _asking(world, number, region) for region in account.regions()}
    ids = account.plant(asking, number)
    with world.all_at_once():
        brokers = account.plant_brokers(asking[account.region], ids)
    for alias, broker in brokers.items():
        state = asking[account.region]("mq:DescribeBroker", BrokerId=broker)["BrokerState"]
        if state != "RUNNING":
            raise PlantingError(f"{number}: the broker {alias} does not come up: it is {state}")
    return ids | brokers


def _give_key(world: World, number: str, user: str, key: AccessKey) -> None:
    try:
        fixed_keys.give(world, number, user, key.id, key.secret)
    except AwsError as error:
        raise PlantingError(f"{number}: {error}") from error


def _bind(world: World, seed: Seed) -> None:
    for number, account in seed.accounts.items():
        for arn, document in account.edits():
            world.edit_managed_policy(number, arn, document)
    for number, bonds in seed.organizations.items():
        bonds.bind(world, number)
    world.quotas = {**world.quotas, **seed.quotas}
    for place, fault in enumerate(seed.faults):
        try:
            world.faults.add(fault.record())
        except ValueError as error:
            raise PlantingError(f"faults.{place}: {error}") from error


def _asking(world: World, account: str, region: str) -> Ask:
    root = identity.root(account, partition(region) or "aws")

    def ask(action: str, **params: Any) -> Mapping[str, Any]:
        service, operation = action.split(":")
        try:
            return world.ask(root, service, operation, region, params)
        except AwsError as error:
            raise PlantingError(f"{account}: {action}: {error}") from error

    return ask


def load(path: Path) -> Seed:
    """Read a seed file; :class:`BadFileError` with line and column when it is none."""
    return yaml_file.read(path, Seed)


def load_folder(path: Path) -> Seed:
    """The ``.yaml`` files of a folder as one seed: each is a seed by itself, a later one adds to those before it."""
    whole: dict[str, Any] = {}
    for file in sorted(path.glob("*.yaml")):
        whole = _merged(whole, load(file).model_dump(exclude_unset=True))
    try:
        return Seed.model_validate(whole)
    except ValidationError as error:
        first = error.errors()[0]
        raise yaml_file.BadFileError(f"{path}: {'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}") from None


def _merged(one: Any, other: Any) -> Any:
    """Mappings joined at every depth, lists one after the other; of two other values the later."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {key: _merged(one[key], value) if key in one else value for key, value in other.items()}
    return one + other if isinstance(one, list) and isinstance(other, list) else other
