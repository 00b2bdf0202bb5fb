"""What a decision says: AWS's sentences, the explanation, the form for the journal, and that it is worked out lazily."""

from __future__ import annotations

import json

import pytest

from emulator.policy.decide import LAYERS, Decision, Kind, Source, decide
from emulator.policy.document import Kind as Grammar
from emulator.policy.document import MalformedPolicyError, Policy, parse
from emulator.values.call import Keys, Need, Principal

ADA = Principal(
    "user", "111122223333", "arn:aws:iam::111122223333:user/ada", "AIDAADAEXAMPLE000001", "arn:aws:iam::111122223333:user/ada"
)
VPC = "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1"
GRAMMARS: dict[str, Grammar] = {
    "resource-based policy": "resource",
    "resource control policy": "resource",
    "role trust policy": "trust",
}


def policy(*statements: dict[str, object], kind: Grammar = "identity") -> Policy:
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind)


def source(kind: Kind, effect: str, action: str = "ec2:*") -> Source:
    statement: dict[str, object] = {"Effect": effect, "Action": action, "Resource": "*"}
    grammar = GRAMMARS.get(kind, "identity")
    if grammar != "identity":
        statement["Principal"] = {"AWS": ADA.account}
    if grammar == "trust":
        del statement["Resource"]
    return Source(kind, kind, policy(statement, kind=grammar))


def ask(
    *sources: Source, resource: str = VPC, keys: Keys | None = None, action: str = "ec2:CreateVpc", trust: bool = False
) -> Decision:
    need = Need(action, resource, keys or {}, trust="{}" if trust else None)
    return decide(need, ADA, {key.lower(): value for key, value in need.keys.items()}, sources)


ALLOWED = source("identity-based policy", "Allow")
START = "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: ec2:CreateVpc"


@pytest.mark.parametrize("kind", LAYERS)
def test_the_sentence_of_an_explicit_deny(kind: Kind) -> None:
    """Section F of the behaviour reference; "a session policy" is what the wire says."""
    action = "sts:AssumeRole" if kind == "role trust policy" else "ec2:CreateVpc"
    decision = ask(source(kind, "Deny", action), source("identity-based policy", "Allow", "*"), action=action)
    article = "the" if kind == "role trust policy" else "an" if kind.startswith("identity") else "a"
    start = START.replace("ec2:CreateVpc", action)
    assert decision.effect == "explicitDeny"
    assert decision.sentence() == f"{start} on resource: {VPC} with an explicit deny in {article} {kind}"


@pytest.mark.parametrize("kind", ["service control policy", "identity-based policy", "permissions boundary", "session policy"])
def test_the_sentence_of_silence(kind: Kind) -> None:
    others = [] if kind == "identity-based policy" else [ALLOWED]
    decision = ask(source(kind, "Allow", "mq:*"), *others)
    assert decision.effect == "implicitDeny"
    assert decision.sentence() == f"{START} on resource: {VPC} because no {kind} allows the ec2:CreateVpc action"


def test_the_sentence_of_a_silent_resource_policy() -> None:
    decision = ask(ALLOWED, resource="arn:aws:ec2:us-east-1:444455556666:vpc/vpc-1")
    assert decision.sentence().endswith("because no resource-based policy allows the ec2:CreateVpc action")


def test_the_sentence_of_a_silent_trust_policy() -> None:
    decision = ask(source("identity-based policy", "Allow", "sts:*"), action="sts:AssumeRole", trust=True)
    assert decision.sentence().endswith("because no role trust policy allows the sts:AssumeRole action")


def test_the_sentence_names_no_star_and_shows_what_the_need_shows() -> None:
    assert ask(resource="*").sentence() == f"{START} because no identity-based policy allows the ec2:CreateVpc action"
    shown = decide(Need("iam:GetPolicy", VPC, shown="policy x"), ADA, {}, [])
    assert "perform: iam:GetPolicy on resource: policy x because" in shown.sentence()


def test_the_explanations() -> None:
    assert ask(ALLOWED).explanation() == "allowed by statement 1 of identity-based policy"
    assert ask(ALLOWED, source("identity-based policy", "Deny")).explanation() == "denied by statement 1 of identity-based policy"
    root = Principal("root", ADA.account, f"arn:aws:iam::{ADA.account}:root", ADA.account)
    assert decide(Need("ec2:CreateVpc", VPC), root, {}, []).explanation() == "allowed: the account's root user needs no policy"


