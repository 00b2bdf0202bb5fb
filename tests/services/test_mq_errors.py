"""Amazon MQ's errors: each has a constructor of its own, and every constructor is for something."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from emulator.services.mq import configuration_errors, errors, network_errors, replication_errors, user_errors

SOURCES = (errors, network_errors, user_errors, configuration_errors, replication_errors)
NAMES = {source.__name__.rpartition(".")[2] for source in SOURCES}
MODULES = [path for path in Path(errors.__file__).parent.glob("*.py") if path.stem not in NAMES]
SHAPES = {"bad_request", "conflict", "not_found"}
CONSTRUCTORS = {
    name: made for source in SOURCES for name, made in vars(source).items() if inspect.isfunction(made) and name not in SHAPES
}


def used() -> set[str]:
    """What the other modules name of the modules of errors."""
    found: set[str] = set()
    for path in MODULES:
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        found |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in NAMES}
    return found


def test_every_error_has_a_constructor_and_every_constructor_an_error() -> None:
    assert used() == set(CONSTRUCTORS)


def test_no_two_constructors_say_the_same() -> None:
    """But for those that pass on what another service says."""
    said: dict[tuple[str, str], str] = {}
    for name, make in CONSTRUCTORS.items():
        parameters = inspect.signature(make).parameters.items()
        error = make(**{one: ["x"] if "Sequence" in str(part.annotation) else "x" for one, part in parameters})
        if error.message != "x":
            assert said.setdefault((error.message, str(error.fields)), name) == name
