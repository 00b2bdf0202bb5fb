"""The language of filter patterns: cases as data, and regular expressions beside Python's own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.services.logs.filter_pattern import InvalidPatternError, compile_pattern, is_selector, selects
from emulator.services.logs.log_pack import pack
from emulator.services.logs.safe_regex import MOST_ITEMS, BadRegexError, compile_regex
from emulator.values.ids import Ids

CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases/logs/patterns.yaml").read_text())
REFUSED = {text: why for kind in CASES.pop("refused").values() for text, why in kind.items()}
MATCHES = [
    (case["messages"], pattern, wanted)
    for case in CASES.values()
    for kind in ("observed", "documented")
    for pattern, wanted in case[kind].items()
    if isinstance(wanted, list)
]
REFUSED |= {
    pattern: wanted for case in CASES.values() for pattern, wanted in case["documented"].items() if isinstance(wanted, str)
}


@pytest.mark.parametrize(("messages", "pattern", "wanted"), MATCHES, ids=[pattern for _, pattern, _ in MATCHES])
def test_a_pattern_matches(messages: list[str], pattern: str, wanted: list[int]) -> None:
    compiled = compile_pattern(pattern)
    assert [place for place, message in enumerate(messages) if compiled.extract(message) is not None] == wanted
    texts = [message.encode() for message in messages]
    packed = pack(range(len(texts)), range(1, len(texts) + 1), [0] * len(texts), texts)
    assert compiled.find(packed, range(len(texts))) == wanted
    assert compiled.find(packed, range(3, 5)) == [place for place in wanted if place in {3, 4}]


@pytest.mark.parametrize(("pattern", "why"), REFUSED.items())
def test_a_pattern_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(InvalidPatternError) as caught:
        compile_pattern(pattern)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("pattern", "message", "values"),
    [
        ("[w1=ERROR, w2]", 'ERROR "unclosed words', {"$w1": "ERROR", "$w2": '"unclosed words'}),
        ("[w1=ERROR, w2]", 'ERROR "two words"', {"$w1": "ERROR", "$w2": "two words"}),
        ("[w1!=ERROR, w2]", "a  -  b [x y] ", {"$w1": "a", "$w2": "-  b [x y]"}),
        ("[..., bytes]", "a [b c] d 5", {"$1": "a", "$2": "b c", "$3": "d", "$bytes": "5"}),
        ("[ip, ..., status, bytes]", "a b c d", {"$ip": "a", "$2": "b", "$status": "c", "$bytes": "d"}),
        ("[ip, ..., status, bytes]", "a c d", {"$ip": "a", "$status": "c", "$bytes": "d"}),
        ("[]", 'a "b c"', {"$1": "a", "$2": "b c"}),
        ("[..., status=4*,]", "x y 404 1534", {"$1": "x", "$2": "y", "$status": "404", "$4": "1534"}),
        ("{ $.a = 1 }", '{"a":1}', {}),
        ("a", "a", {}),
    ],
)
def test_extracted_values(pattern: str, message: str, values: dict[str, str]) -> None:
    assert compile_pattern(pattern).extract(message) == values


def test_a_message_that_is_too_deep_is_no_json() -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    assert compile_pattern("{ $.a = 1 }").extract(deep) is None


def test_a_lone_surrogate_is_found() -> None:
    text = "x\ud800y".encode("utf-8", "surrogatepass")
    assert compile_pattern("y").find(pack([1], [1], [1], [text]), range(1)) == [0]
    assert compile_pattern("?y").find(pack([1], [1], [1], [text]), range(1)) == [0]


def test_no_search_finds_anything_across_two_messages() -> None:
    packed = pack([1, 2, 3], [1, 2, 3], [0] * 3, [b"ab", b"cd", b"bc"])
    assert compile_pattern("bc").find(packed, range(3)) == [2]


@pytest.mark.parametrize(
    ("criteria", "wanted"),
    [
        ('@aws.account = "1" AND @aws.region = "r"', True),
        ("@aws.account != '1' OR @aws.region = 'r'", True),
        ('@aws.account IN ("1", "2") AND (@aws.region NOT IN ("r"))', False),
        ('@aws.account = "2"', False),
    ],
)
def test_selection_criteria(criteria: str, wanted: bool) -> None:
    assert selects(criteria, "1", "r") is wanted


@pytest.mark.parametrize("criteria", ["nonsense", '@source.log = "g"', '@aws.account IN ["1"]'])
def test_criteria_are_refused(criteria: str) -> None:
    with pytest.raises(InvalidPatternError):
        selects(criteria, "1", "r")


def test_selectors() -> None:
    assert all(map(is_selector, ["$a", "$.a", "$.a.b[0].c", "$.['a.b']", '$.a["b"]']))
    assert not any(map(is_selector, ["a", "$", "$.", "$.a[*]", "$.*", "$.a b", "1"]))


# regular expressions -----------------------------------------------------------------------------------------------

EXPRESSIONS = [
    "ERROR|WARN",
    "^colou?r$",
    r"10\.10\.0\.1",
    "10.10.0.1",
    r"\x21",
    "^[^a-z]+$",
    "^a*b$",
    "a{2,3}b",
    "a{0,2}b$",
    "a{2}",
    "a{2,}b",
    "x*",
    "^$",
    "[a-c]{2}[^b]",
    r"\d+\s\w",
    r"\D\S\W",
    "a+a+a+b",
    "^ab|b$",
    "a$b|c",
    "a^b",
    r"[\d_.-]+x",
    r"[\]\\x]",
    r"\t|\n",
    "a|",
    "^^a",
    "",
]


def texts(seed: str, alphabet: str, longest: int, count: int) -> Iterator[str]:
    chance = Ids(seed)
    for _ in range(count):
        yield "".join(alphabet[chance.pick(len(alphabet))] for _ in range(chance.pick(longest)))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_matches_as_pythons_does(expression: str) -> None:
    wanted = re.compile(expression.replace("$", r"\Z"), re.ASCII)
    compiled = compile_regex(expression)
    for text in texts(expression, "aabbcABR01 9.\n!_x\\]\t", 10, 2000):
        assert compiled.search(text) is (wanted.search(text) is not None), text


@pytest.mark.parametrize("expression", ["a*a*a*a*a*a*a*b", "[a-z]*[a-z]*[a-y]*b$", "a{1,900}b", ".*.*.*=.*c"])
def test_no_expression_takes_more_than_linear_time(expression: str) -> None:
    text = "a" * 300_000
    start = time.perf_counter()
    assert not compile_regex(expression).search(text)
    assert time.perf_counter() - start < 5


def test_what_is_remembered_of_an_expression_is_bounded() -> None:
    compiled = compile_regex("a[ab]{14}[^a-z]")
    for text in texts("bounds", "ab", 900, 20):
        assert not compiled.search(text)
    every = "".join(map(chr, range(200, 4600)))
    assert not compiled.search(every)
    assert len(compiled._moves) <= MOST_ITEMS
    assert len(compiled._accepting) <= MOST_ITEMS
    assert all(len(moves) <= MOST_ITEMS for moves in compiled._moves.values())


@pytest.mark.parametrize("expression", ["(a)", "a b", "é", r"\q", "*a", "+", "a{", "a}", "[", "[]", "{1}"])
def test_an_expression_does_not_compile(expression: str) -> None:
    with pytest.raises(BadRegexError):
        compile_regex(expression)


def test_json_is_what_a_pattern_says_it_is() -> None:
    assert compile_pattern("{ $.a.b = 1 }").extract(json.dumps({"a": {"b": 1}})) == {}
