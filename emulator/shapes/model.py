"""AWS's service models, read from botocore's data files without importing botocore's code (which costs 150 ms)."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import Struct

Shape = dict[str, Any]

_VERSIONS = {
    "cloudtrail": "2013-11-01",
    "ec2": "2016-11-15",
    "iam": "2010-05-08",
    "logs": "2014-03-28",
    "mq": "2017-11-27",
    "sts": "2011-06-15",
}
SERVICES = frozenset(_VERSIONS)

_CORRECTIONS: dict[str, dict[str, Shape]] = {
    # The service takes wildcards here (recorded); the model's pattern does not.
    "iam": {"AttachmentName": {"pattern": r".*[\w+=,.@-]+.*"}},
}


def data_file(*parts: str) -> Any:
    """A JSON file of botocore's data folder, gzipped or not."""
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("botocore is not installed")
    path = Path(spec.submodule_search_locations[0], "data", *parts)
    packed = path.with_name(path.name + ".gz")
    return json.loads(gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes())


class OperationModel(Struct, frozen=True, dict=True):
    """One operation of a service model."""

    model: Model
    name: str
    raw: dict[str, Any]

    @property
    def input(self) -> Shape:
        return self.model.shape(self.raw["input"]["shape"]) if "input" in self.raw else {"type": "structure", "members": {}}

    @property
    def output(self) -> Shape | None:
        return self.model.shape(self.raw["output"]["shape"]) if "output" in self.raw else None

    @property
    def method(self) -> str:
        return str(self.raw["http"]["method"])

    @property
    def status(self) -> int:
        return int(self.raw["http"].get("responseCode", 200))

    @cached_property
    def uri(self) -> re.Pattern[str]:
        """Matches the path as sent, before percent-decoding; groups are ``p0``, ``p1`` … for :attr:`uri_names`."""
        parts = re.split(r"\{([^}]+)\}", self.raw["http"]["requestUri"])
        pattern = "".join(re.escape(part) if index % 2 == 0 else "([^/]+)" for index, part in enumerate(parts))
        return re.compile(pattern + "/?")

    @cached_property
    def uri_names(self) -> list[str]:
        return re.findall(r"\{([^}]+)\}", self.raw["http"]["requestUri"])


class Model:
    """A service model: its protocol, operations, shapes and errors."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._raw = data_file(service, _VERSIONS[service], "service-2.json")
        for name, changes in _CORRECTIONS.get(service, {}).items():
            self._raw["shapes"][name] |= changes
        metadata = self._raw["metadata"]
        self.protocol: str = metadata["protocol"]
        self.api_version: str = metadata["apiVersion"]
        self.target_prefix: str = metadata.get("targetPrefix", "")
        self.xml_namespace: str = metadata.get("xmlNamespace", "")
        self.operations = {name: OperationModel(self, name, raw) for name, raw in self._raw["operations"].items()}

    def shape(self, name: str) -> Shape:
        shape: Shape = self._raw["shapes"][name]
        return shape

    def member(self, reference: Shape) -> Shape:
        """The shape that a member refers to."""
        return self.shape(reference["shape"])

    @cached_property
    def errors(self) -> dict[str, Shape]:
        """Modelled errors by the code that the wire shows."""
        return {
            shape.get("error", {}).get("code", name): shape
            for name, shape in self._raw["shapes"].items()
            if shape.get("exception")
        }


@cache
def model(service: str) -> Model:
    """The model of a service, loaded at its first use."""
    return Model(service)
