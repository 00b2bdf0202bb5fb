"""A recording turned into a scenario: ids become saved variables, secrets become variables to give, time becomes steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import yaml

from emulator.shapes.model import model
from emulator.values.errors import Unanswered

Recorded = Mapping[str, Any]
"""A call of a recording, as the control API shows it."""

MASK = "***"
_ID = re.compile(r"\b(?:[a-z]+(?:-[a-z]+)*-[0-9a-f]{17}|[bc]-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
"""The ids of EC2 and of Amazon MQ, which are others in every world."""

_STATE = re.compile(r"\w*(?:State|Status)")
_READS = ("Describe", "Get", "List")


class UnrecordableError(Exception):
    """What was recorded cannot be told as a scenario; says which call, and why."""


def scenario_of(recording: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The scenario that does again what was recorded. Raises :class:`UnrecordableError`."""
    if recording["full"]:
        raise UnrecordableError("the recording was full before it was stopped: record less at a time")
    calls = list(_without_repeats(recording["calls"]))
    if not calls:
        raise UnrecordableError("nothing was recorded")
    return _Telling(calls, recording).scenario(name)


def as_yaml(scenario: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(scenario), sort_keys=False, allow_unicode=True, width=120)


def _without_repeats(calls: Sequence[Recorded]) -> Iterator[Recorded]:
    """Of a look that was taken again and again, as a waiter does, the last."""
    for call, following in zip_longest(calls, calls[1:]):
        is_look = call["action"].split(":")[1].startswith(_READS)
        if not (is_look and following and _asked(call) == _asked(following)):
            yield call


def _asked(call: Recorded) -> tuple[Any, ...]:
    return call["action"], call["params"], call["principal"], call["region"]


