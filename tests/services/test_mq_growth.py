"""What a call on a broker looks at does not grow with the number of brokers: records counted, nothing timed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.ec2 import quotas
from emulator.services.mq.broker import SHELF
from emulator.services.mq.quotas import BROKERS
from tests.conftest import Ask

FEW, MANY = SHELF + 5, 3 * SHELF
PER_VPC = 40


@pytest.fixture
def looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The records that the store gave out."""
    seen: list[Any] = []
    find, get = world.store.find, world.store.get

    def counted_find(*args: Any, **where: Any) -> Iterable[Any]:
        found = list(find(*args, **where))
        seen.extend(found)
        return found

    def counted_get(kind: Any, key: Any) -> Any:
        seen.append(key)
        return get(kind, key)

    monkeypatch.setattr(world.store, "find", counted_find)
    monkeypatch.setattr(world.store, "get", counted_get)
    return seen


@pytest.fixture
def grow(world: World, ask: Ask) -> Callable[[int], list[str]]:
    """``grow(50)``: as many more running private brokers, forty to a VPC."""
    world.quotas = {quotas.VPCS: 100, BROKERS: 1000}
    made: list[str] = []
    place: dict[str, Any] = {}

    def more(count: int) -> list[str]:
        for _ in range(count):
            if len(made) % PER_VPC == 0:
                vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
                subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
                group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="x", Description="x")["GroupId"]
                place.update(SubnetIds=[subnet], SecurityGroups=[group])
            made.append(create(ask, f"broker-{len(made)}", **place))
        world.advance(600)
        return made

    return more


def create(ask: Ask, name: str, **params: Any) -> str:
    """A private broker in a place, a public one without."""
    made = ask(
        "mq:CreateBroker",
        BrokerName=name,
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.t3.micro",
        PubliclyAccessible=not params,
        Logs={"General": True},
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
        **params,
    )
    return str(made["BrokerId"])


def test_calls_and_timers_look_at_the_same_whatever_the_number_of_brokers(
    world: World, ask: Ask, grow: Callable[[int], list[str]], looked_at: list[Any]
) -> None:
    def cost(work: Callable[[], Any]) -> int:
        looked_at.clear()
        work()
        return len(looked_at)

    def refuse_deletion(configuration: str) -> None:
        with pytest.raises(AwsError, match="is in use"):
            ask("mq:DeleteConfiguration", ConfigurationId=configuration)

    def costs() -> dict[str, int]:
        """A broker's whole life in a VPC of its own, while the others' health is not due."""
        vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="x", Description="x")["GroupId"]
        configuration = ask("mq:CreateConfiguration", Name=vpc, EngineType="RABBITMQ")["Id"]
        place = {"SubnetIds": [subnet], "SecurityGroups": [group], "Configuration": {"Id": configuration}}
        made: list[str] = []
        return {
            "create": cost(lambda: made.append(create(ask, f"in-{vpc}", **place))),
            "describe": cost(lambda: ask("mq:DescribeBroker", BrokerId=made[0])),
            "page": cost(lambda: ask("mq:ListBrokers", MaxResults=5)),
            "configuration": cost(lambda: refuse_deletion(configuration)),
            "first steps": cost(lambda: world.advance(31)),
        }

    grow(FEW)
    among_few = costs()
    grow(MANY)
    among_many = costs()
    assert among_many == among_few


def test_pages_go_on_in_order_while_brokers_come_and_go(world: World, ask: Ask) -> None:
    world.quotas = {BROKERS: 100}
    made = [create(ask, f"broker-{number}") for number in range(2 * SHELF + 10)]
    world.advance(600)
    gone = [*made[5:8], *made[SHELF - 3 : SHELF + 20]]
    for broker in gone:
        ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(600)
    listed, token = [], None
    while token is not None or not listed:
        page = ask("mq:ListBrokers", MaxResults=7, **({"NextToken": token} if token else {}))
        listed += [row["BrokerId"] for row in page["BrokerSummaries"]]
        token = page["NextToken"]
        if len(listed) == 14:
            made.append(create(ask, "late"))
    assert listed == [broker for broker in made if broker not in gone]
    assert ask("mq:ListBrokers", region="eu-west-1") == {"BrokerSummaries": [], "NextToken": None}


@pytest.mark.parametrize("token", ["", "x", "bm8=", "LTE=", "MQ==x"])
def test_a_token_of_no_page(ask: Ask, token: str) -> None:
    with pytest.raises(AwsError, match=r"BadRequestException: The specified nextToken is invalid\."):
        ask("mq:ListBrokers", NextToken=token)
