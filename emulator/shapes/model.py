"""AWS's service models, read from botocore's data files without importing botocore's code (which costs 150 ms)."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import msgspec
from msgspec import Raw, Struct

Shape = dict[str, Any]

_GZIP = 31
"""What zlib is to expect: the bits of the largest window, and 16 for gzip's frame."""

_PARTS = ("member", "key", "value")
"""Where a shape refers to one other, besides its members."""

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


def data_file(*parts: str) -> bytes:
    """The text of a JSON file of botocore's data folder, gzipped or not."""
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("botocore is not installed")
    path = Path(spec.submodule_search_locations[0], "data", *parts)
    packed = path.with_name(path.name + ".gz")
    return zlib.decompress(packed.read_bytes(), wbits=_GZIP) if packed.exists() else path.read_bytes()


class RawOperation(TypedDict):
    """What is kept of an operation's text."""

    http: dict[str, Any]
    input: NotRequired[Shape]
    output: NotRequired[Shape]


class OperationModel(Struct, frozen=True, dict=True):
    """One operation of a service model."""

    model: Model
    name: str

    @cached_property
    def raw(self) -> RawOperation:
        return self.model.operation(self.name)

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


class _File(Struct):
    """A model as botocore keeps it; the texts of operations and shapes stay texts."""

    metadata: dict[str, Any]
    operations: dict[str, Raw]
    shapes: dict[str, Raw]


class Model:
    """A service model: its protocol, operations, shapes and errors.

    It keeps what ``expected`` operations need, without documentation, which is a fortieth of EC2's 4 MiB. For any other the file
    is read again.
    """

    def __init__(self, service: str, expected: set[str]) -> None:
        self.service = service
        self._expected = expected
        file = self._file()
        self.protocol: str = file.metadata["protocol"]
        self.api_version: str = file.metadata["apiVersion"]
        self.target_prefix: str = file.metadata.get("targetPrefix", "")
        self.xml_namespace: str = file.metadata.get("xmlNamespace", "")
        self.operations = {name: OperationModel(self, name) for name in file.operations}
        self._operations: dict[str, RawOperation] = {}
        self._shapes: dict[str, Shape] = {}
        self._exceptions = [name for name, text in file.shapes.items() if b'"exception"' in bytes(text)]
        self._take(file, shapes=self._exceptions)

    def operation(self, name: str) -> RawOperation:
        """Where an operation is asked for, and the shapes of its input and output."""
        if name not in self._operations:
            self._take(self._file(), [name])
        return self._operations[name]

    def shape(self, name: str) -> Shape:
        if name not in self._shapes:
            self._take(self._file(), shapes=[name])
        return self._shapes[name]

    def member(self, reference: Shape) -> Shape:
        """The shape that a member refers to."""
        return self.shape(reference["shape"])

    @cached_property
    def by_method(self) -> defaultdict[str, list[OperationModel]]:
        """The operations that are asked for with a method of HTTP."""
        found: defaultdict[str, list[OperationModel]] = defaultdict(list)
        for operation in self.operations.values():
            found[operation.method].append(operation)
        return found

    @cached_property
    def errors(self) -> dict[str, Shape]:
        """Modelled errors by the code that the wire shows."""
        shapes = {name: self._shapes[name] for name in self._exceptions}
        return {shape.get("error", {}).get("code", name): shape for name, shape in shapes.items() if shape.get("exception")}

    def _file(self) -> _File:
        return msgspec.json.decode(data_file(self.service, _VERSIONS[self.service], "service-2.json"), type=_File)

    def _take(self, file: _File, operations: Iterable[str] = (), shapes: Iterable[str] = ()) -> None:
        """Keep operations, the expected ones and these, and shapes with all that these refer to."""
        wanted = list(shapes)
        for name in self._expected.union(operations) & file.operations.keys():
            raw = self._operations[name] = msgspec.json.decode(file.operations[name], type=RawOperation)
            wanted += [raw[side]["shape"] for side in ("input", "output") if side in raw]
        corrections = _CORRECTIONS.get(self.service, {})
        while wanted:
            name = wanted.pop()
            if name not in self._shapes:
                shape = msgspec.json.decode(file.shapes[name]) | corrections.get(name, {})
                references = [*shape.get("members", {}).values(), *(shape[part] for part in _PARTS if part in shape)]
                for described in (shape, *references):
                    described.pop("documentation", None)
                self._shapes[name] = shape
                wanted += [reference["shape"] for reference in references]


_EXPECTED: defaultdict[str, set[str]] = defaultdict(set)


def expect(service: str, operations: Iterable[str]) -> None:
    """Let a service's model keep what these operations need."""
    _EXPECTED[service].update(operations)


@cache
def model(service: str) -> Model:
    """The model of a service, loaded at its first use."""
    return Model(service, _EXPECTED[service])
