"""What a broker shows and refuses in each of its states, through boto3, in an account whose clock is moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import requests
from botocore.exceptions import ClientError

from emulator.server import Server
from emulator.services.mq.broker import MOVES
from tests.conformance.test_mq_operations import refused
from tests.services.mq_worlds import ACTIVEMQ, CREATION, PASSWORD, RABBITMQ

Client = Callable[..., Any]
Advance = Callable[[float], None]
BASES: dict[str, dict[str, Any]] = {"ACTIVEMQ": ACTIVEMQ, "RABBITMQ": RABBITMQ | {"PubliclyAccessible": False}}
HEALTH_CHECK = 1200


@pytest.fixture
def advance(server: Server, account: str) -> Iterator[Advance]:
    """``advance(60)``: a minute of the account's clock, which stands still and at which Amazon MQ takes AWS's time."""
    with requests.Session() as session:
        session.trust_env = False

        def tell(**change: Any) -> None:
            session.post(f"{server.url}/_emulator/clock", json={"account": account, **change}, timeout=10).raise_for_status()

        tell(freeze=True, pace="real")
        yield lambda seconds: tell(advance=seconds)


# The legal moves -----------------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """An operation: how a refusal words it, its parameters, and the state that it leads to (its own: none)."""

    verb: str
    params: dict[str, Any]
    leads_to: str = ""


OPERATIONS = {
    "update_broker": Asked("updated", {"Logs": {"General": True}}),
    "reboot_broker": Asked("rebooted", {}, "REBOOT_IN_PROGRESS"),
    "delete_broker": Asked("deleted", {}, "DELETION_IN_PROGRESS"),
}
ALLOWED = {
    "CREATION_IN_PROGRESS": set(),
    "CREATION_FAILED": {"delete_broker"},
    "RUNNING": set(OPERATIONS),
    "REPLICA": {"update_broker", "reboot_broker"},
    "REBOOT_IN_PROGRESS": set(),
    "CRITICAL_ACTION_REQUIRED": set(OPERATIONS),
    "DELETION_IN_PROGRESS": set(),
}
"""A replica may be deleted once its pair has ended; it is RUNNING then."""


class Reach:
    """Brings a new broker into a state by what brings it there in life."""

    def __init__(self, client: Client, advance: Advance, engine: str) -> None:
        self.ec2, self.mq, self.advance = client("ec2"), client("mq"), advance
        self.there = client("mq", region_name="us-west-2")
        self.engine = engine

    def create(self, **changes: Any) -> str:
        return str(self.mq.create_broker(**(BASES[self.engine] | changes))["BrokerId"])

    def creation_in_progress(self) -> str:
        return self.create()

    def creation_failed(self) -> str:
        """Its group, or its interface, is gone when it is needed."""
        vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        group = self.ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g")["GroupId"]
        broker = self.create(SecurityGroups=[group])
        for interface in self.ec2.describe_network_interfaces()["NetworkInterfaces"]:
            self.ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
        self.ec2.delete_security_group(GroupId=group)
        self.advance(CREATION)
        return broker

    def running(self) -> str:
        broker = self.create()
        self.advance(CREATION)
        return broker

    def replica(self) -> str:
        standby = BASES[self.engine] | {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}
        primary = self.mq.create_broker(**standby)["BrokerArn"]
        self.advance(CREATION)
        users = [{"Username": "copy", "Password": PASSWORD, "ReplicationUser": True}]
        paired = {"DataReplicationMode": "CRDR", "DataReplicationPrimaryBrokerArn": primary, "Users": users}
        self.mq, there = self.there, self.there.create_broker(**(standby | paired))
        self.advance(CREATION)
        return str(there["BrokerId"])

    def reboot_in_progress(self) -> str:
        broker = self.running()
        self.mq.reboot_broker(BrokerId=broker)
        return broker

    def critical_action_required(self) -> str:
        broker = self.running()
        for endpoint in self.ec2.describe_vpc_endpoints()["VpcEndpoints"]:
            self.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
        if self.engine == "ACTIVEMQ":
            (interface,) = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
            self.ec2.detach_network_interface(AttachmentId=interface["Attachment"]["AttachmentId"])
        self.advance(HEALTH_CHECK)
        return broker

    def deletion_in_progress(self) -> str:
        broker = self.running()
        self.mq.delete_broker(BrokerId=broker)
        return broker

    def state(self, broker: str) -> str:
        return str(self.mq.describe_broker(BrokerId=broker)["BrokerState"])


def test_the_table_has_every_state() -> None:
    assert set(ALLOWED) == set(MOVES)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("engine", "state"), [(engine, state) for engine in BASES for state in ALLOWED if state != "REPLICA"])
def test_what_is_asked_in_each_state(client: Client, advance: Advance, engine: str, state: str, operation: str) -> None:
    reach, asked = Reach(client, advance, engine), OPERATIONS[operation]
    broker = getattr(reach, state.lower())()
    assert reach.state(broker) == state
    call = getattr(reach.mq, operation)
    if operation in ALLOWED[state]:
        call(BrokerId=broker, **asked.params)
        assert reach.state(broker) == (asked.leads_to or state)
        return
    text = f"Broker [{broker}] can't be {asked.verb} while it is in state [{state}]."
    wanted = {"code": "BadRequestException", "status": 400, "text": text, "attribute": "broker-id"}
    assert refused(call, BrokerId=broker, **asked.params) == wanted
    assert reach.state(broker) == state


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_asked_of_a_replica(client: Client, advance: Advance, operation: str) -> None:
    reach, asked = Reach(client, advance, "ACTIVEMQ"), OPERATIONS[operation]
    broker = reach.replica()
    assert reach.state(broker) == "REPLICA"
    if operation in ALLOWED["REPLICA"]:
        getattr(reach.mq, operation)(BrokerId=broker, **asked.params)
        assert reach.state(broker) == (asked.leads_to or "REPLICA")
        return
    answer = refused(reach.mq.delete_broker, BrokerId=broker)
    assert (answer["status"], answer["attribute"]) == (400, "broker-id")
    assert answer["text"] == (
        f"Broker [{broker}] is part of a data replication pair. Set [dataReplicationMode] to NONE on the primary broker first."
    )


# What DescribeBroker shows when --------------------------------------------------------------------------------------


def look(mq: Any, broker: str) -> dict[str, Any]:
    """What of a broker changes while it is made."""
    shown = mq.describe_broker(BrokerId=broker)
    used = {name: revision["Revision"] for name, revision in shown["Configurations"].items() if name != "History"}
    return {
        "state": shown["BrokerState"],
        "instances": len(shown["BrokerInstances"]),
        "configurations": used,
        "users": [(user["Username"], user.get("PendingChange")) for user in shown["Users"]],
    }


def seen(state: str, instances: int, configurations: dict[str, int], *users: tuple[str, str | None]) -> dict[str, Any]:
    return {"state": state, "instances": instances, "configurations": configurations, "users": list(users)}


TIMELINES: dict[str, list[tuple[float, dict[str, Any]]]] = {
    "ACTIVEMQ": [
        (0, seen("CREATION_IN_PROGRESS", 0, {})),
        (10, seen("CREATION_IN_PROGRESS", 0, {"Pending": 1}, ("admin", "CREATE"))),
        (400, seen("CREATION_IN_PROGRESS", 1, {"Current": 1}, ("admin", "CREATE"))),
        (680, seen("CREATION_IN_PROGRESS", 1, {"Current": 1}, ("admin", "CREATE"))),
        (695, seen("RUNNING", 1, {"Current": 1}, ("admin", None))),
    ],
    "RABBITMQ": [
        (0, seen("CREATION_IN_PROGRESS", 0, {})),
        (10, seen("CREATION_IN_PROGRESS", 0, {})),
        (500, seen("CREATION_IN_PROGRESS", 0, {})),
        (600, seen("RUNNING", 1, {})),
    ],
}
"""Seconds after CreateBroker. ActiveMQ's as observed; RabbitMQ shows neither users nor a configuration that nobody gave it."""


@pytest.mark.parametrize("engine", TIMELINES)
def test_a_broker_comes_and_goes(client: Client, advance: Advance, engine: str) -> None:
    mq = client("mq")
    broker = mq.create_broker(**BASES[engine])["BrokerId"]
    first, at = mq.describe_broker(BrokerId=broker), 0.0
    for moment, wanted in TIMELINES[engine]:
        advance(moment - at)
        at = moment
        assert look(mq, broker) == wanted, moment
    running = mq.describe_broker(BrokerId=broker)
    assert running["Created"] == first["Created"]
    assert running["Logs"] == first["Logs"]
    mq.delete_broker(BrokerId=broker)
    advance(100)
    going = mq.describe_broker(BrokerId=broker)
    assert (going["BrokerState"], going["Users"]) == ("DELETION_IN_PROGRESS", [])
    assert set(going) == set(running), "the whole body, as before"
    advance(300)
    with pytest.raises(ClientError) as gone:
        mq.describe_broker(BrokerId=broker)
    assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert gone.value.response["ErrorAttribute"] == "broker-id"
    text = f"Cannot find broker ID [{broker}]. Verify that your broker exists or check broker permissions."
    assert gone.value.response["Message"] == text