class _Telling:
    """A scenario in the making."""

    def __init__(self, calls: Sequence[Recorded], recording: Mapping[str, Any]) -> None:
        self._calls = calls
        self._pace = recording["pace"]
        self._before = recording["before"]
        self._account, self._region = calls[0]["account"], calls[0]["region"]
        self._steps: list[dict[str, Any]] = []
        self._said: set[str] = set()
        """What clients have said so far: no answer is the source of it."""
        self._sources: dict[str, tuple[dict[str, Any], str]] = {}
        """A value that a call gave out: the call's step, and where in its result."""
        self._names: dict[str, str] = {}
        """The variable that a value was saved as."""
        self._variables: dict[str, None] = {}
        self._users: set[tuple[str, str]] = set()
        self._roles: set[tuple[str, str]] = set()
        self._keys: dict[str, tuple[dict[str, Any], str]] = {}
        """An access key that a call gave out: the call's step, and where its credentials are."""
        self._tokens = [str(value) for call in calls for value in _idempotent(call).values()]

    def scenario(self, name: str) -> dict[str, Any]:
        now = self._calls[0]["at"]
        for number, call in enumerate(self._calls, 1):
            if call["at"] - now >= 0.001:
                self._steps.append({"advance": round(call["at"] - now, 3)})
                now = call["at"]
            try:
                self._tell(call)
            except UnrecordableError as error:
                raise UnrecordableError(f"call {number} ({call['action']}): {error}") from None
        accounts = self._accounts()
        given = {"clock": {"frozen_at": self._calls[0]["time"], "pace": self._pace}} | (
            {"accounts": accounts} if accounts else {}
        )
        variables = {"variables": self._variables} if self._variables else {}
        head = {"name": name, "story": "Recorded.", "account": self._account, "region": self._region}
        return {**head, **variables, "given": given, "steps": self._steps}

    # one call ----------------------------------------------------------------------------------------------------

    def _tell(self, call: Recorded) -> None:
        if call["error"] == Unanswered.CODE:
            raise UnrecordableError("a fault closed its connection, and faults are not recorded")
        step: dict[str, Any] = {"call": call["action"]}
        self._said.update(_texts(call["params"]))
        who = self._who(call)
        step |= {} if who == "root" else {"as": who}
        step |= {} if call["region"] == self._region else {"region": call["region"]}
        params = self._filled(self._kept(call), is_known=call["error"] is None)
        step |= {"params": params} if params else {}
        if call["error"]:
            step["error"] = {"code": call["error"]}
        else:
            told = call["result"] or {}
            expected = {key: value for key, value in told.items() if _STATE.fullmatch(key) and isinstance(value, str)}
            step |= {"expect": expected} if expected else {}
            self._learn(call, step)
        self._steps.append(step)

    def _kept(self, call: Recorded) -> dict[str, Any]:
        """The parameters less the idempotency tokens that a client drew for this call alone."""
        drawn = {name for name, value in _idempotent(call).items() if self._tokens.count(str(value)) == 1}
        return {name: value for name, value in call["params"].items() if name not in drawn}

    def _learn(self, call: Recorded, step: dict[str, Any]) -> None:
        """Where the values of a result are that later calls may use, and the credentials in it."""
        for path, value in _leaves(call["result"]):
            if value not in self._said and len(value) >= 8 and any(character.isdigit() for character in value):
                self._sources.setdefault(value, (step, path))
        for place in ("AccessKey", "Credentials"):
            made = (call["result"] or {}).get(place)
            if isinstance(made, dict) and "AccessKeyId" in made:
                self._keys[made["AccessKeyId"]] = (step, place)
        if call["action"] == "sts:AssumeRole":
            self._roles.add(_owner(call["params"]["RoleArn"]))

    # who ---------------------------------------------------------------------------------------------------------

    def _who(self, call: Recorded) -> str:
        who = call["principal"]
        if who["service"]:
            return str(who["service"])
        if who["key"] in self._keys:
            step, place = self._keys[who["key"]]
            return f"${{{self._save(who['key'], step, place)}}}"
        if who["kind"] == "root":
            return "root" if call["account"] == self._account else str(call["account"])
        if who["kind"] == "user" and not who["key"].startswith("ASIA"):
            owner = _owner(who["arn"])
            self._users.add(owner)
            return owner[1]
        raise UnrecordableError("its session was opened before the recording began: start it first")

    def _accounts(self) -> dict[str, Any]:
        """Those who were there before, as far as they were used, and what their policies need."""
        accounts: dict[str, Any] = {}
        for kind, used in (("users", self._users), ("roles", self._roles)):
            for account, name in sorted(used):
                there = self._before.get(account, {}).get(kind, {})
                if name in there:
                    accounts.setdefault(account, {}).setdefault(kind, {})[name] = there[name]
        return {account: self._with_needed(account, all_of) for account, all_of in accounts.items()}

    def _with_needed(self, account: str, all_of: dict[str, Any]) -> dict[str, Any]:
        before = self._before[account]
        names = {name for user in all_of.get("users", {}).values() for name in user.get("groups", [])}
        groups = {name: before["groups"][name] for name in sorted(names)}
        holders = [*groups.values(), *all_of.get("users", {}).values(), *all_of.get("roles", {}).values()]
        arns = {arn for holder in holders for arn in [*holder.get("managed", []), holder.get("boundary", "")]}
        policies = {name: text for name, text in before["policies"].items() if any(arn.endswith(f"/{name}") for arn in arns)}
        more = {"policies": policies, "groups": groups}
        return {**{name: value for name, value in more.items() if value}, **all_of}

    # values ------------------------------------------------------------------------------------------------------

    def _filled(self, value: Any, name: str = "", *, is_known: bool) -> Any:
        """A parameter with what earlier calls gave out and with secrets replaced. ``is_known``: its ids must have a source."""
        if value == MASK:
            return self._variable(name)
        if isinstance(value, dict):
            return {key: self._filled(item, key, is_known=is_known) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, name, is_known=is_known) for item in value]
        return self._text(value, is_known=is_known) if isinstance(value, str) else value

    def _text(self, text: str, *, is_known: bool) -> str:
        if text in self._sources:
            return f"${{{self._save(text, *self._sources[text])}}}"
        for found in sorted(set(_ID.findall(text)), key=len, reverse=True):
            if found in self._sources:
                text = text.replace(found, f"${{{self._save(found, *self._sources[found])}}}")
            elif is_known:
                raise UnrecordableError(f"{found} was there before the recording began: start with an empty account")
        return text

    def _save(self, value: str, step: dict[str, Any], path: str) -> str:
        if value not in self._names:
            self._names[value] = self._free(_snake(re.findall(r"\w+", path)[-1]))
            step.setdefault("save", {})[self._names[value]] = path
        return self._names[value]

    def _variable(self, member: str) -> str:
        name = self._free(_snake(member))
        self._variables[name] = None
        return f"${{{name}}}"

    def _free(self, name: str) -> str:
        """The name, or the first ``name_2``, ``name_3`` … that nothing has."""
        taken = {*self._names.values(), *self._variables, "account", "region"}
        numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(one for one in numbered if one not in taken)


def _idempotent(call: Recorded) -> dict[str, Any]:
    """The idempotency tokens among a call's parameters."""
    service, operation = call["action"].split(":")
    members = model(service).operations[operation].input["members"]
    return {name: value for name, value in call["params"].items() if members.get(name, {}).get("idempotencyToken")}


def _owner(arn: str) -> tuple[str, str]:
    """The account and the name in the ARN of a user or role."""
    return arn.split(":")[4], arn.rsplit("/", 1)[-1]


def _snake(name: str) -> str:
    """``vpc`` of ``VpcId``: a member's name as a variable's."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return words.removesuffix("_id").removesuffix("_arn") or words


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts in a result, each with its JMESPath; those that a later call may well ask for first."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = key if re.fullmatch(r"[A-Za-z_]\w*", key) else f'"{key}"'
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value
