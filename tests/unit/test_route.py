"""Which service and operation a request is for."""

from __future__ import annotations

import pytest

from emulator import AwsError
from emulator.gateway.route import operation_of, service_of
from emulator.shapes.model import SERVICES, model

VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15", "ec2": "2016-11-15"}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_the_credential_scope_decides(service: str) -> None:
    headers = {"x-amz-target": "Logs_20140328.CreateLogGroup"}
    assert service_of(service, headers, {"Action": "ListUsers", "Version": "2010-05-08"}) == service


@pytest.mark.parametrize(
    ("headers", "form", "service"),
    [
        ({"x-amz-target": "Logs_20140328.CreateLogGroup"}, {}, "logs"),
        ({}, {"Action": "ListUsers", "Version": "2010-05-08"}, "iam"),
        ({}, {"Action": "DescribeVpcs", "Version": "2016-11-15"}, "ec2"),
        ({}, {"Action": "GetCallerIdentity", "Version": "2011-06-15"}, "sts"),
        ({}, {"Action": "SendMessage"}, "sts"),
        ({}, {}, "mq"),
    ],
)
@pytest.mark.parametrize("scope", ["", "s3"])
def test_an_unsigned_request_is_read_as_what_it_looks_like(
    scope: str, headers: dict[str, str], form: dict[str, str], service: str
) -> None:
    assert service_of(scope, headers, form) == service


@pytest.mark.parametrize("service", ["iam", "sts", "ec2"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_service_reads_the_action(service: str, method: str) -> None:
    form = {"Action": "Anything", "Version": VERSIONS[service]}
    assert operation_of(service, method, "/", {}, form) == "Anything"


@pytest.mark.parametrize("version", ["", "2009-01-01"])
@pytest.mark.parametrize("service", ["iam", "sts"])
def test_another_api_version_has_no_operations(service: str, version: str) -> None:
    with pytest.raises(AwsError) as refused:
        operation_of(service, "POST", "/", {}, {"Action": "ListUsers", "Version": version})
    wanted = f"Could not find operation ListUsers for version {version or 'NO_VERSION_SPECIFIED'}"
    assert (refused.value.code, refused.value.message) == ("InvalidAction", wanted)


def test_ec2_takes_older_versions() -> None:
    assert operation_of("ec2", "POST", "/", {}, {"Action": "DescribeVpcs", "Version": "2014-10-01"}) == "DescribeVpcs"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("Logs_20140328.CreateLogGroup", "CreateLogGroup"),
        ("Logs_20140328.a.b", "a.b"),
        ("Logs_20140328", ""),
        ("CreateLogGroup", ""),
        ("Other.CreateLogGroup", ""),
        ("", ""),
    ],
)
def test_a_json_service_reads_the_target(target: str, name: str) -> None:
    assert operation_of("logs", "POST", "/", {"x-amz-target": target}, {}) == name


@pytest.mark.parametrize("operation", sorted(model("mq").operations))
def test_every_path_of_amazon_mq(operation: str) -> None:
    http = model("mq").operations[operation].raw["http"]
    path = http["requestUri"]
    for name in model("mq").operations[operation].uri_names:
        path = path.replace(f"{{{name}}}", f"a%2F{name}")
    assert operation_of("mq", http["method"], path, {}, {}) == operation
    assert operation_of("mq", http["method"], path + "/", {}, {}) == operation
    assert operation_of("mq", "PATCH", path, {}, {}) == ""
    assert operation_of("mq", http["method"], f"/v0{path}", {}, {}) == ""


@pytest.mark.parametrize(
    ("service", "method"), [("iam", "PUT"), ("sts", "HEAD"), ("ec2", "DELETE"), ("logs", "GET"), ("mq", "HEAD"), ("mq", "get")]
)
def test_other_methods_ask_for_nothing(service: str, method: str) -> None:
    headers = {"x-amz-target": "Logs_20140328.DescribeLogGroups"}
    assert operation_of(service, method, "/v1/brokers", headers, {"Action": "A", "Version": VERSIONS.get(service, "")}) == ""
