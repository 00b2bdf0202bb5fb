"""The lines that pages offer, run by the AWS CLI as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from emulator.server import Server
from tests.page.document import read
from tests.page.story import ACCOUNT, WHERE, ask, create

USER = f"arn:aws:iam::{ACCOUNT}:user/it-s"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "mq:*", "Resource": "*", "Sid": "Here"}]}


def line(server: Server, path: str) -> str:
    """The line on a page."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{server.url}/_emulator/{path}", timeout=60)
    assert answer.status_code == 200, answer.text
    return read(answer.text).parts["line"]


def run(text: str) -> subprocess.CompletedProcess[str]:
    keys = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "any", "AWS_PAGER": ""}
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **keys}
    return subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_call_of_the_journal_is_made_again(server: Server) -> None:
    text = """it's "quoted" $(id) `id` \\ <b> \u05d0"""
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": text}]}]
    ask(server, "ec2.create_vpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags)
    (entry,) = server.world.journal.select()
    done = run(line(server, f"page/journal/{entry.id}?{WHERE}"))
    assert (done.returncode, done.stderr) == (0, ""), done
    found = ask(server, "ec2.describe_vpcs", Filters=[{"Name": "tag-key", "Values": ["Name"]}])["Vpcs"]
    assert [vpc["Tags"] for vpc in found] == [tags[0]["Tags"]] * 2


def test_a_call_of_amazon_mq_is_made_by_somebody_else(server: Server) -> None:
    """The line says what was asked, not as whom."""
    create(server, "orders")
    server.world.advance(60)
    entry = next(entry for entry in server.world.journal.select() if entry.title == "ec2:CreateVpcEndpoint")
    done = run(line(server, f"page/journal/{entry.id}?{WHERE}"))
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["VpcEndpoint"]["VpcEndpointId"].startswith("vpce-")


@pytest.mark.parametrize(
    ("asked", "decision"),
    [
        ({"action": "mq:CreateBroker"}, "implicitDeny"),
        ({"action": "mq:CreateBroker", "policy": json.dumps(POLICY)}, "allowed"),
        ({"action": "mq:CreateBroker", "policy": json.dumps(POLICY), "instead": "true"}, "allowed"),
        ({"action": "iam:ListUsers", "context": "aws:SourceIp=10.0.0.1\naws:TagKeys=a\naws:TagKeys=b"}, "allowed"),
        ({"action": "iam:ListUsers", "policy": json.dumps(POLICY), "instead": "true"}, "implicitDeny"),
    ],
)
def test_a_question_is_answered_the_same(asked: dict[str, str], decision: str, server: Server) -> None:
    ask(server, "iam.create_user", UserName="it-s")
    own = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]}
    ask(server, "iam.put_user_policy", UserName="it-s", PolicyName="own", PolicyDocument=json.dumps(own))
    done = run(line(server, f"page/try?{WHERE}&{urlencode({'principal': USER, **asked})}"))
    assert done.returncode == 0, done
    (result,) = json.loads(done.stdout)["EvaluationResults"]
    assert result["EvalDecision"] == decision
