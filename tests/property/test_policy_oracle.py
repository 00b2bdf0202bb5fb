"""The engine against a second evaluator, written plainly from the rules, that shares no code with it.

The evaluator below reads documents as they are, each time anew: no compiling, no caches, no short cuts. It knows the values that
the generated cases have, not every spelling: those are in tests/cases/policy. The benchmark runs against it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.policy.decide import Kind, Source, decide
from emulator.policy.document import Kind as Grammar
from emulator.policy.document import MalformedPolicyError, parse
from emulator.values.call import Need, Principal

Keys = Mapping[str, str | list[str]]
Document = dict[str, Any]


# The second evaluator ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """A document and the layer it belongs to."""

    kind: Kind
    document: Document
    level: int = 0


def evaluate(action: str, resource: str, keys: Keys, caller: Principal, layers: list[Layer]) -> str:
    """``allowed``, ``explicitDeny`` or ``implicitDeny``: iam-engine, section 1, from top to bottom."""
    is_linked = ":role/aws-service-role/" in caller.entity
    if is_linked:
        layers = [
            layer
            for layer in layers
            if layer.kind not in {"service control policy", "resource control policy", "permissions boundary"}
        ]
    is_bounded = any(layer.kind == "permissions boundary" for layer in layers)
    hits = [
        (layer, statement)
        for layer in layers
        for statement in as_list(layer.document["Statement"])
        if applies(statement, layer.document.get("Version"), action, resource, keys, caller, is_bounded)
    ]
    if any(statement["Effect"] == "Deny" for _, statement in hits):
        return "explicitDeny"
    for layer in layers:
        if layer.kind == "service control policy" and not any(
            hit.kind == "service control policy" and hit.level == layer.level for hit, _ in hits
        ):
            return "implicitDeny"

    def allows(kind: Kind) -> bool:
        return any(layer.kind == kind for layer, _ in hits)

    def limits(kind: Kind) -> bool:
        return any(layer.kind == kind for layer in layers) and not allows(kind)

    is_limited = limits("permissions boundary") or limits("session policy")
    ways = {named_as(statement, caller) for layer, statement in hits if layer.kind == "resource-based policy"}
    is_home = resource == "*" or resource.split(":")[4] in {"", caller.account}
    if is_home and (ways & {"self", "any"} or ("role" in ways and not is_limited)):
        return "allowed"
    if not is_home and not ways:
        return "implicitDeny"
    has_identity = caller.kind == "root" or allows("identity-based policy")
    return "allowed" if has_identity and not is_limited else "implicitDeny"


def applies(
    statement: Document, version: str | None, action: str, resource: str, keys: Keys, caller: Principal, is_bounded: bool
) -> bool:
    with_variables = version == "2012-10-17"
    if "Action" in statement and not any(glob(one.lower(), action.lower()) for one in as_list(statement["Action"])):
        return False
    if "NotAction" in statement and any(glob(one.lower(), action.lower()) for one in as_list(statement["NotAction"])):
        return False
    if "Principal" in statement and named_as(statement, caller) is None:
        return False
    if "NotPrincipal" in statement and not unnamed(statement, caller, is_bounded):
        return False
    if "Resource" in statement and not any(covers(one, resource, keys, with_variables) for one in as_list(statement["Resource"])):
        return False
    if "NotResource" in statement and any(
        covers(one, resource, keys, with_variables) for one in as_list(statement["NotResource"])
    ):
        return False
    for operator, tests in statement.get("Condition", {}).items():
        for key, values in tests.items():
            if not holds(operator, key, as_list(values), keys, with_variables, statement["Effect"]):
                return False
    return True


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def glob(pattern: str, text: str, literal: frozenset[int] = frozenset()) -> bool:
    """Dynamic programming over UTF-16 units; the places in ``literal`` are no wildcards, whatever stands there."""
    wanted, got = utf16(pattern), utf16(text)
    row = [True] + [False] * len(got)
    for place, unit in enumerate(wanted):
        star, one = (unit == ord(sign) and place not in literal for sign in "*?")
        new = [star and row[0]]
        for index, have in enumerate(got):
            new.append((row[index + 1] or new[index]) if star else (row[index] and (one or unit == have)))
        row = new
    return row[-1]


def utf16(text: str) -> list[int]:
    raw = text.encode("utf-16-le", "surrogatepass")
    return [raw[index] + 256 * raw[index + 1] for index in range(0, len(raw), 2)]


def fill(text: str, keys: Keys, with_variables: bool) -> tuple[str, frozenset[int]] | None:
    """The text with variables filled in, and which UTF-16 places of it are literal; None: a variable has no value."""
    out, literal, place = "", set(), 0
    while place < len(text):
        if not with_variables or not text.startswith("${", place):
            out += text[place]
            place += 1
            continue
        end = text.index("}", place)
        name = text[place + 2 : end]
        value: Any = name if name in {"*", "?", "$"} else lookup(name.split(",")[0].strip(), keys)
        if value is None and "," in name:
            value = name.split(",", 1)[1].strip()[1:-1]
        if not isinstance(value, str):
            return None
        literal |= set(range(len(utf16(out)), len(utf16(out + value))))
        out += value
        place = end + 1
    return out, frozenset(literal)


def lookup(name: str, keys: Keys) -> str | list[str] | None:
    return next((value for key, value in keys.items() if key.lower() == name.lower()), None)


def segments(text: str, literal: frozenset[int]) -> list[tuple[str, frozenset[int]]]:
    out, start = [], 0
    for part in text.split(":", 5):
        size = len(utf16(part))
        out.append((part, frozenset(place - start for place in literal if start <= place < start + size)))
        start += size + 1
    return out


def covers(pattern: str, resource: str, keys: Keys, with_variables: bool) -> bool:
    filled = fill(pattern, keys, with_variables)
    if filled is None:
        return False
    if filled == ("*", frozenset()):
        return True
    wanted, got = segments(*filled), resource.split(":", 5)
    if len(got) < 6:
        return False
    last, last_literal = wanted[-1]
    runs_on = last.endswith("*") and len(utf16(last)) - 1 not in last_literal
    if len(wanted) < 6 and not runs_on:
        return False
    return all(glob(part, text, literal) for (part, literal), text in zip(wanted, got, strict=False))


def identities(caller: Principal) -> list[set[str]]:
    """The caller itself, the role behind it, its account."""
    account = {caller.account, f"arn:aws:iam::{caller.account}:root"}
    if caller.kind == "root":
        return [account]
    own = {caller.arn, caller.id}
    return [own, {caller.entity, caller.id.split(":")[0]}, account] if ":assumed-role/" in caller.arn else [own, account]


def named_as(statement: Document, caller: Principal) -> str | None:
    if "NotPrincipal" in statement:
        return "any"
    names = statement["Principal"] if statement["Principal"] == "*" else as_list(statement["Principal"]["AWS"])
    if "*" in names:
        return "any"
    ways = ["self", "role", "account"] if ":assumed-role/" in caller.arn else ["self", "account"]
    return next((way for way, ids in zip(ways, identities(caller), strict=False) if ids & set(names)), None)


def unnamed(statement: Document, caller: Principal, is_bounded: bool) -> bool:
    names = set(as_list(statement["NotPrincipal"]["AWS"]))
    if statement["Effect"] == "Deny":
        return is_bounded or not all(ids & names for ids in identities(caller))
    return not any(ids & names for ids in identities(caller))


def holds(operator: str, key: str, values: list[str], keys: Keys, with_variables: bool, effect: str) -> bool:
    got = lookup(key, keys)
    if got == []:
        got = None
    if operator == "Null":
        return any((value.lower() == "true") == (got is None) for value in values)
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    is_negated = "Not" in name
    positive = name.replace("Not", "")
    if got is None:
        return if_exists or quantifier == "ForAllValues" or (is_negated and quantifier == "")
    if quantifier == "" and isinstance(got, list):
        return False
    results = []
    for one in as_list(got):
        result: bool | None = None
        if positive.startswith(("Arn", "Ip")) and read(positive, one) is None:
            result = False
        for value in values if result is None else []:
            outcome = compare(positive, one, fill(value, keys, with_variables))
            if outcome == "broken":
                result = effect == "Deny"
            elif outcome is True:
                result = not is_negated
            if result is not None:
                break
        results.append(is_negated if result is None else result)
    return any(results) if quantifier == "ForAnyValue" else all(results)


def compare(name: str, got: str, filled: tuple[str, frozenset[int]] | None) -> bool | str:
    if filled is None:
        return False
    wanted, literal = filled
    if name == "StringEquals":
        return got == wanted
    if name == "StringEqualsIgnoreCase":
        return got.lower() == wanted.lower()
    if name == "StringLike":
        return glob(wanted, got, literal)
    if name.startswith("Arn"):
        if filled == ("*", frozenset()):
            return True
        parts = segments(wanted, literal)
        if len(parts) < 6 or parts[0][0] != "arn":
            return "broken"
        return all(glob(part, text, places) for (part, places), text in zip(parts, got.split(":", 5), strict=True))
    left, right = read(name, got), read("Network" if name == "IpAddress" else name, wanted)
    if left is None or right is None:
        return False
    if name == "IpAddress":
        return bool(left // 2 ** (32 - right[1]) == right[0] // 2 ** (32 - right[1]))
    if name.endswith("LessThan"):
        return bool(left < right)
    if name.endswith("GreaterThanEquals"):
        return bool(left >= right)
    return bool(left == right)


def read(name: str, text: str) -> Any:
    """A value of the kind that the operator compares; None when the text is none."""
    try:
        if name.startswith("Arn"):
            return text if text.startswith("arn:") and text.count(":") >= 5 else None
        if name == "Bool":
            return text.lower() == "true"
        if name == "IpAddress":
            octets = [int(part) for part in text.split(".")]
            return sum(octet * 256**place for place, octet in enumerate(reversed(octets))) if len(octets) == 4 else None
        if name == "Network":
            return read("IpAddress", text.partition("/")[0]), int(text.partition("/")[2] or 32)
        if name.startswith("Date"):
            return datetime.fromisoformat(text).timestamp()
        return Fraction(text)
    except ValueError:
        return None


# Generated cases -----------------------------------------------------------------------------------------------------

HERE, THERE = "111122223333", "444455556666"
ACTIONS = ["mq:DescribeBroker", "mq:DeleteBroker", "ec2:DescribeVpcs", "MQ:describebroker"]
RESOURCES = [
    "*",
    f"arn:aws:mq:us-east-1:{HERE}:broker:orders:b-1",
    f"arn:aws:mq:us-east-1:{THERE}:broker:orders:b-1",
    "arn:aws:s3:::home/ada",
    "arn:aws:s3:::home/\U0001f600*",
    f"arn:aws-cn:ec2:cn-north-1:{HERE}:vpc/vpc-1",
]
PATTERNS = [
    "*",
    "arn:aws:mq:*",
    "arn:aws:m?:us-*-1:*:broker:*:b-?",
    "arn:aws:s3:::home/${aws:username}",
    "arn:aws:s3:::home/${aws:username, 'ada'}",
    "arn:aws:s3:::home/??${*}",
    "arn:aws:s3:::home/*?",
    "arn:*:ec2:*:${aws:PrincipalAccount}:vpc/*",
    "${app:Arn}",
]
CALLERS = [
    Principal("user", HERE, f"arn:aws:iam::{HERE}:user/ada", "AIDAADAEXAMPLE000001", f"arn:aws:iam::{HERE}:user/ada"),
    Principal(
        "session", HERE, f"arn:aws:sts::{HERE}:assumed-role/ci/run", "AROACIEXAMPLE0000001:run", f"arn:aws:iam::{HERE}:role/ci"
    ),
    Principal(
        "session",
        HERE,
        f"arn:aws:sts::{HERE}:assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ",
        "AROAMQEXAMPLE0000001:AmazonMQ",
        f"arn:aws:iam::{HERE}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ",
    ),
    Principal("root", HERE, f"arn:aws:iam::{HERE}:root", HERE),
    Principal("session", HERE, f"arn:aws:sts::{HERE}:federated-user/fed", f"{HERE}:fed", f"arn:aws:iam::{HERE}:user/ada"),
]
NAMES = ["*", HERE, THERE, f"arn:aws:iam::{HERE}:root", *(caller.arn for caller in CALLERS[:2]), CALLERS[1].entity, CALLERS[0].id]
KINDS: list[Kind] = [
    "identity-based policy",
    "identity-based policy",
    "resource-based policy",
    "permissions boundary",
    "session policy",
    "service control policy",
    "resource control policy",
]
VALUES = {
    "String": [
        "blue",
        "Blue",
        "b*",
        "",
        "\U0001f600",
        "x?",
        "b${*}",
        "??",
        "${aws:username}",
        "${app:Tags, 'blue'}",
        "${no:key, 'x1'}",
    ],
    "Numeric": ["1", "1.0", "10", "-3", "${aws:username}", "0.1"],
    "Date": ["2026-09-21T00:00:00+00:00", "2026-09-21T02:00:00+02:00", "2030-01-01T00:00:00+00:00"],
    "Bool": ["true", "TRUE", "false", "maybe"],
    "Ip": ["10.0.0.0/8", "10.1.2.3", "192.168.0.0/16", "0.0.0.0/0"],
    "Arn": ["*", "arn:aws:mq:*:*:broker:*", "arn:aws:s3:::home/*", "${app:Arn}", "arn:aws:iam::*:user/${aws:username}"],
}
GOT = {
    "String": ["blue", "BLUE", "b*", "", "\U0001f600", "x1", "ada"],
    "Numeric": ["1", "1.00", "9", "ten", "-3", ""],
    "Date": ["2026-09-21T00:00:00+00:00", "2026-09-21T00:00:00.500000+00:00", "soon"],
    "Bool": ["true", "True", "false", ""],
    "Ip": ["10.1.2.3", "192.168.7.7", "somewhere", "1.2.3"],
    "Arn": [*RESOURCES[1:4], "nonsense", "arn:aws:iam::1:user/ada"],
}
OPERATORS = {
    "String": [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ],
    "Numeric": ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals"],
    "Date": ["DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals"],
    "Bool": ["Bool"],
    "Ip": ["IpAddress", "NotIpAddress"],
    "Arn": ["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"],
}


def some(choices: list[Any], most: int = 3) -> st.SearchStrategy[Any]:
    """One of the choices, or a list of some."""
    return st.sampled_from(choices) | st.lists(st.sampled_from(choices), min_size=1, max_size=most)


@st.composite
def conditions(draw: st.DrawFn) -> Document:
    found: Document = {}
    for _ in range(draw(st.integers(0, 2))):
        if draw(st.integers(0, 5)) == 0:
            found["Null"] = {f"app:{draw(st.sampled_from(list(VALUES)))}": draw(st.sampled_from(["true", "false"]))}
            continue
        kind = draw(st.sampled_from(list(VALUES)))
        prefix = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
        suffix = draw(st.sampled_from(["", "", "IfExists"]))
        key = draw(st.sampled_from([f"app:{kind}", f"APP:{kind.upper()}", "app:Missing"]))
        found[prefix + draw(st.sampled_from(OPERATORS[kind])) + suffix] = {key: draw(some(VALUES[kind]))}
    return found


@st.composite
def statements(draw: st.DrawFn, kind: Kind) -> Document:
    found: Document = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))}
    actions = ["*", "mq:*", "mq:Describe*", "MQ:D?leteBroker", "ec2:DescribeVpcs", "*:Describe*"]
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(some(actions))
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(some(PATTERNS))
    if kind == "resource control policy":
        found["Principal"] = "*"
    if kind == "resource-based policy":
        if draw(st.integers(0, 3)):
            found["Principal"] = draw(st.just("*") | some(NAMES).map(lambda names: {"AWS": names}))
        else:
            found["NotPrincipal"] = {"AWS": draw(some(NAMES[1:], 4))}
    found["Condition"] = draw(conditions())
    return found


@st.composite
def layers(draw: st.DrawFn) -> list[Layer]:
    found = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(KINDS))
        body = draw(st.lists(statements(kind), min_size=1, max_size=3))
        version = draw(st.sampled_from(["2012-10-17"] * 4 + ["2008-10-17"]))
        layer = Layer(kind, {"Version": version, "Statement": body}, draw(st.integers(0, 1)))
        found.append(layer if is_storable(layer) else replace(layer, document={**layer.document, "Version": "2012-10-17"}))
    return found


def is_storable(layer: Layer) -> bool:
    """Version 2008 has no variables, and their text is no ARN and no number."""
    try:
        source(layer)
    except MalformedPolicyError:
        return False
    return True


@st.composite
def keys(draw: st.DrawFn) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for kind, values in GOT.items():
        choice = draw(st.none() | st.sampled_from(values) | st.lists(st.sampled_from(values), max_size=3))
        if choice is not None:
            found[f"app:{kind}"] = choice
    for name, value in (("aws:username", "ada"), ("aws:PrincipalAccount", HERE), ("app:Tags", ["a"])):
        if draw(st.booleans()):
            found[name] = value
    return found


def source(layer: Layer, index: int = 0) -> Source:
    grammar: Grammar = "resource" if layer.kind.startswith("resource") else "identity"
    return Source(layer.kind, f"P{index}", parse(json.dumps(layer.document), grammar), layer.level)


@settings(derandomize=True, max_examples=130, deadline=None)
@given(keys(), layers())
def test_a_second_evaluator_agrees(facts: Keys, given_layers: list[Layer]) -> None:
    """Each example is asked for every caller, action and resource."""
    sources = [source(layer, index) for index, layer in enumerate(given_layers)]
    context = {key.lower(): value for key, value in facts.items()}
    for action, resource, caller in product(ACTIONS, RESOURCES, CALLERS):
        decision = decide(Need(action, resource, facts), caller, context, sources)
        assert decision.effect == evaluate(action, resource, facts, caller, given_layers), (action, resource, caller)
        matched = {verdict.statement.effect for verdict in decision.verdicts if verdict.reason is None}
        assert ("Deny" in matched) == (decision.effect == "explicitDeny")
