"""How long a policy decision takes, and how it compares with a plain evaluator on the same cases.

Run it from the repository: ``python -m benchmarks.policy_decisions``. Figures are medians of one run; both evaluators agree on
every case, or the run fails. The plain evaluator is the one of the property tests: it reads the documents anew each time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from emulator.policy.decide import decide
from emulator.policy.document import parse
from emulator.services import managed
from emulator.values.call import Keys, Need, Principal
from tests.property.test_policy_oracle import CALLERS, Document, Layer, evaluate, source

AIMS = {"role": 15.0, "many": 100.0}
"""Microseconds, for the median decision of a group."""

ENDPOINT = "arn:aws:ec2:us-east-1:111122223333:vpc-endpoint/vpce-1"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/amazonmq/broker/b-1/general"


@dataclass(frozen=True)
class Case:
    """One request against some documents."""

    name: str
    action: str
    resource: str
    keys: Keys
    layers: list[Layer]
    caller: Principal


def role_cases() -> list[Case]:
    """AmazonMQServiceRolePolicy: each of its statements, once allowed and once denied."""
    stored = json.loads((Path(managed.__file__).parent / "AmazonMQServiceRolePolicy.json").read_text())
    layers = [Layer("identity-based policy", stored["Versions"][0]["Document"])]
    rows: list[tuple[str, str, Keys]] = [
        ("ec2:DescribeVpcEndpoints", "*", {}),
        ("ec2:CreateVpcEndpoint", ENDPOINT.replace("vpc-endpoint", "subnet"), {}),
        ("ec2:CreateVpcEndpoint", ENDPOINT.replace("vpce-1", "*"), {"aws:RequestTag/AMQManaged": "true"}),
        ("ec2:CreateVpcEndpoint", ENDPOINT.replace("vpce-1", "*"), {}),
        ("ec2:CreateTags", ENDPOINT.replace("vpce-1", "*"), {"ec2:CreateAction": "CreateVpcEndpoint"}),
        ("ec2:DeleteVpcEndpoints", ENDPOINT, {"ec2:ResourceTag/AMQManaged": "false"}),
        ("logs:PutLogEvents", f"{GROUP}:log-stream:rabbit@1.log", {}),
        ("logs:DeleteLogGroup", GROUP, {}),
    ]
    return [
        Case(f"{action.partition(':')[2]} {'with' if keys else 'without'} keys", action, resource, keys, layers, CALLERS[2])
        for action, resource, keys in rows
    ]


SERVICES = ("mq", "ec2", "logs", "s3", "iam", "sqs", "sns", "kms", "dynamodb", "lambda")


def statement(service: str, number: int) -> Document:
    """One of twenty of a service: names and wildcards, ARNs and variables, every family of operators."""
    actions: list[Any] = [
        f"{service}:Describe*",
        [f"{service}:Get{number}", f"{service}:List*"],
        f"{service}:*",
        f"{service}:DescribeBroker",
    ]
    resources: list[Any] = [
        f"arn:aws:{service}:*:*:broker:orders:*",
        [f"arn:aws:{service}:us-*:111122223333:thing/{number}/*", f"arn:aws:{service}:*:*:broker:*-{number}"],
        f"arn:aws:{service}:*:${{aws:PrincipalAccount}}:broker:${{aws:username, 'nobody'}}:*",
        "*",
    ]
    conditions: list[Document] = [
        {"StringEquals": {"aws:RequestTag/team": [f"t{number}", "blue"]}},
        {"StringLike": {"aws:username": "ad?-*"}, "Bool": {"aws:SecureTransport": "true"}},
        {"NumericLessThan": {"app:Size": str(number)}, "Null": {"aws:RequestTag/team": "false"}},
        {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00+00:00"}},
        {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "env"]}, "ArnLike": {"aws:SourceArn": "arn:aws:mq:*:*:broker:*"}},
    ]
    return {
        "Effect": "Deny" if number % 7 == 6 else "Allow",
        "Action": actions[number % 4],
        "Resource": resources[number % 3 if number % 5 else 3],
        "Condition": conditions[number % 6] if number % 7 != 6 else {"StringEquals": {"aws:RequestTag/team": "nobody"}},
    }


def many(services: tuple[str, ...]) -> list[Layer]:
    """Ten policies of twenty statements."""
    bodies = [[statement(service, number) for number in range(20)] for service in services]
    return [Layer("identity-based policy", {"Version": "2012-10-17", "Statement": body}) for body in bodies]


def many_cases(services: tuple[str, ...], label: str) -> list[Case]:
    broker = "arn:aws:mq:us-east-1:111122223333:broker:orders:b-1"
    keys: dict[str, str | list[str]] = {
        "aws:username": "ada",
        "aws:PrincipalAccount": "111122223333",
        "aws:SecureTransport": "false",
        "app:Size": "500",
        "aws:CurrentTime": "2026-09-21T00:00:00+00:00",
        "aws:SourceIp": "10.1.2.3",
        "aws:TagKeys": ["team", "owner"],
        "aws:SourceArn": broker,
    }
    rows: list[tuple[str, str, str, Keys]] = [
        ("denied by silence", "mq:DescribeBroker", broker, keys),
        ("allowed", "mq:DescribeBroker", broker, {**keys, "aws:RequestTag/team": "blue"}),
        ("denied", "mq:DescribeBroker", broker, {**keys, "aws:RequestTag/team": "nobody"}),
        ("no statement is about it", "route53:ListHostedZones", "*", keys),
    ]
    return [
        Case(f"{label}, {name}", action, resource, facts, many(services), CALLERS[0]) for name, action, resource, facts in rows
    ]


def timed(work: Callable[[], object], seconds: float = 0.3) -> float:
    """The median of single runs, in microseconds."""
    work()
    runs: list[int] = []
    end = perf_counter_ns() + int(seconds * 1e9)
    while perf_counter_ns() < end or len(runs) < 5:
        start = perf_counter_ns()
        work()
        runs.append(perf_counter_ns() - start)
    return median(runs) / 1000


def measure(case: Case) -> tuple[float, float]:
    sources = [source(layer, index) for index, layer in enumerate(case.layers)]
    need = Need(case.action, case.resource, case.keys)
    context = {key.lower(): value for key, value in case.keys.items()}
    plain = evaluate(case.action, case.resource, case.keys, case.caller, case.layers)
    if decide(need, case.caller, context, sources).effect != plain:
        sys.exit(f"{case.name}: the evaluators disagree")
    ours = timed(lambda: decide(need, case.caller, context, sources))
    theirs = timed(lambda: evaluate(case.action, case.resource, case.keys, case.caller, case.layers))
    return ours, theirs


def main() -> None:
    groups = {
        "role": ("AmazonMQServiceRolePolicy", role_cases()),
        "many": ("10 policies of 20 statements, one a service", many_cases(SERVICES, "10 services")),
        "worst": ("10 policies of 20 statements, all of the service that is asked", many_cases(("mq",) * 10, "one service")),
    }
    print(f"{'µs':>8} {'plain µs':>10} {'ratio':>7}")
    for key, (title, cases) in groups.items():
        figures = [(case, *measure(case)) for case in cases]
        print(f"\n{title}")
        for case, ours, theirs in figures:
            print(f"{ours:8.1f} {theirs:10.1f} {theirs / ours:7.0f}  {case.name}")
        ours, theirs = median(row[1] for row in figures), median(row[2] for row in figures)
        aim = f"  (aim: under {AIMS[key]:.0f})" if key in AIMS else ""
        print(f"{ours:8.1f} {theirs:10.1f} {theirs / ours:7.0f}  median{aim}")
    text = json.dumps(many(SERVICES)[0].document)
    print(f"\n{timed(lambda: parse.__wrapped__(text, 'identity')):8.0f}  to compile a document of 20 statements, once")


if __name__ == "__main__":
    main()
