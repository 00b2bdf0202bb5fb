"""YAML files read into strict models, with the place of what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class BadFileError(ValueError):
    """A file that is not what it should be: ``file:line:column: what is wrong``."""


class _Loader(yaml.SafeLoader):
    """Instants and dates stay texts: a policy's ``Version: 2012-10-17`` is one. A key that stands twice is refused."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's own table, without one row
        first: [row for row in rows if row[0] != "tag:yaml.org,2002:timestamp"]
        for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read(path: Path, kind: type[M]) -> M:
    """The model in a file (an empty file is an empty mapping). Raises :class:`BadFileError`, or OSError."""
    node, value = _parsed(path)
    try:
        return kind.model_validate({} if value is None else value)
    except ValidationError as error:
        first = error.errors()[0]
        mark, names = _found(node, first["loc"])
        raise BadFileError(f"{path}:{_place(mark)}: {'.'.join(names) or 'file'}: {first['msg']}") from None


def document(path: Path) -> Any:
    """What is in a file, as :func:`read` sees it before it is held against a model."""
    return _parsed(path)[1]


def _parsed(path: Path) -> tuple[yaml.Node | None, Any]:
    try:
        loader = _Loader(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise BadFileError(f"{path}:1:1: this is no UTF-8 text") from None
    except yaml.reader.ReaderError as error:
        raise BadFileError(f"{path}:1:{error.position + 1}: a character that YAML does not allow") from None
    try:
        node = loader.get_single_node()
        _refuse_doubles(node)
        return node, loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        text = " ".join(part for part in (error.context, error.problem) if part)
        raise BadFileError(f"{path}:{_place(error.problem_mark or error.context_mark)}: {text}") from None
    finally:
        loader.dispose()


def _place(mark: Any) -> str:
    return f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"


def _refuse_doubles(node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
            _refuse_doubles(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubles(item)


def _found(node: yaml.Node | None, loc: Sequence[str | int]) -> tuple[Any, list[str]]:
    """The place that pydantic speaks of, and its name: of a missing value, where it should be; of an unknown key, the key.

    What stands for no place in the file, but for one of the kinds that a value may have, is passed over.
    """
    mark, names = node.start_mark if node else None, []
    for part in loc:
        inside = _inside(node, part)
        if inside is not None:
            mark, node = inside
        elif part is not loc[-1] or str(part).startswith("<"):
            continue
        names.append(str(part))
    return mark, names


def _inside(node: yaml.Node | None, part: str | int) -> tuple[Any, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part].start_mark, node.value[part]
    return None
