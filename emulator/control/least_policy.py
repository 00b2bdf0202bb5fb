"""The least policy that a principal's calls needed, worked out from the decisions in the journal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from emulator.engine.journal import Entry
from emulator.policy.decide import Decision
from emulator.policy.match import glob, wild
from emulator.values.call import Need

Conditions = Mapping[str, frozenset[str]]
"""Values by condition key, each of which must be one of them."""

_KEPT = ("iam:AWSServiceName", "ec2:CreateAction", "ec2:AuthorizedService")
"""Keys that say what an action is for: AWS's own policies of services have them as conditions."""

_REQUEST_TAG, _RESOURCE_TAG = "aws:RequestTag/", "aws:ResourceTag/"
_ID = re.compile(r"\b(?:[a-z]+-[0-9a-f]{17}|[bc]-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
"""Ids that AWS makes up: nobody knows them before the thing is made."""

_STREAM = re.compile(r"(:log-group:[^:*]*).*")
_FROM_ELSEWHERE = {"resource-based policy", "role trust policy"}


class NothingNeededError(ValueError):
    """There is no policy to give: the principal made no call, or none that needed a permission."""


class _Needed(Struct):
    """What the calls needed: conditions by action and resource, in the order of the first call of each."""

    grants: dict[tuple[str, str], Conditions] = field(default_factory=dict)

    def add(self, action: str, resource: str, conditions: Conditions) -> None:
        """Two needs of one action and resource leave the conditions that both met, with the values of both."""
        known = self.grants.get((action, resource), conditions)
        common = {key: known[key] | conditions[key] for key in known if key in conditions}
        self.grants[action, resource] = common

    def least(self) -> dict[tuple[str, str], Conditions]:
        """Without what another grant gives already."""
        return {
            one: conditions
            for one, conditions in self.grants.items()
            if not any(self._covers(other, one) for other in self.grants)
        }

    def _covers(self, wide: tuple[str, str], narrow: tuple[str, str]) -> bool:
        is_wider = wide != narrow and wide[0] == narrow[0] and glob(wild(wide[1]))(narrow[1])
        limits, met = self.grants[wide], self.grants[narrow]
        return is_wider and all(key in met and met[key] <= values for key, values in limits.items())


def least_policy(entries: Sequence[Entry], principal: str, broker: str | None = None) -> dict[str, Any]:
    """An IAM policy with what the calls of a principal needed, those included that services made with its rights.

    ``principal`` is the ARN of a user, a role (for all its sessions), a session or an account's root; ``broker`` limits it
    to what was done for that broker. A call that was denied is left out; one that failed for another reason, or that a soft
    world let through, is in it. Raises :class:`NothingNeededError`.
    """
    made = frozenset(_made_ids(entries))
    needed = _Needed()
    calls = [entry for entry in entries if _is_by(entry, principal) and broker in {None, entry.subject}]
    for entry in calls:
        for decision in entry.decided if entry.outcome != "denied" else ():
            if not _is_from_elsewhere(decision):
                resource = _general(decision.need.resource, made)
                needed.add(decision.need.action, resource, _conditions(decision.need, resource, made))
    if not needed.grants:
        raise NothingNeededError(f"no call of {principal} in the journal needed a permission")
    return {"Version": "2012-10-17", "Statement": list(_statements(needed.least()))}


def _is_by(entry: Entry, principal: str) -> bool:
    return entry.who is not None and entry.who.kind != "service" and principal in {entry.who.arn, entry.who.entity}


def _is_from_elsewhere(decision: Decision) -> bool:
    """Whether a policy of the resource allowed it by itself: the caller's own need not."""
    return decision.is_allowed and decision.layer in _FROM_ELSEWHERE


# What is not known beforehand ----------------------------------------------------------------------------------------


def _made_ids(entries: Iterable[Entry]) -> Iterator[str]:
    """Ids that came up first in the answer of a call: it made them."""
    known: set[str] = set()
    for entry in entries:
        for asked in (entry.params, [decision.need.resource for decision in entry.decided]):
            known.update(_ids(asked))
        for answered in _ids(entry.result):
            if answered not in known:
                known.add(answered)
                yield answered


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _ID.findall(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)


def _general(arn: str, made: frozenset[str]) -> str:
    """The ARN with ``*`` for ids that were made, and for the streams of a log group."""
    general = _ID.sub(lambda found: "*" if found[0] in made else found[0], arn)
    if ":log-group:" not in general:
        return general
    group, star, _ = general.partition("*")
    return group + star if star else _STREAM.sub(r"\1:*", general)


def _conditions(need: Need, resource: str, made: frozenset[str]) -> Conditions:
    """Conditions that tell the purpose, the tags that are set, and those of a resource that has no id in the policy."""
    wanted = (_REQUEST_TAG, _RESOURCE_TAG) if "*" in resource else (_REQUEST_TAG,)
    return {
        key: frozenset({value})
        for key, value in need.keys.items()
        if isinstance(value, str) and (key in _KEPT or key.startswith(wanted)) and made.isdisjoint(_ID.findall(value))
    }


# Statements ----------------------------------------------------------------------------------------------------------


def _statements(grants: Mapping[tuple[str, str], Conditions]) -> Iterator[dict[str, Any]]:
    """As few as say it: resources of an action that share their conditions, then actions that share all of it."""
    resources: dict[tuple[str, Any], list[str]] = {}
    for (action, resource), conditions in grants.items():
        resources.setdefault((action, frozenset(conditions.items())), []).append(resource)
    actions: dict[tuple[Any, tuple[str, ...]], list[str]] = {}
    for (action, conditions), of_action in resources.items():
        actions.setdefault((conditions, tuple(sorted(of_action))), []).append(action)
    for (conditions, of_actions), names in actions.items():
        told = {"Effect": "Allow", "Action": _one_or_more(sorted(names)), "Resource": _one_or_more(of_actions)}
        if conditions:
            told["Condition"] = {
                "StringEquals": {key: _one_or_more(sorted(map(_literal, values))) for key, values in sorted(conditions)}
            }
        yield told


def _one_or_more(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _literal(value: str) -> str:
    """A value as a policy writes it: what looks like a variable is none."""
    return value.replace("${", "${$}{")
