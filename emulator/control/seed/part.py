"""What the parts of a seed share: strict models, names, policy documents."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from emulator.policy.document import Kind, parse
from emulator.shapes.regions import partition

Ask = Callable[..., Mapping[str, Any]]
"""``ask("iam:CreateUser", UserName="dev")``: a call as root of the account that is planted."""

_REFERENCE = re.compile(r"\$\{(\w+)\}")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _known_region(name: str) -> str:
    if partition(name) is None:
        raise ValueError(f"AWS has no Region {name!r}")
    return name


AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
Region = Annotated[str, AfterValidator(_known_region)]
Alias = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
"""What a thing is called in the file: ``${alias}`` stands for its id."""

Tags = dict[str, str]


def _with_version(document: Any) -> Any:
    return {"Version": "2012-10-17", "Statement": document} if isinstance(document, list) else document


def _checked(kind: Kind) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def check(document: dict[str, Any]) -> dict[str, Any]:
        parse(json.dumps(document), kind)
        return document

    return check


_Whole = Annotated[dict[str, Any], Field(json_schema_extra={"required": ["Statement"]})]
_Written = Annotated[dict[str, Any], BeforeValidator(_with_version, json_schema_input_type=_Whole | list[dict[str, Any]])]
"""A policy document, or just the list of its statements."""

Document = Annotated[_Written, AfterValidator(_checked("identity"))]
Trust = Annotated[_Written, AfterValidator(_checked("trust"))]
SessionDocument = Annotated[_Written, AfterValidator(_checked("session"))]
ResourceDocument = Annotated[_Written, AfterValidator(_checked("resource"))]
Documents = dict[str, Document]
"""Policy documents by name."""


def filled(value: Any, names: Mapping[str, Any]) -> Any:
    """A value with its ``${name}`` replaced; a text that is nothing else becomes the named value itself.

    ``KeyError`` for a name that stands for nothing. IAM's own variables, such as ``${aws:username}``, are left alone.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        return names[whole[1]] if whole else _REFERENCE.sub(lambda found: str(names[found[1]]), value)
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, dict):
        return {filled(key, names): filled(item, names) for key, item in value.items()}
    return value


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
