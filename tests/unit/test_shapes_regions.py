"""Partitions, Regions, zones."""

from __future__ import annotations

import pytest

from emulator.shapes.regions import dns_suffix, is_offered, partition, regions, zones


@pytest.mark.parametrize(
    ("region", "name", "suffix"),
    [
        ("us-east-1", "aws", "amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("atlantis-1", None, "amazonaws.com"),
    ],
)
def test_every_region_has_its_partition(region: str, name: str | None, suffix: str) -> None:
    assert partition(region) == name
    assert dns_suffix(region) == suffix


def test_the_regions_of_a_partition() -> None:
    assert regions("aws-cn") == ("cn-north-1", "cn-northwest-1")
    assert "eu-central-1" in regions("aws")
    assert "aws-global" not in regions("aws")


def test_where_a_service_is_offered() -> None:
    assert is_offered("mq", "us-east-1")
    assert not is_offered("mq", "atlantis-1")
    assert not is_offered("nonsense", "us-east-1")


@pytest.mark.parametrize(
    ("region", "first", "count"),
    [
        ("us-east-1", ("us-east-1a", "use1-az1"), 6),
        ("us-west-1", ("us-west-1a", "usw1-az1"), 2),
        ("eu-west-1", ("eu-west-1a", "euw1-az1"), 3),
        ("ap-northeast-1", ("ap-northeast-1a", "apne1-az1"), 3),
        ("ap-southeast-2", ("ap-southeast-2a", "apse2-az1"), 3),
        ("ca-central-1", ("ca-central-1a", "cac1-az1"), 3),
        ("us-gov-west-1", ("us-gov-west-1a", "usgw1-az1"), 3),
        ("cn-northwest-1", ("cn-northwest-1a", "cnnw1-az1"), 3),
    ],
)
def test_zones_and_their_ids(region: str, first: tuple[str, str], count: int) -> None:
    assert zones(region)[0] == first
    assert len(zones(region)) == count


def test_zones_of_every_region_differ() -> None:
    for region in regions("aws"):
        names, ids = zip(*zones(region), strict=True)
        assert len(set(names)) == len(names)
        assert len(set(ids)) == len(ids)