def test_an_explanation_lists_what_came_near() -> None:
    near = policy(
        {"Sid": "Net", "Effect": "Allow", "Action": "ec2:*", "Resource": ["arn:aws:ec2:*:*:subnet/*", "arn:aws:s3:::b"]},
        {"Effect": "Allow", "Action": "mq:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/A": "1"}}},
    )
    mine = Source("identity-based policy", "mine", near)
    assert ask(mine).explanation() == (
        f"no identity-based policy allows ec2:CreateVpc on {VPC}; "
        f"statement 1 Net of mine does not apply: its resource [arn:aws:ec2:*:*:subnet/*, arn:aws:s3:::b] does not cover {VPC}; "
        "statement 3 of mine does not apply: it wants aws:RequestTag/A StringEquals 1, the request has no such key"
    )
    assert "aws:RequestTag/A StringEquals 1, the request has '2'" in ask(mine, keys={"aws:RequestTag/a": "2"}).explanation()


def test_the_form_for_the_journal() -> None:
    tagged = {"ForAnyValue:StringLike": {"aws:TagKeys": ["a*", "b"]}}
    mine = policy(
        {"Sid": "Tag", "Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": tagged},
        {"Effect": "Deny", "NotAction": ["ec2:*", "mq:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": VPC},
    )
    shown = ask(Source("identity-based policy", "mine", mine), keys={"aws:TagKeys": ["x"]}).to_json()
    assert json.loads(json.dumps(shown)) == shown
    statement = {"layer": "identity-based policy", "policy": "mine", "matched": False}
    reason = {"operator": None, "key": None}
    assert shown == {
        "action": "ec2:CreateVpc",
        "resource": VPC,
        "decision": "implicitDeny",
        "layer": "identity-based policy",
        "because": None,
        "explanation": shown["explanation"],
        "keys": {"aws:TagKeys": ["x"]},
        "statements": [
            {
                **statement,
                "statement": 1,
                "sid": "Tag",
                "effect": "Allow",
                "reason": {
                    "element": "condition",
                    "operator": "ForAnyValue:StringLike",
                    "key": "aws:TagKeys",
                    "wanted": ["a*", "b"],
                    "got": ["x"],
                },
            },
            {
                **statement,
                "statement": 2,
                "sid": None,
                "effect": "Deny",
                "reason": {**reason, "element": "action", "wanted": ["ec2:*", "mq:*"], "got": "ec2:CreateVpc"},
            },
            {
                **statement,
                "statement": 3,
                "sid": None,
                "effect": "Allow",
                "reason": {**reason, "element": "resource", "wanted": [VPC], "got": VPC},
            },
        ],
    }


def test_the_form_of_a_match_and_of_an_unnamed_caller() -> None:
    other = policy({"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "*", "Resource": "*"}, kind="resource")
    shown = ask(ALLOWED, Source("resource-based policy", "theirs", other)).to_json()
    assert shown["because"] == shown["statements"][0]
    assert shown["because"]["matched"] is True
    assert shown["statements"][1]["reason"] == {
        "element": "principal", "operator": None, "key": None, "wanted": ["444455556666"], "got": ADA.arn,
    }  # fmt: skip


def test_verdicts_are_worked_out_once_and_when_asked() -> None:
    decision = ask(ALLOWED)
    assert "verdicts" not in vars(decision)
    assert decision.verdicts is decision.verdicts
    assert decision.verdicts == (decision.because,)
    assert decision == ask(ALLOWED)


def test_a_policy_remembers_few_actions() -> None:
    mine = policy({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})
    for number in range(2_500):
        assert len(mine.about(f"ec2:{number}")) == 1
        assert mine.about(f"mq:{number}") == ()
    assert len(mine._by_action) <= 1_000


def test_documents_are_shared_by_content() -> None:
    text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    assert parse(text, "identity") is parse(text, "identity")


def test_an_endless_nest_is_refused() -> None:
    with pytest.raises(MalformedPolicyError, match=r"Syntax errors in policy\."):
        parse("[" * 200_000, "identity")


def test_a_fraction_keeps_its_digits_and_its_json() -> None:
    """A binary number would make 0.1000000000000000000001 equal to 0.1."""
    text = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",'
        ' "Condition": {"NumericEquals": {"aws:n": 0.1000000000000000000001}}}}'
    )
    mine = Source("identity-based policy", "mine", parse(text, "identity"))
    assert ask(mine, keys={"aws:n": "0.1000000000000000000001"}).is_allowed
    assert not ask(mine, keys={"aws:n": "0.1"}).is_allowed
    assert json.dumps(mine.policy.statements[0].document["Condition"]) == '{"NumericEquals": {"aws:n": 0.1}}'
