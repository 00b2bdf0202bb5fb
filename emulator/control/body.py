"""What the control API is sent: strict models of JSON bodies, and the values they share."""

from __future__ import annotations

from typing import Annotated, TypeVar

from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from emulator.shapes.regions import partition


def _known_region(name: str) -> str:
    if partition(name) is None:
        raise ValueError("AWS has no such Region")
    return name


Account = Annotated[str, Field(pattern=r"^\d{12}$")]
Region = Annotated[str, AfterValidator(_known_region)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


B = TypeVar("B", bound=BaseModel)


def body(kind: type[B]) -> B:
    """The request's JSON. Its media type is one that a form of a web page cannot send."""
    if request.mimetype != "application/json":
        raise ValueError("the Content-Type must be application/json")
    return kind.model_validate_json(request.get_data())


def query(kind: type[B]) -> B:
    """The request's query string."""
    return kind.model_validate(request.args.to_dict())
