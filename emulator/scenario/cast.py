"""Who calls in a scenario: the credentials of each name, made or opened at its first use, and boto3 clients with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from math import inf
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from emulator.scenario.model import RoleSession, Scenario
from emulator.scenario.target import Credentials, Target, client
from emulator.shapes.regions import partition


class RefusedError(Exception):
    """A call that ended in an error, AWS's or (by the name of its class) botocore's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Cast:
    """Calls as whom a scenario names. Close it when the play is over."""

    def __init__(self, scenario: Scenario, target: Target) -> None:
        self._scenario, self._target = scenario, target
        self._keys: dict[str, Credentials] = {}
        self._clients: dict[tuple[str, str, Credentials], Any] = {}
        self._accounts = dict(scenario.users())
        self._asked = 0

    def close(self) -> None:
        for one in self._clients.values():
            one.close()

    def ask(self, action: str, params: Mapping[str, Any], *, who: Any = "root", region: str | None = None) -> dict[str, Any]:
        """The answer as JSON would have it; ``who`` is a name, or what an operation gave out. Raises :class:`RefusedError`."""
        service, operation = action.split(":")
        try:
            asked = self._client(service, region or self._scenario.region, self._credentials(who))
            method = getattr(asked, xform_name(operation), None)
            if method is None:
                raise RefusedError("UnknownOperation", f"{service} has no operation {operation}")
            return dict(json.loads(json.dumps(method(**{**self._tokens(asked, operation), **params}), default=_plain)))
        except ClientError as error:
            raise RefusedError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise RefusedError(type(error).__name__, " ".join(str(error).split())) from error

    def _tokens(self, asked: Any, operation: str) -> dict[str, str]:
        """Idempotency tokens, which botocore draws by chance: in a fresh world they are the same in every run."""
        if not self._target.is_fresh:
            return {}
        self._asked += 1
        members = asked.meta.service_model.operation_model(operation).idempotent_members
        return dict.fromkeys(members, f"scenario-{self._asked}")

    def _client(self, service: str, region: str, keys: Credentials) -> Any:
        place = (service, region, keys)
        if place not in self._clients:
            self._clients[place] = client(self._target, service, region, keys)
        return self._clients[place]

    def _credentials(self, who: Any) -> Credentials:
        if not isinstance(who, str):
            return _given_out(who)
        if who not in self._keys or self._has_ended(self._keys[who]):
            self._keys[who] = self._found(who)
        return self._keys[who]

    def _has_ended(self, keys: Credentials) -> bool:
        """Whether a session's time is over. One that a fault has ended is not opened again."""
        return keys.expires < inf and keys.expires <= self._target.now()

    def _found(self, who: str) -> Credentials:
        account = self._scenario.account
        if who == "root" or re.fullmatch(r"\d{12}", who):
            return self._target.root(account if who == "root" else who)
        if "." in who and who.endswith(".amazonaws.com"):
            return self._target.of_service(who, account, self._scenario.region)
        opened = self._scenario.given.sessions.get(who)
        return self._open(who, opened) if opened else self._key_of(who)

    def _key_of(self, user: str) -> Credentials:
        """A user's fixed key, else one that its account's root makes now."""
        account = self._accounts.get(user, self._scenario.account)
        given = self._scenario.given.accounts.get(account)
        fixed = given.users[user].access_key if given and user in given.users else None
        if fixed is not None:
            return Credentials(fixed.id, fixed.secret)
        return Credentials.of(self.ask("iam:CreateAccessKey", {"UserName": user}, who=account)["AccessKey"])

    def _open(self, name: str, wanted: RoleSession) -> Credentials:
        params = {
            "RoleArn": self._arn(wanted.role),
            "RoleSessionName": name,
            "Policy": json.dumps(wanted.policy) if wanted.policy else None,
            "PolicyArns": [{"arn": arn} for arn in wanted.policy_arns],
            "Tags": [{"Key": key, "Value": value} for key, value in wanted.tags.items()],
            "DurationSeconds": wanted.duration,
        }
        said = {member: value for member, value in params.items() if value}
        return Credentials.of(self.ask("sts:AssumeRole", said, who=wanted.by)["Credentials"])

    def _arn(self, role: str) -> str:
        """A role's ARN: as it is, or by its name that of a given role or of the scenario's own account."""
        if role.startswith("arn:"):
            return role
        owners = [
            (number, all_of.roles[role].path) for number, all_of in self._scenario.given.accounts.items() if role in all_of.roles
        ]
        account, path = owners[0] if owners else (self._scenario.account, "/")
        return f"arn:{partition(self._scenario.region)}:iam::{account}:role{path}{role}"


def _given_out(answer: Any) -> Credentials:
    try:
        return Credentials.of(answer)
    except (KeyError, TypeError):
        raise RefusedError("NoCredentials", "what was saved is neither Credentials of STS nor an AccessKey of IAM") from None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value.decode("utf-8", "replace")
