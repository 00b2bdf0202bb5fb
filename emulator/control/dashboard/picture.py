"""The picture of a broker: Amazon MQ above, its role between, and below what it made and uses in the customer's account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.control.dashboard.drawing import Arrow, Box, Drawing, cut

WIDTH = 440
_LEFT, _INNER = 8, 20
_WIDE = 396
"""Of a box in the account; beside it runs the line to the logs."""
_GAP = 34

Row = Mapping[str, Any]


def picture(broker: Row, role_url: str, logs_url: str) -> Drawing:
    """``broker`` is the control API's answer. ``logs_url`` ends where a group's name goes."""
    drawing = Drawing(WIDTH, f"Broker {broker['broker']['name']} and what belongs to it in account {broker['account']}")
    y = _service(drawing, broker, 8)
    if _uses_role(broker):
        y = _role(drawing, broker["parts"]["role"], role_url, y)
    actor_bottom = y
    y = _network(drawing, broker, y + _GAP)
    y = _logs(drawing, broker["parts"]["logGroups"], logs_url, actor_bottom, y + 26)
    drawing.height = y + 8
    return drawing


def _uses_role(broker: Row) -> bool:
    """For an ActiveMQ broker Amazon MQ acts as its creator, and as itself."""
    return bool(broker["broker"]["engine"] != "ActiveMQ")


def anchor(record_id: str) -> str:
    """The name of a record's place on the page."""
    return f"record-{record_id}"


def _service(drawing: Drawing, broker: Row, y: float) -> float:
    row, nodes = broker["broker"], len(broker["nodes"])
    many = f"{nodes} node{'' if nodes == 1 else 's'}"
    lines = ("Amazon MQ", f"{cut(row['name'], 40)}: {row['state']}", f"{row['engine']} {row['engineVersion']}, {many}")
    drawing.boxes.append(Box(_LEFT, y, WIDTH - 2 * _LEFT, 62, lines, "service", "#broker"))
    return y + 62


def _role(drawing: Drawing, role: Row | None, url: str, y: float) -> float:
    drawing.arrows.append(Arrow(f"M 206 {y} V {y + _GAP}", "sts:AssumeRole", 214, y + 21))
    lines = ("Role", role["name"]) if role else ("Role", "not there yet")
    drawing.boxes.append(Box(_LEFT, y + _GAP, WIDTH - 2 * _LEFT, 44, lines, "role" if role else "absent", url))
    return y + _GAP + 44


def _network(drawing: Drawing, broker: Row, y: float) -> float:
    """The VPC around endpoint, subnets with their interfaces, and security groups; one box of a broker without a network."""
    parts = broker["parts"]
    if not parts["vpcs"] and not parts["subnets"]:
        what = (
            "nothing: it is reachable publicly" if broker["description"]["PubliclyAccessible"] else "nothing that is still there"
        )
        drawing.boxes.append(Box(_LEFT, y, _WIDE, 44, ("In your network", what), "absent"))
        return y + 44
    vpc = parts["vpcs"][0] if parts["vpcs"] else None
    around = len(drawing.boxes)
    bottom = _endpoint(drawing, parts["endpoints"], y + 48) if _uses_role(broker) else y + 38
    spine = bottom
    for subnet in sorted(parts["subnets"], key=lambda one: str(one["AvailabilityZone"])):
        bottom = _subnet(drawing, subnet, parts["interfaces"], spine if _uses_role(broker) else 0, bottom + 10)
    for group in parts["securityGroups"]:
        bottom = _group(drawing, group, bottom + 10)
    lines = (f"VPC {vpc['CidrBlock']}", vpc["VpcId"]) if vpc else ("VPC", "gone")
    link = f"#{anchor(vpc['VpcId'])}" if vpc else ""
    drawing.boxes.insert(around, Box(_LEFT, y, _WIDE, bottom + 12 - y, lines, "vpc", link))
    action = "ec2:CreateVpcEndpoint" if _uses_role(broker) else "ec2:CreateNetworkInterface, as its creator"
    drawing.arrows.append(Arrow(f"M 206 {y - _GAP} V {y}", action, 214, y - _GAP + 21))
    return bottom + 12


def _endpoint(drawing: Drawing, endpoints: list[Row], y: float) -> float:
    for endpoint in endpoints:
        lines = (f"VPC endpoint: {endpoint['State']}", endpoint["VpcEndpointId"])
        tone = "good" if endpoint["State"].lower() == "available" else "busy"
        drawing.boxes.append(Box(_INNER, y, _WIDE - 24, 44, lines, tone, f"#{anchor(endpoint['VpcEndpointId'])}"))
        y += 44
    if not endpoints:
        drawing.boxes.append(Box(_INNER, y, _WIDE - 24, 44, ("VPC endpoint", "none"), "absent"))
        y += 44
    return y


def _subnet(drawing: Drawing, subnet: Row, interfaces: list[Row], spine: float, y: float) -> float:
    """A subnet and the interfaces in it, each at the end of a line from the endpoint, which ends at ``spine`` (0: none)."""
    inside = [one for one in interfaces if one["SubnetId"] == subnet["SubnetId"]]
    height = 46 + 32 * len(inside)
    lines = (f"{subnet['AvailabilityZone']}: subnet {subnet['CidrBlock']}", subnet["SubnetId"])
    drawing.boxes.append(Box(44, y, _WIDE - 48, height, lines, "subnet", f"#{anchor(subnet['SubnetId'])}"))
    for place, one in enumerate(inside):
        top = y + 42 + 32 * place
        text = f"{one['PrivateIpAddress']}  {one['NetworkInterfaceId']}"
        drawing.boxes.append(Box(56, top, _WIDE - 72, 26, (text,), "interface", f"#{anchor(one['NetworkInterfaceId'])}"))
        if spine:
            drawing.arrows.append(Arrow(f"M 32 {spine} V {top + 13} H 56", tone="plain"))
    return y + height


def _group(drawing: Drawing, group: Row, y: float) -> float:
    name = cut(group["GroupName"], 32)
    whole = group["GroupName"] if name != group["GroupName"] else ""
    lines = (f"Security group {name}", group["GroupId"])
    box = Box(44, y, _WIDE - 48, 44, lines, "group", f"#{anchor(group['GroupId'])}", whole)
    drawing.boxes.append(box)
    return y + 44


def _logs(drawing: Drawing, groups: list[Row], url: str, actor_bottom: float, y: float) -> float:
    if not groups:
        drawing.boxes.append(Box(_LEFT, y, _WIDE, 44, ("CloudWatch Logs", "no log group of this broker"), "absent"))
        return y + 44
    for group in groups:
        streams = len(group["streams"])
        lines = (f"Log group {group['name'].rsplit('/', 1)[-1]}", f"{streams} streams, {group['storedBytes']} bytes")
        drawing.boxes.append(Box(_LEFT, y, _WIDE, 44, lines, "logs", url + group["name"]))
        drawing.arrows.append(Arrow(f"M 420 {actor_bottom} V {y + 22} H {_LEFT + _WIDE}"))
        y += 54
    drawing.arrows.append(Arrow("", "logs:PutLogEvents", 300, y - 54 * len(groups) - 7))
    return y - 10
