"""Laws of the policy engine: what must be so for every document and every request."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from itertools import product
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.policy.decide import Decision, Source, decide
from emulator.policy.document import Kind, MalformedPolicyError, Policy, parse
from emulator.values.call import Need, Principal
from tests.property import test_policy_oracle as oracle
from tests.property.test_policy_oracle import CALLERS, Document, Keys, Layer

law = settings(derandomize=True, max_examples=100, deadline=None)

ASKED = list(product(oracle.ACTIONS[:2], oracle.RESOURCES[:4], CALLERS))


def decided(facts: Keys, layers: list[Layer]) -> list[Decision]:
    """The decisions for a number of requests."""
    sources = [oracle.source(layer, index) for index, layer in enumerate(layers)]
    context = {key.lower(): value for key, value in facts.items()}
    return [decide(Need(action, resource, facts), caller, context, sources) for action, resource, caller in ASKED]


def statements(layer: Layer) -> list[Document]:
    return [*layer.document["Statement"]]


def with_statements(layer: Layer, body: list[Document]) -> Layer:
    return replace(layer, document={**layer.document, "Statement": body})


@st.composite
def layers_and_one_more(draw: st.DrawFn, effect: str) -> tuple[list[Layer], list[Layer]]:
    """Layers, and the same with one more statement of the effect in one of them."""
    before = draw(oracle.layers())
    index = draw(st.integers(0, len(before) - 1))
    extra = {**draw(oracle.statements(before[index].kind)), "Effect": effect}
    grown = with_statements(before[index], [*statements(before[index]), extra])
    if not oracle.is_storable(grown):  # a variable in a document of version 2008
        plain = {name: value for name, value in extra.items() if name not in {"Resource", "NotResource", "Condition"}}
        grown = with_statements(before[index], [*statements(before[index]), {**plain, "Resource": "*"}])
    return before, [*before[:index], grown, *before[index + 1 :]]


@law
@given(oracle.keys(), layers_and_one_more("Deny"))
def test_a_deny_more_never_grants(facts: Keys, grown: tuple[list[Layer], list[Layer]]) -> None:
    for before, after in zip(decided(facts, grown[0]), decided(facts, grown[1]), strict=True):
        assert before.is_allowed or not after.is_allowed


@law
@given(oracle.keys(), layers_and_one_more("Allow"))
def test_an_allow_more_never_denies(facts: Keys, grown: tuple[list[Layer], list[Layer]]) -> None:
    for before, after in zip(decided(facts, grown[0]), decided(facts, grown[1]), strict=True):
        assert after.is_allowed or not before.is_allowed
        assert (after.effect == "explicitDeny") == (before.effect == "explicitDeny")


@law
@given(oracle.keys(), oracle.layers(), st.data())
def test_order_and_repetition_never_matter(facts: Keys, given_layers: list[Layer], data: st.DataObject) -> None:
    mixed = [
        with_statements(layer, data.draw(st.permutations(statements(layer) * data.draw(st.integers(1, 2)))))
        for layer in data.draw(st.permutations(given_layers))
    ]
    for before, after in zip(decided(facts, given_layers), decided(facts, mixed), strict=True):
        assert (before.effect, before.layer) == (after.effect, after.layer)


@law
@given(oracle.keys(), oracle.layers())
def test_splitting_lists_never_matters(facts: Keys, given_layers: list[Layer]) -> None:
    split = [with_statements(layer, [part for one in statements(layer) for part in parts(one)]) for layer in given_layers]
    for before, after in zip(decided(facts, given_layers), decided(facts, split), strict=True):
        assert (before.effect, before.layer) == (after.effect, after.layer)


def parts(statement: Document) -> list[Document]:
    """A statement for each combination of an action, a resource and a principal; the Not forms stay whole."""
    found = [statement]
    for name in ("Action", "Resource"):
        if name in statement:
            found = [{**one, name: item} for one in found for item in oracle.as_list(statement[name])]
    if isinstance(statement.get("Principal"), dict):
        names = oracle.as_list(statement["Principal"]["AWS"])
        found = [{**one, "Principal": {"AWS": name}} for one in found for name in names]
    return found


# Anything at all -------------------------------------------------------------------------------------------------------

MARKS = (
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "Condition",
)
VALUES = (
    "2012-10-17",
    "2008-10-17",
    "Allow",
    "Deny",
    "mq:*",
    "sts:AssumeRole",
    "*",
    "arn:aws:s3:::b",
    "${aws:username}",
    "${",
    "1e9",
)
OPERATORS = (
    "StringLike",
    "ForAllValues:ArnLike",
    "NumericEquals",
    "DateLessThan",
    "IpAddress",
    "Null",
    "aws:x",
    "AWS",
    "Service",
    "",
)
words = st.sampled_from(MARKS + VALUES + OPERATORS)
texts = words | st.text(max_size=8)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
statement_junk = st.fixed_dictionaries(
    {},
    optional={
        "Sid": junk | texts,
        "Effect": st.sampled_from(["Allow", "Deny"]) | junk,
        "Action": st.just("sts:AssumeRole") | texts | st.lists(texts, max_size=2) | junk,
        "NotAction": texts | junk,
        "Resource": st.just("*") | texts | st.lists(texts, max_size=2) | junk,
        "NotResource": texts | junk,
        "Principal": st.just("*")
        | st.dictionaries(st.sampled_from(["AWS", "Service", "Federated"]), texts | junk, max_size=2)
        | junk,
        "NotPrincipal": texts | junk,
        "Condition": st.dictionaries(texts, st.dictionaries(texts, texts | junk, max_size=2), max_size=2) | junk,
    },
)
documents = junk | st.fixed_dictionaries(
    {"Statement": statement_junk | st.lists(statement_junk, max_size=2) | junk},
    optional={"Version": st.just("2012-10-17") | junk, "Id": junk},
)
kinds: st.SearchStrategy[Kind] = st.sampled_from(["identity", "session", "trust", "resource"])


@settings(derandomize=True, max_examples=800, deadline=None)
@given(documents, kinds)
def test_any_json_is_a_policy_or_malformed(document: Any, kind: Kind) -> None:
    with contextlib.suppress(MalformedPolicyError):
        assert isinstance(parse(json.dumps(document), kind), Policy)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(), kinds)
def test_any_text_is_malformed(text: str, kind: Kind) -> None:
    with pytest.raises(MalformedPolicyError):
        parse(text, kind)


signs = st.text(alphabet="*?:${}a'b, /\U0001f600\U00010000\ud83d", max_size=12)
anything = st.text(max_size=10) | signs | st.sampled_from(["arn:aws:s3:::b", "10.0.0.0/8", "1e999999999", "2026-09-21", "YQ=="])
operators = st.sampled_from([name for names in oracle.OPERATORS.values() for name in names])


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.data())
def test_decide_never_raises(data: st.DataObject) -> None:
    """A session policy is stored with literals that do not convert, so that everything reaches the evaluation."""
    kind: Kind = "session"
    resource = data.draw(signs.map(lambda text: "arn:aws:s3:::" + text) | st.just("*"))
    condition = {data.draw(operators): {data.draw(anything): data.draw(st.lists(anything, max_size=3))}}
    statement = {
        "Effect": data.draw(st.sampled_from(["Allow", "Deny"])),
        "Action": "*",
        "Resource": resource,
        "Condition": condition,
    }
    try:
        policy = parse(json.dumps({"Version": "2012-10-17", "Statement": statement}), kind)
    except MalformedPolicyError:
        return
    key = next(iter(condition[next(iter(condition))]))
    context = {key.lower(): data.draw(anything | st.lists(anything, max_size=2)), "a": data.draw(anything)}
    caller = Principal(data.draw(st.sampled_from(["root", "user", "session", "service"])), *data.draw(st.tuples(*[anything] * 4)))
    sources = [Source("session policy", "P", policy), Source("identity-based policy", "Q", policy)]
    decision = decide(Need(data.draw(anything), data.draw(anything)), caller, context, sources)
    assert decision.sentence()
    assert decision.explanation()
    assert decision.to_json()


# Work ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * 700 + "*b", "a" * 100_000),
        ("*a?" * 300 + "b", "a" * 100_000),
        ("*" * 2_000 + "b", "a" * 100_000),
        ("a*" * 700 + "b", "a" * 100_000 + "c"),
        ("*ab" * 500, "a" * 100_000),
        ("?" * 2_000 + "*b*c", "a" * 100_000),
    ],
    ids=["stars and letters", "stars and ?", "only stars", "letters and stars", "pairs", "many ?"],
)
def test_no_pattern_takes_long(pattern: str, text: str) -> None:
    """A matcher that backtracks would need longer than the universe has; this one a few passes over the text."""
    condition = {"StringLike": {"aws:x": pattern}, "ArnLike": {"aws:y": f"arn:aws:s3:::{pattern}"}}
    body: list[Document] = [{"Effect": "Allow", "Action": "*", "Resource": f"arn:aws:s3:::{pattern}"}]
    body += [{"Effect": "Allow", "Action": f"s3:{pattern}", "Resource": "*"}]
    body += [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {name: test}} for name, test in condition.items()]
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": body}), "identity")
    source = Source("identity-based policy", "P", policy)
    start = perf_counter()
    decision = decide(
        Need(f"s3:{text}", f"arn:aws:s3:::{text}"), CALLERS[0], {"aws:x": text, "aws:y": f"arn:aws:s3:::{text}"}, [source]
    )
    assert decision.effect == "implicitDeny"
    assert perf_counter() - start < 3


@pytest.mark.parametrize(
    "text", ["${" * 50_000, "${a," + " " * 100_000, "${" + " " * 100_000 + "}", "$" * 100_000, "{" * 100_000]
)
def test_no_variable_takes_long(text: str) -> None:
    start = perf_counter()
    body: Document = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:x": text}}}
    with contextlib.suppress(MalformedPolicyError):
        parse(json.dumps({"Version": "2012-10-17", "Statement": body}), "identity")
    assert perf_counter() - start < 3
