"""A seed file: there from the start, there again after a reset, refused in one line when it is none."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from click.testing import CliRunner

from emulator.cli import main
from emulator.config import Config
from emulator.control.seed import load
from emulator.server import Server

SEED = """
organizations:
  "111122223333":
    service_control_policies:
      - FullAWSAccess: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
      - NoBrokers: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "mq:*", Resource: "*"}]}
        FullAWSAccess: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
    resource_control_policies:
      NoLogs: {Version: "2012-10-17", Statement: [{Effect: Deny, Principal: "*", Action: "logs:*", Resource: "*"}]}
  "444455556666":
    management: true
"""


def refused(server: Server, service: str, operation: str) -> str:
    client = boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="111122223333",
        aws_secret_access_key="any",
    )
    with pytest.raises(ClientError) as error:
        getattr(client, operation)()
    client.close()
    return str(error.value)


def test_a_seed_is_there_from_the_start_and_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(SEED)
    with Server(Config(port=0, seed=file), seed=load(file)) as server:
        for _ in range(2):
            assert "with an explicit deny in a service control policy" in refused(server, "mq", "list_brokers")
            assert "with an explicit deny in a resource control policy" in refused(server, "logs", "describe_log_groups")
            requests.post(f"{server.url}/_emulator/reset", timeout=10).raise_for_status()


def test_a_seed_sets_quotas(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text('quotas: {"VPCs per Region": 1}')
    with Server(Config(port=0), seed=load(file)) as server:
        ec2 = boto3.client(
            "ec2",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="111122223333",
            aws_secret_access_key="any",
        )
        with pytest.raises(ClientError, match="VpcLimitExceeded"):
            ec2.create_vpc(CidrBlock="10.0.0.0/16")
        ec2.close()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("quotas: {Brokers: 1}", "there is no quota 'Brokers', but VPCs per Region"),
        ("users: []", "users: Extra inputs are not permitted"),
        ("organizations: {'1': {}}", "organizations.1.[key]: String should match pattern"),
        ("organizations: [", "while parsing"),
        ("organizations: {'111122223333': {service_control_policies: [{}]}}", "each level must have at least one"),
        ("organizations: {'111122223333': {service_control_policies: [{Bad: {}}]}}", "Syntax errors in policy."),
    ],
)
def test_a_file_that_is_no_seed(tmp_path: Path, text: str, wanted: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    told = CliRunner().invoke(main, ["serve", "--port", "0", "--seed", str(file)])
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert wanted in told.stderr


def test_an_empty_file_is_an_empty_seed(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("")
    assert load(file).organizations == {}
