"""IPv4 blocks as VPCs and subnets have them."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

from emulator.services.ec2 import errors

LARGEST = 16
SMALLEST = 28
RESERVED_FIRST = 4
RESERVED_LAST = 1
"""Addresses of a subnet that AWS keeps: network, router, DNS, future use, and broadcast."""


def parse(cidr: str | None) -> IPv4Network:
    """The block in canonical form: host bits are dropped."""
    if cidr is None:
        raise errors.missing("cidrBlock")
    if not re.fullmatch(r"[0-9.]+/[0-9]{1,2}", cidr):
        raise errors.not_a_cidr_block(cidr)
    try:
        return IPv4Network(cidr, strict=False)
    except ValueError:
        raise errors.not_a_cidr_block(cidr) from None


def has_allowed_size(network: IPv4Network) -> bool:
    return LARGEST <= network.prefixlen <= SMALLEST


def capacity(network: IPv4Network) -> int:
    """Addresses of a subnet that can be given out."""
    return network.num_addresses - RESERVED_FIRST - RESERVED_LAST
