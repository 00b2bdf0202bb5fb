"""What our code never does: run text as code, unpickle, build objects from YAML, or read XML but by defusedxml."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import emulator

FILES = sorted(Path(emulator.__file__).parent.rglob("*.py"))
CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "xml.dom", "xml.parsers", "lxml", "xmltodict", "ctypes"}
YAML = {"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"}
XML = {"fromstring", "fromstringlist", "iterparse", "XMLParser", "XMLPullParser", "XML"}


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield node.lineno, node.func.id
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            is_reader = name.startswith("xml.") and name.rpartition(".")[2] in XML
            if is_reader or any(name == one or name.startswith(f"{one}.") for one in MODULES):
                yield node.lineno, name
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "yaml" and node.attr in YAML:
            yield node.lineno, f"yaml.{node.attr}"
        if isinstance(node, ast.Attribute) and node.attr in XML:
            yield node.lineno, node.attr
        if isinstance(node, ast.keyword) and node.arg == "shell":
            yield node.value.lineno, "shell="


def test_none_of_it_is_there() -> None:
    assert len(FILES) > 100
    found = [(path.name, *one) for path in FILES for one in offences(ast.parse(path.read_text("utf-8")))]
    assert found == []


def test_it_would_be_found() -> None:
    code = """
import pickle
ElementTree.fromstring("<a/>")
from xml.dom import minidom
from xml.etree.ElementTree import fromstring
from marshal import loads
eval("1")
yaml.load("a", Loader=yaml.Loader)
subprocess.run("ls", shell=True)
"""
    assert {what for _, what in offences(ast.parse(code))} >= {
        *("pickle", "eval", "yaml.load", "fromstring", "shell=", "xml.dom"),
        "xml.etree.ElementTree.fromstring",
    }
    assert sum(1 for _ in offences(ast.parse(code))) >= 8
