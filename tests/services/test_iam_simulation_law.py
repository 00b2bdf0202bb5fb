"""The simulator decides as enforcement does, but for its documented differences (iam-engine reference, section 7)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator import Call, Clock, new_world
from emulator.engine import identity
from emulator.policy.decide import Kind, Source, decide
from emulator.policy.document import parse
from emulator.values.call import Need, Principal

HERE, THERE = "111122223333", "444455556666"
ADA, BOB = f"arn:aws:iam::{HERE}:user/ada", f"arn:aws:iam::{HERE}:user/bob"
ROOT = f"arn:aws:iam::{HERE}:root"
CALLER = Principal("user", HERE, ADA, ADA, entity=ADA)
WORLD = new_world(clock=Clock(frozen_at=1_790_000_000.0), seed="law", pace="real")
RESOURCES = [f"arn:aws:x:eu-west-1:{HERE}:{name}" for name in "ab"] + ["arn:aws:x:::a"]
ABROAD = [f"arn:aws:x:eu-west-1:{THERE}:{name}" for name in "ab"]

some = st.sampled_from
CONDITIONS = some(
    [
        {},
        {"StringEquals": {"k:one": "1"}},
        {"StringNotEquals": {"k:one": "1"}},
        {"Bool": {"k:two": "true"}},
        {"Null": {"k:two": "true"}},
        {"ForAnyValue:StringLike": {"k:many": "a*"}},
        {"StringEqualsIfExists": {"aws:username": "${k:one, 'ada'}"}},
    ]
)


def statements(resources: list[str], principals: list[Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    elements = {
        "Effect": some(["Allow", "Allow", "Deny"]),
        "Action": some(["*", "x:*", "x:A", "x:B"]),
        "Resource": some(resources),
        "Condition": CONDITIONS,
    }
    return st.fixed_dictionaries({**elements, "Principal": some(principals)} if principals else elements)


def documents(*args: Any) -> st.SearchStrategy[str]:
    return st.lists(statements(*args), min_size=1, max_size=3).map(
        lambda found: json.dumps({"Version": "2012-10-17", "Statement": found})
    )


OWN = documents(["*", "arn:aws:x:*", RESOURCES[0], ABROAD[0], "arn:aws:x:::*"])
CONTEXT = st.fixed_dictionaries(
    {},
    optional={"k:one": some(["1", "2"]), "k:two": some(["true", "false"]), "k:many": some([["a", "b"], ["c"]])},
)


def simulated(action: str, resource: str, context: dict[str, Any], **policies: Any) -> str:
    entries = [
        {
            "ContextKeyName": key,
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
            "ContextKeyValues": value if isinstance(value, list) else [value],
        }
        for key, value in context.items()
    ]
    params = {"ActionNames": [action], "ResourceArns": [resource], "CallerArn": ADA, "ContextEntries": entries, **policies}
    call = Call(
        service="iam",
        operation="SimulateCustomPolicy",
        params=params,
        principal=identity.root(HERE),
        region="us-east-1",
        partition="aws",
    )
    return str(WORLD.perform(call)["EvaluationResults"][0]["EvalDecision"])


def enforced(action: str, resource: str, context: dict[str, Any], **policies: Any) -> str:
    keys = {"aws:username": "ada", "aws:userid": ADA, "aws:principalarn": ADA, "aws:principalaccount": HERE, **context}
    sources = [_source("identity-based policy", text) for text in policies["PolicyInputList"]]
    sources += [_source("permissions boundary", text) for text in policies.get("PermissionsBoundaryPolicyInputList", [])]
    for place, level in enumerate(policies.get("OrderedOrganizationPolicyInputList", [])):
        sources += [_source("service control policy", text, place) for text in level["ServiceControlPolicyInputList"]]
    if "ResourcePolicy" in policies:
        sources.append(_source("resource-based policy", policies["ResourcePolicy"]))
    return decide(Need(action, resource), CALLER, keys, sources).effect


def _source(kind: Kind, text: str, level: int = 0) -> Source:
    return Source(kind, "p", parse(text, "resource" if kind == "resource-based policy" else "identity"), level)


IDENTITY = st.fixed_dictionaries(
    {"PolicyInputList": st.lists(OWN, max_size=3)},
    optional={
        "PermissionsBoundaryPolicyInputList": st.lists(OWN, min_size=1, max_size=1),
        "OrderedOrganizationPolicyInputList": st.lists(
            st.fixed_dictionaries({"ServiceControlPolicyInputList": st.lists(OWN, min_size=1, max_size=2)}),
            min_size=1,
            max_size=3,
        ),
    },
)
ACTIONS = some(["x:A", "x:B", "X:a"])


@given(ACTIONS, some([*RESOURCES, "*"]), CONTEXT, IDENTITY)
def test_identity_policies_boundary_and_organization(
    action: str, resource: str, context: dict[str, Any], policies: dict[str, Any]
) -> None:
    assert simulated(action, resource, context, **policies) == enforced(action, resource, context, **policies)


DIRECT = documents(RESOURCES, [{"AWS": ADA}, {"AWS": BOB}, "*", {"AWS": [BOB, ADA]}])


@given(ACTIONS, some(RESOURCES), CONTEXT, IDENTITY, DIRECT)
def test_a_resource_policy_that_names_the_caller(
    action: str, resource: str, context: dict[str, Any], policies: dict[str, Any], text: str
) -> None:
    policies = {**policies, "ResourcePolicy": text}
    assert simulated(action, resource, context, **policies) == enforced(action, resource, context, **policies)


@given(ACTIONS, some(ABROAD), CONTEXT, IDENTITY, documents(ABROAD, [{"AWS": ADA}, {"AWS": ROOT}, {"AWS": BOB}, "*"]))
def test_a_resource_of_another_account(
    action: str, resource: str, context: dict[str, Any], policies: dict[str, Any], text: str
) -> None:
    policies = {**policies, "ResourcePolicy": text}
    assert simulated(action, resource, context, **policies) == enforced(action, resource, context, **policies)


@given(ACTIONS, some(RESOURCES), CONTEXT, IDENTITY, documents(RESOURCES, [{"AWS": ROOT}, {"AWS": HERE}]))
def test_a_resource_policy_that_names_the_account_only_ever_grants_more(
    action: str, resource: str, context: dict[str, Any], policies: dict[str, Any], text: str
) -> None:
    """The documented difference: the account's name is enough here."""
    policies = {**policies, "ResourcePolicy": text}
    found, real = simulated(action, resource, context, **policies), enforced(action, resource, context, **policies)
    assert found == real or (found, real) == ("allowed", "implicitDeny")
