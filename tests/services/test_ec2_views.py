"""Views that are kept show what is there now."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Call, new_world
from emulator.engine import identity
from emulator.services.ec2 import views
from emulator.services.ec2.network import InternetGateway
from emulator.services.ec2.views import Views
from emulator.shapes.write import writer


def gateway(number: int, vpc: str = "") -> InternetGateway:
    return InternetGateway(account="111122223333", region="us-east-1", id=f"igw-{number}", vpc=vpc)


def make(record: InternetGateway, *others: InternetGateway) -> dict[str, Any]:
    return {"InternetGatewayId": record.id, "OwnerId": " ".join(one.vpc for one in (record, *others))}


def test_a_view_is_kept_as_long_as_its_records_are_the_same() -> None:
    kept, one, other = Views(make), gateway(1, "a"), gateway(2, "b")
    first = kept.of(one, other)
    assert first == {"InternetGatewayId": "igw-1", "OwnerId": "a b"}
    assert kept.of(one, other) is first
    assert kept.of(one, gateway(2, "c"))["OwnerId"] == "a c"
    assert kept.of(gateway(1, "z"), other)["OwnerId"] == "z b"
    assert kept.of(one)["OwnerId"] == "a"


def test_no_more_views_are_kept_than_a_page_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_KEPT", 2)
    kept, gateways = Views(make), [gateway(number) for number in range(3)]
    first, second = kept.of(gateways[0]), kept.of(gateways[1])
    assert kept.of(gateways[0]) is first
    kept.of(gateways[2])
    assert kept.of(gateways[1]) == second
    assert kept.of(gateways[1]) is not second


def test_tags_are_shown_in_the_order_in_which_they_were_set() -> None:
    world = new_world(seed="order")

    def ask(operation: str, **params: Any) -> Any:
        caller = identity.root("111122223333")
        return world.perform(
            Call(service="ec2", operation=operation, params=params, principal=caller, region="us-east-1", partition="aws")
        )

    vpc = ask("DescribeVpcs")["Vpcs"][0]["VpcId"]
    made = ask("CreateVpcEndpoint", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")["VpcEndpoint"]["VpcEndpointId"]
    for order in ("ab", "ba"):
        for key in order:
            ask("CreateTags", Resources=[made], Tags=[{"Key": key, "Value": "x"}])
        shown = ask("DescribeVpcEndpoints", VpcEndpointIds=[made])["VpcEndpoints"][0]["Tags"]
        assert "".join(tag["Key"] for tag in shown) == order
        ask("DeleteTags", Resources=[made], Tags=[{"Key": key} for key in order])


def test_a_kept_view_is_written_as_any_other() -> None:
    shown, other = Views(make).of(gateway(1)), Views(make).of(gateway(2))
    write = writer("ec2", "DescribeInternetGateways")
    for _ in range(2):
        for items in ([shown, other], [other, shown]):
            answer = {"InternetGateways": items}
            assert write(answer, "id") == write({"InternetGateways": [dict(item) for item in items]}, "id")


def test_one_view_in_two_kinds_of_list_is_written_for_each() -> None:
    shown = Views(lambda one: {"Key": one.id}).of(gateway(1))
    for _ in range(2):
        assert b"<item><key>igw-1</key></item>" in writer("ec2", "DescribeTags")({"Tags": [shown]}, "id").body
        assert b"<member><Key>igw-1</Key></member>" in writer("iam", "ListRoleTags")({"Tags": [shown]}, "id").body


def test_worlds_with_the_same_ids_show_their_own() -> None:
    found = []
    for name in ("one", "two"):
        world = new_world(seed="twins", pace="instant")

        def ask(operation: str, _world: Any = world, **params: Any) -> Any:
            caller = identity.root("111122223333")
            return _world.perform(
                Call(service="ec2", operation=operation, params=params, principal=caller, region="us-east-1", partition="aws")
            )

        vpc = ask("DescribeVpcs")["Vpcs"][0]["VpcId"]
        tags = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": name}]}]
        place = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3"}
        made = ask("CreateVpcEndpoint", **place, TagSpecifications=tags)["VpcEndpoint"]["VpcEndpointId"]
        found.append(ask("DescribeVpcEndpoints", VpcEndpointIds=[made])["VpcEndpoints"][0])
        ask("CreateTags", Resources=[made], Tags=[{"Key": "Name", "Value": f"{name} again"}])
        found.append(ask("DescribeVpcEndpoints", VpcEndpointIds=[made])["VpcEndpoints"][0])
    assert len({one["VpcEndpointId"] for one in found}) == 1
    assert [one["Tags"][0]["Value"] for one in found] == ["one", "one again", "two", "two again"]
