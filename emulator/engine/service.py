"""Services and their operations, as tables of plain functions."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from emulator.engine.redaction import Redact, redactor
from emulator.shapes.check import Check, compile_check
from emulator.shapes.dialect import DIALECTS
from emulator.shapes.model import Model, Shape, expect, model
from emulator.shapes.plain_json import Checked
from emulator.values.call import Call, Need
from emulator.values.errors import not_implemented

if TYPE_CHECKING:
    from emulator.engine.plan import Plan
    from emulator.engine.timers import Timer
    from emulator.engine.world import World
    from emulator.values.record import Record

Result = dict[str, Any]
Run = Callable[..., Result]
Needs = Callable[["World", Call], Iterable[Need]]
_READS = ("Decode", "Describe", "Filter", "Generate", "Get", "List", "Lookup", "Search", "Simulate", "Test")
"""How the names of operations begin that change nothing."""

OnTimer = Callable[["World", "Timer"], None]
_Tree = dict[str, "_Tree"]


class Operation(Struct, frozen=True, dict=True):
    """One operation: ``run(world, call, **members)`` and, beside it, what must be authorised before it.

    The keyword arguments of ``run`` are the request members that the operation supports, in AWS's spelling; a TypedDict
    annotation says which members of a structure it supports. Any other member of AWS's model is refused by name.
    """

    service: str
    name: str
    run: Run
    needs: Needs

    @cached_property
    def is_reading(self) -> bool:
        """Whether it changes nothing, by its name."""
        return self.name.startswith(_READS)

    @cached_property
    def check(self) -> Check:
        of = model(self.service)
        return compile_check(of, of.operations[self.name].input, with_enums=DIALECTS[self.service].checks_enums)

    @cached_property
    def redact_params(self) -> Redact:
        """What the journal keeps of what it is asked."""
        of = model(self.service)
        return redactor(of, of.operations[self.name].input)

    @cached_property
    def redact_result(self) -> Redact:
        """What the journal keeps of what it answers."""
        of = model(self.service)
        return redactor(of, of.operations[self.name].output)

    @cached_property
    def _supported(self) -> dict[str, Any]:
        hints = typing.get_type_hints(self.run)
        signature = inspect.signature(self.run)
        return {
            name: hints.get(name, Any)
            for name, parameter in signature.parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        }

    @cached_property
    def refused(self) -> _Tree:
        """What :meth:`unsupported_members` lists, as a tree of names: of members in members."""
        tree: _Tree = {}
        for path in self.unsupported_members():
            branch = tree
            for name in path.split("."):
                branch = branch.setdefault(name, {})
        return tree

    def unsupported_members(self) -> list[str]:
        """Members of AWS's model that the operation refuses, as paths."""
        of = model(self.service)
        members = of.operations[self.name].input["members"]
        return [
            path
            for name, reference in members.items()
            for path in (_missing(of, of.member(reference), self._supported[name], name) if name in self._supported else [name])
        ]


def _first(refused: _Tree, value: Any) -> str | None:
    """The path of the first member in a value that is refused."""
    if isinstance(value, list):
        return next(filter(None, (_first(refused, item) for item in value)), None)
    if value is None or refused.keys().isdisjoint(value):
        return None
    for name in filter(refused.__contains__, value):
        if not refused[name]:
            return str(name)
        if path := _first(refused[name], value[name]):
            return f"{name}.{path}"
    return None


def _missing(of: Model, shape: Shape, hint: Any, path: str) -> Iterable[str]:
    hint = _bare(hint)
    if typing.is_typeddict(hint):
        hints = typing.get_type_hints(hint)
        for name, reference in shape["members"].items():
            if name in hints:
                yield from _missing(of, of.member(reference), hints[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif typing.get_origin(hint) is list:
        yield from _missing(of, of.member(shape["member"]), typing.get_args(hint)[0], path)


@cache
def _bare(hint: Any) -> Any:
    """``X`` of ``X | None``."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint


class LinkedRole(Struct, frozen=True):
    """The service-linked role that a service acts through.

    ``usage`` gives what still uses the role in an account: ARNs by Region. ``is_offered`` says where the role exists.
    """

    service: str
    name: str
    policy: str
    session: str
    is_offered: Callable[[str], bool]
    usage: Callable[[World, str], dict[str, list[str]]]

    @property
    def path(self) -> str:
        return f"/aws-service-role/{self.service}/"


class Export(Struct, frozen=True):
    """A field of records that a snapshot shows in another form: how it is made readable, and read back."""

    field: str
    readable: Callable[[Any], Any]
    read: Callable[[Any], Any]


class Service(Struct, frozen=True):
    """An AWS service: its operations by name, and what the engine must know of it.

    ``timers`` maps a timer's handler name to its function. ``settle_in`` makes what an account has from the start in a Region.
    ``before`` runs between the verdict and the effect (EC2's DryRun); ``handled`` names the members that it deals with.
    ``endpoint_services`` says whether a VPC endpoint service name is this service's own offer. ``exports`` are for snapshots.
    """

    name: str
    operations: Mapping[str, Operation]
    timers: Mapping[str, OnTimer] = field(default_factory=dict)
    plans: tuple[Plan, ...] = ()
    settle_in: Callable[[World, Call], None] | None = None
    before: Callable[[Call], None] | None = None
    handled: frozenset[str] = frozenset()
    linked_role: LinkedRole | None = None
    endpoint_services: Callable[[World, str, str], bool] | None = None
    exports: Mapping[type[Record], Export] = field(default_factory=dict)

    def unhandled(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The members that an operation itself deals with."""
        if self.handled.isdisjoint(params):
            return params
        return {name: value for name, value in params.items() if name not in self.handled}

    def find(self, name: str) -> Operation:
        operation = self.operations.get(name)
        if operation is not None:
            return operation
        of = model(self.name)
        if name in of.operations:
            raise not_implemented(f"{self.name}:{name}")
        raise DIALECTS[self.name].unknown_operation(name, of.api_version)


def operations(service: str, *modules: types.ModuleType) -> dict[str, Operation]:
    """The operations in some modules: every public function that has a ``…_needs`` generator beside it."""
    found: dict[str, Operation] = {}
    for module in modules:
        names = vars(module)
        for name, function in names.items():
            needs = names.get(f"{name}_needs")
            if needs is not None:
                action = _action(name)
                found[action] = Operation(service, action, function, needs)
    expect(service, found)
    return found


def _action(snake: str) -> str:
    """AWS's spelling of a snake_case name."""
    return "".join(word[:1].upper() + word[1:] for word in snake.split("_"))


def refuse_unsupported(operation: Operation, members: Mapping[str, Any]) -> None:
    """The first given member that the operation does not support, by its path."""
    path = None if operation.refused.keys().isdisjoint(members) else _first(operation.refused, members)
    if path is not None:
        raise not_implemented(f"The member {path} of {operation.service}:{operation.name}")


def refuse_invalid(operation: Operation, params: Mapping[str, Any]) -> None:
    """The model's constraints, worded as the service words them."""
    violations = () if isinstance(params, Checked) else operation.check(params)
    if violations:
        raise DIALECTS[operation.service].invalid(violations)
