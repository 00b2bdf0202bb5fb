"""Users, groups, roles and the policies on them, made by IAM's own operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from emulator.control.seed.part import Ask, Documents, Part, Tags, Trust, tag_list

Name = Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,64}$")]


class AccessKey(Part):
    """A user's long-term key with a fixed id and secret, as test suites like to have it. Never use a key of AWS here."""

    id: Annotated[str, Field(pattern=r"^[A-Z0-9]{16,128}$")]
    secret: Annotated[str, Field(min_length=1, repr=False)]


class _Holder(Part):
    """What has policies. ``managed`` names managed policies: by ARN, or by name those in the account's ``policies`` and AWS's."""

    path: str = "/"
    policies: Documents = {}
    """Inline policies by name."""
    managed: list[str] = []


class Group(_Holder):
    pass


class User(_Holder):
    """``boundary`` is the permissions boundary, named as in ``managed``."""

    access_key: AccessKey | None = None
    groups: list[Name] = []
    boundary: str | None = None
    tags: Tags = {}


class Role(_Holder):
    """``trust`` is the trust policy; ``max_session`` is in seconds."""

    trust: Trust
    boundary: str | None = None
    max_session: Annotated[int, Field(ge=3600, le=43200)] = 3600
    tags: Tags = {}


class Principals(Part):
    """``policies`` are customer managed policies by name."""

    policies: Documents = {}
    groups: dict[Name, Group] = {}
    users: dict[Name, User] = {}
    roles: dict[Name, Role] = {}

    def plant_principals(self, ask: Ask, account: str, partition: str) -> None:
        """Make them all through ``ask``. A role's trust policy may name users, and roles that stand before it."""
        for name, document in self.policies.items():
            ask("iam:CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(document))
        arns = _Arns(account, partition, self.policies)
        for name, group in self.groups.items():
            ask("iam:CreateGroup", GroupName=name, Path=group.path)
            _give(ask, "Group", name, group, arns)
        for name, user in self.users.items():
            ask("iam:CreateUser", UserName=name, Path=user.path, Tags=tag_list(user.tags), **_boundary(user, arns))
            _give(ask, "User", name, user, arns)
            for group_name in user.groups:
                ask("iam:AddUserToGroup", GroupName=group_name, UserName=name)
        for name, role in self.roles.items():
            ask(
                "iam:CreateRole",
                RoleName=name,
                Path=role.path,
                AssumeRolePolicyDocument=json.dumps(role.trust),
                MaxSessionDuration=role.max_session,
                Tags=tag_list(role.tags),
                **_boundary(role, arns),
            )
            _give(ask, "Role", name, role, arns)


class _Arns:
    """Managed policies by the names that a file calls them."""

    def __init__(self, account: str, partition: str, own: Mapping[str, Any]) -> None:
        self._account, self._partition, self._own = account, partition, own

    def of(self, name: str) -> str:
        owner = self._account if name in self._own else "aws"
        return name if name.startswith("arn:") else f"arn:{self._partition}:iam::{owner}:policy/{name}"


def _boundary(holder: User | Role, arns: _Arns) -> dict[str, str]:
    return {"PermissionsBoundary": arns.of(holder.boundary)} if holder.boundary else {}


def _give(ask: Ask, kind: str, name: str, holder: _Holder, arns: _Arns) -> None:
    to = {f"{kind}Name": name}
    for policy, document in holder.policies.items():
        ask(f"iam:Put{kind}Policy", **to, PolicyName=policy, PolicyDocument=json.dumps(document))
    for policy in holder.managed:
        ask(f"iam:Attach{kind}Policy", **to, PolicyArn=arns.of(policy))
