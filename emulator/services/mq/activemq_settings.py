"""ActiveMQ configurations: XML, of the elements and attributes that Amazon MQ documents as permitted.

What is not permitted is taken out, and said (documented). ``activemq_elements.json`` has the permitted elements, each with
its attributes and what their values are: flag, number or text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from emulator.engine.service import Result
from emulator.services.mq import configuration_errors
from emulator.services.mq.configuration_data import decoded, encoded

_SCHEMA = "http://activemq.apache.org/schema/core"
_DEEPEST = 30
"""Levels of elements, far more than a configuration has (our choice)."""

_VALUES = {
    "flag": re.compile("true|false"),
    "number": re.compile(r"-?\d{1,19}(\.\d{1,9})?", re.ASCII),
    "text": re.compile(".*", re.DOTALL),
}


@cache
def _permitted() -> Mapping[str, Mapping[str, str]]:
    elements: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("activemq_elements.json").read_text("utf-8"))
    return elements


def sanitised(data: str) -> tuple[str, list[Result]]:
    """The data (base64) without what is not permitted, and a warning for each thing that was taken out.

    Data that has nothing to take out stays as it was given. 400 for what is no broker in ActiveMQ's schema, or has a DTD.
    """
    root = _parsed(decoded(data))
    if root.tag != f"{{{_SCHEMA}}}broker":
        raise configuration_errors.not_a_broker(_local(root.tag)[:100])
    warnings = list(_clean(root, 1))
    if not warnings:
        return data, []
    for element in filter(_is_element, root.iter()):
        element.tag = _local(element.tag)
    root.set("xmlns", _SCHEMA)
    return encoded(tostring(root, "unicode", xml_declaration=False)), warnings


def _parsed(text: str) -> Element:
    """The XML, with its comments. A document type is refused: nothing is ever expanded or fetched."""
    parser = XMLParser(target=TreeBuilder(insert_comments=True), forbid_dtd=True)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException:
        raise configuration_errors.xml_with_dtd() from None
    except ParseError as error:
        raise configuration_errors.not_xml(str(error)) from None
    return root


def _clean(element: Element, depth: int) -> Iterator[Result]:
    if depth > _DEEPEST:
        raise configuration_errors.xml_too_deep(_DEEPEST)
    yield from _clean_attributes(element)
    kept = []
    for child in element:
        if not _is_element(child) or _is_permitted(child):
            kept.append(child)
        else:
            yield {"ElementName": _local(child.tag), "Reason": "DISALLOWED_ELEMENT_REMOVED"}
    element[:] = kept
    for child in filter(_is_element, kept):
        yield from _clean(child, depth + 1)


def _is_element(node: Element) -> bool:
    """And not a comment."""
    return isinstance(node.tag, str)


def _is_permitted(child: Element) -> bool:
    name = _local(child.tag)
    return child.tag == f"{{{_SCHEMA}}}{name}" and name in _permitted() and name != "broker"


def _clean_attributes(element: Element) -> Iterator[Result]:
    name = _local(element.tag)
    permitted = _permitted()[name]
    for attribute, value in list(element.attrib.items()):
        if attribute not in permitted:
            reason = "DISALLOWED_ATTRIBUTE_REMOVED"
        elif not _VALUES[permitted[attribute]].fullmatch(value):
            reason = "INVALID_ATTRIBUTE_VALUE_REMOVED"
        else:
            continue
        del element.attrib[attribute]
        yield {"AttributeName": _local(attribute), "ElementName": name, "Reason": reason}


def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]
