"""``mq-emulator demo``, as ``make demo`` runs it."""

from __future__ import annotations

import subprocess
import sys


def test_the_demo_tells_the_story() -> None:
    command = [sys.executable, "-m", "emulator", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    story = done.stdout
    beats = [
        "A private RabbitMQ cluster, from nothing to nothing",
        "mq:CreateBroker  as root",
        "iam:CreateServiceLinkedRole  as root via mq.amazonaws.com",
        "ec2:CreateVpcEndpoint  as assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ",
        "allowed ec2:CreateTags on vpc-endpoint/",
        "logs:CreateLogGroup  as assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ",
        "CREATION_IN_PROGRESS → RUNNING",
        "mq:DeleteBroker  as root",
        "RUNNING → DELETION_IN_PROGRESS",
        "ec2:DeleteVpcEndpoints  as assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ",
    ]
    places = [story.find(beat) for beat in beats]
    assert -1 not in places, beats[places.index(-1)]
    assert places == sorted(places)
    assert "by statement 2 of AmazonMQServiceRolePolicy" in story
    assert "denied" not in story
