"""A Describe call looks only at what can be in its answer, however much the account has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from emulator import World
from emulator.services.ec2 import quotas, vpc_endpoints
from emulator.services.ec2.network import VpcEndpoint
from emulator.store.memory import MemoryStore

PER_VPC, VPCS = 25, 8


@pytest.fixture
def views(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the world's endpoints of which a view was built. (A server of other tests may look at its own meanwhile.)"""
    seen: list[str] = []
    listing = vpc_endpoints.LISTING

    def view(where: World, endpoint: VpcEndpoint) -> dict[str, Any]:
        if where is world:
            seen.append(endpoint.id)
        return listing.view(where, endpoint)

    monkeypatch.setattr(vpc_endpoints, "LISTING", replace(listing, view=view))
    return seen


@pytest.fixture
def many(ask: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """200 endpoints in eight VPCs, and one more in another account."""
    monkeypatch.setitem(quotas.QUOTAS, quotas.VPCS, VPCS + 1)
    made = list(_made(ask, VPCS * PER_VPC, "111122223333"))
    return [*made, *_made(ask, 1, "444455556666")][:-1]


def _made(ask: Any, count: int, account: str) -> Iterator[str]:
    vpc = ""
    for number in range(count):
        if number % PER_VPC == 0:
            vpc = ask("ec2:CreateVpc", account=account, CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        tags = [{"Key": "AMQManaged", "Value": "true"}, {"Key": "Broker", "Value": f"b-{number}"}]
        yield ask(
            "ec2:CreateVpcEndpoint",
            account=account,
            VpcId=vpc,
            ServiceName="com.amazonaws.us-east-1.mq",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=False,
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
        )["VpcEndpoint"]["VpcEndpointId"]


def where(**filters: str) -> dict[str, Any]:
    names = {
        "state": "vpc-endpoint-state",
        "id": "vpc-endpoint-id",
        "vpc": "vpc-id",
        "managed": "tag:AMQManaged",
        "key": "tag-key",
    }
    return {"Filters": [{"Name": names.get(name, f"tag:{name}"), "Values": [value]} for name, value in filters.items()]}


def test_only_candidates_are_looked_at(ask: Any, many: list[str], views: list[str]) -> None:
    vpc = ask("ec2:DescribeVpcEndpoints", VpcEndpointIds=many[:1])["VpcEndpoints"][0]["VpcId"]
    for params, count, looked_at in (
        ({"VpcEndpointIds": many[7:9]}, 2, 2),
        (where(id=many[3]), 1, 1),
        (where(id="vpce-0"), 0, 0),
        (where(Broker="b-3"), 1, 1),
        (where(Broker="b-3", managed="true"), 1, 1),
        (where(managed="true", Broker="b-3", state="available"), 0, 1),
        (where(Broker="b-3?"), 10, 200),
        (where(vpc=vpc), PER_VPC, PER_VPC),
        (where(key="Colour"), 0, 0),
        (where(Colour="*"), 0, 0),
        ({"MaxResults": 5}, 5, 6),
        ({"MaxResults": 5, **where(managed="true")}, 5, 6),
        ({}, 200, 200),
    ):
        views.clear()
        assert len(ask("ec2:DescribeVpcEndpoints", **params)["VpcEndpoints"]) == count, params
        assert len(views) == looked_at, params


def test_tags_are_found_by_what_they_are_now(ask: Any, many: list[str], views: list[str]) -> None:
    ask("ec2:DeleteTags", Resources=many[:1], Tags=[{"Key": "Broker"}])
    ask("ec2:CreateTags", Resources=many[1:2], Tags=[{"Key": "Broker", "Value": "b-0"}])
    (found,) = ask("ec2:DescribeVpcEndpoints", **where(Broker="b-0"))["VpcEndpoints"]
    assert found["VpcEndpointId"] == many[1]
    assert ask("ec2:DescribeVpcEndpoints", **where(Broker="b-1"))["VpcEndpoints"] == []


def test_a_key_with_an_equals_sign_is_no_other_key(ask: Any, many: list[str]) -> None:
    ask("ec2:CreateTags", Resources=many[:1], Tags=[{"Key": "a=b", "Value": "c"}])
    ask("ec2:CreateTags", Resources=many[1:2], Tags=[{"Key": "a", "Value": "b=c"}])
    for name, value, place in (("a=b", "c", 0), ("a", "b=c", 1)):
        (found,) = ask("ec2:DescribeVpcEndpoints", **where(**{name: value}))["VpcEndpoints"]
        assert found["VpcEndpointId"] == many[place]


def test_a_new_endpoint_looks_at_no_deleted_one(world: World, ask: Any, many: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    gone = many[:PER_VPC]
    vpc = ask("ec2:DescribeVpcEndpoints", VpcEndpointIds=gone[:1])["VpcEndpoints"][0]["VpcId"]
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=gone)
    world.advance(60)
    still_known = {endpoint.id: endpoint.state for endpoint in world.store.find(VpcEndpoint)}
    assert {still_known.get(one) for one in gone} == {"deleted"}
    ask("ec2:ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames={"Value": True})
    looked_at: list[str] = []
    find = MemoryStore.find

    def noted(store: MemoryStore, kind: type[Any], /, *where: Any, **more: Any) -> list[Any]:
        found = list(find(store, kind, *where, **more))
        looked_at.extend(record.id for record in found if store is world.store)
        return found

    monkeypatch.setattr(MemoryStore, "find", noted)
    ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")
    ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.sqs", VpcEndpointType="Interface")
    assert looked_at
    assert not set(looked_at) & set(gone)
