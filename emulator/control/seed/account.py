"""What one account holds from the start, and how it comes about: calls of its root, each through the one door."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from emulator.control.seed.network import Vpc
from emulator.control.seed.part import Alias, Ask, Document, Part, Region, Tags, filled
from emulator.control.seed.principals import Principals
from emulator.services.managed import managed_policies
from emulator.shapes.model import model
from emulator.shapes.regions import partition
from emulator.shapes.typed import misfits

_BROKER = {
    "EngineType": "RABBITMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
}


class LogGroup(Part):
    """``retention`` is in days, as CloudWatch Logs offers them; without it events never expire."""

    retention: int | None = None
    tags: Tags = {}


class Without(Part):
    """AWS's text of a managed policy less some of its statements, counted from 1."""

    without: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]


def _kind(edit: Any) -> str:
    return "<less>" if isinstance(edit, Without) or (isinstance(edit, dict) and "without" in edit) else "<document>"


ManagedEdit = Annotated[Annotated[Document, Tag("<document>")] | Annotated[Without, Tag("<less>")], Discriminator(_kind)]
"""Another text of an AWS managed policy."""


class Account(Principals):
    """Principals, network, log groups, brokers, and this account's own text of AWS managed policies.

    ``brokers`` are members of CreateBroker (defaults: a private RabbitMQ broker, one mq.m5.large); they are RUNNING from
    the start. ``managed_policies`` change the text of an AWS managed policy, by name, after everything else is there.
    """

    region: Region = "us-east-1"
    vpcs: dict[Alias, Vpc] = {}
    log_groups: dict[str, LogGroup] = {}
    brokers: dict[Alias, dict[str, Any]] = {}
    managed_policies: dict[str, ManagedEdit] = {}

    @field_validator("brokers")
    @classmethod
    def _of_their_types(cls, brokers: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        wanted = model("mq").operations["CreateBroker"].input
        for alias, members in brokers.items():
            for wrong in misfits(model("mq"), wanted, members, alias):
                raise ValueError(wrong)
        return brokers

    @model_validator(mode="after")
    def _known_policies(self) -> Account:
        for name, edit in self.managed_policies.items():
            edited(name, edit)
        return self

    @property
    def aliases(self) -> list[str]:
        return [*self.vpcs, *(alias for vpc in self.vpcs.values() for alias in vpc.aliases), *self.brokers]

    @property
    def partition(self) -> str:
        return partition(self.region) or "aws"

    def regions(self) -> set[str]:
        return {self.region, *(vpc.region for vpc in self.vpcs.values() if vpc.region)}

    def plant(self, asking: Mapping[str, Ask], account: str) -> dict[str, Any]:
        """Make all but the brokers. ``asking`` has an ``ask`` for each of :meth:`regions`. Returns ids by alias."""
        self.plant_principals(asking[self.region], account, self.partition)
        ids: dict[str, Any] = {}
        for alias, vpc in self.vpcs.items():
            region = vpc.region or self.region
            ids |= vpc.plant(asking[region], alias, region)
        for name, group in self.log_groups.items():
            asking[self.region]("logs:CreateLogGroup", logGroupName=name, **({"tags": group.tags} if group.tags else {}))
            if group.retention is not None:
                asking[self.region]("logs:PutRetentionPolicy", logGroupName=name, retentionInDays=group.retention)
        return ids

    def plant_brokers(self, ask: Ask, ids: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for the brokers, where ``${alias}`` stands for an id. Returns their ids by alias."""
        return {alias: ask("mq:CreateBroker", **self._members(alias, ids))["BrokerId"] for alias in self.brokers}

    def _members(self, alias: str, ids: Mapping[str, Any]) -> dict[str, Any]:
        members = {"BrokerName": alias, **_BROKER, **self.brokers[alias]}
        try:
            return {name: filled(value, ids) for name, value in members.items()}
        except KeyError as error:
            raise ValueError(f"the broker {alias}: ${{{error.args[0]}}} stands for nothing") from None

    def edits(self) -> Iterator[tuple[str, str]]:
        """ARNs of AWS managed policies and the texts that the account has of them."""
        for name, edit in self.managed_policies.items():
            yield managed_arn(name, self.partition), json.dumps(edited(name, edit))


def managed_arn(name: str, in_partition: str) -> str:
    """The ARN of an AWS managed policy; ValueError when there is none of that name."""
    found = next((policy for policy in managed_policies() if policy.name == name), None)
    if found is None:
        raise ValueError(f"AWS has no managed policy {name!r}")
    return found.arn(in_partition)


def edited(name: str, edit: Mapping[str, Any] | Without) -> dict[str, Any]:
    """The text of an AWS managed policy after an edit; ValueError for a policy or statement that there is not."""
    arn = managed_arn(name, "aws")
    if not isinstance(edit, Without):
        return dict(edit)
    policy = next(policy for policy in managed_policies() if policy.arn("aws") == arn)
    document: dict[str, Any] = json.loads(policy.document)
    statements = document["Statement"]
    unknown = [number for number in edit.without if number > len(statements)]
    if unknown:
        raise ValueError(f"{name} has {len(statements)} statements, and no statement {unknown[0]}")
    kept = [statement for number, statement in enumerate(statements, 1) if number not in edit.without]
    return {**document, "Statement": kept}
