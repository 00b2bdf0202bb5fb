"""Filter patterns: the grammar of ``filter_pattern.lark`` made into tests of messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from emulator.services.logs import json_pattern
from emulator.services.logs.json_pattern import Step
from emulator.services.logs.log_pack import LogPack
from emulator.services.logs.pattern_values import Comparison, number_of
from emulator.services.logs.safe_regex import BadRegexError, Regex, compile_regex
from emulator.services.logs.space_pattern import Field, Row

if TYPE_CHECKING:
    import regex

MOST_REGEXES = 2
MOST_WILDCARDS = 3
"""Regular expressions, and JSON selectors with a wildcard, in one pattern."""
PARSED_COST = 20
"""What testing a message costs whose text alone does not decide, in units of one that a search decides."""

Kind = Literal["terms", "json", "space"]
_Node = Any
"""A tree of lark's."""


class InvalidPatternError(ValueError):
    """A pattern that AWS refuses; the message is AWS's, empty where it only says that the pattern is invalid."""


class FilterPattern(Struct, frozen=True):
    """A compiled pattern.

    ``needle`` is a text that every matching message has in it; where ``is_decided`` it decides alone. ``extract`` gives
    TestMetricFilter's extracted values, or None of a message that does not match.
    """

    kind: Kind
    extract: Callable[[str], dict[str, str] | None]
    needle: bytes = b""
    is_decided: bool = False
    regexes: int = 0

    @property
    def cost(self) -> int:
        """Units of work for one message."""
        return 1 if self.is_decided else PARSED_COST

    def find(self, pack: LogPack, places: range) -> list[int]:
        """The places of the events in a range that match, in order."""
        found: Iterable[int] = pack.containing(self.needle, places) if self.needle else places
        return [place for place in found if self.is_decided or self.extract(pack.message(place)) is not None]


@lru_cache(maxsize=512)
def compile_pattern(source: str) -> FilterPattern:
    """Raises :class:`InvalidPatternError`."""
    source = source.strip()
    _check_letters(source)
    tree = _parse(source, "start").children[0]
    compiler = _Compiler()
    compiled = {"terms": compiler.terms, "json": compiler.json, "space": compiler.space}[tree.data](tree)
    if compiler.wildcards > MOST_WILDCARDS:
        raise InvalidPatternError(
            f"Your input has exceeded the maximum of {MOST_WILDCARDS} JSON wildcard selectors allowed per filter pattern."
        )
    return compiled


@lru_cache(maxsize=512)
def selects(criteria: str, account: str, region: str) -> bool:
    """Whether fieldSelectionCriteria take the events of an account and Region. Raises :class:`InvalidPatternError`."""
    facts = {"@aws.account": account, "@aws.region": region}
    return _holds(_parse(criteria, "criteria").children[0], facts)


_SELECTOR = re.compile(r"\$(?:[A-Za-z0-9_\-]+|(?:\.[A-Za-z0-9_\-]+|\.?\[(?:[0-9]+|'[^']+'|\"[^\"]+\")\])+)")


def is_selector(text: str) -> bool:
    """Whether a text names one field of an event: ``$name``, or ``$.a.b[0]`` without wildcards."""
    return _SELECTOR.fullmatch(text) is not None


def _holds(node: Any, facts: dict[str, str]) -> bool:
    if node.data == "any_field":
        return any(_holds(child, facts) for child in node.children)
    if node.data == "all_fields":
        return all(_holds(child, facts) for child in node.children)
    name, *rest = node.children
    is_negated = rest[0] in {"!=", "NOT"}
    values = {token[1:-1] for token in rest if token.type == "STRING"}
    return (facts[name] in values) is not is_negated


# Parsing -----------------------------------------------------------------------------------------------------------


def _lark() -> Any:
    import lark  # noqa: PLC0415  # slow to import, and nothing needs it before the first pattern

    return lark


@cache
def _parser() -> Any:
    grammar = Path(__file__).with_name("filter_pattern.lark").read_text()
    return _lark().Lark(grammar, parser="lalr", start=["start", "criteria"])


_KINDS: dict[str, Kind] = {"{": "json", "[": "space"}
_FOREIGN: dict[Kind, set[str] | None] = {
    "terms": None,
    "json": {"TERM", "ELLIPSIS", "COMMA", "LSQB", "RSQB", "SYSTEM_FIELD", "STRING", "EQUALITY"},
    "space": {"TERM", "LBRACE", "RBRACE", "ROOT", "STEP", "SYSTEM_FIELD", "STRING", "EQUALITY"},
}
"""The terminals that a kind of pattern does not have; terms are nothing but terms."""


@cache
def _terminals(kind: Kind) -> tuple[regex.Pattern[str], ...]:
    import regex  # noqa: PLC0415  # slow to import, as lark is

    foreign = _FOREIGN[kind]
    has = (lambda name: name == "TERM") if foreign is None else (lambda name: name not in foreign)
    return tuple(regex.compile(one.pattern.to_regexp()) for one in _parser().terminals if has(one.name) or one.name == "WS")


def _parse(source: str, start: str) -> Any:
    try:
        return _parser().parse(source, start=start)
    except _lark().UnexpectedInput:
        raise InvalidPatternError("") from None


def _check_letters(source: str) -> None:
    """AWS reads a pattern word by word before it looks at its grammar, and says which word it cannot read (observed)."""
    terminals = _terminals(_KINDS.get(source[:1], "terms"))
    at = 0
    while at < len(source):
        ends = [found.end() for terminal in terminals if (found := terminal.match(source, at))]
        if not ends:
            raise InvalidPatternError(_bad_term(_unreadable(source, at, terminals)))
        at = max(ends)


def _unreadable(source: str, start: int, terminals: tuple[regex.Pattern[str], ...]) -> str:
    """A word up to and including the character that no word goes on with."""
    for end in range(start + 1, len(source) + 1):
        if not any(terminal.fullmatch(source, start, end, partial=True) for terminal in terminals):
            return source[start:end]
    return source[start:]


def _bad_term(term: str) -> str:
    return f"Invalid character(s) in term '{term}'"


# Compiling ---------------------------------------------------------------------------------------------------------


class _Compiler:
    """One pattern's: it counts what a pattern may have a few of only."""

    def __init__(self) -> None:
        self.regexes = 0
        self.wildcards = 0

    def terms(self, tree: _Node) -> FilterPattern:
        """Every plain term and none of the excluded; optional ones count only when there are no others (observed)."""
        optional: list[str] = []
        needed: list[str] = []
        excluded: list[str] = []
        for token in tree.children:
            text = str(token)
            group = {"?": optional, "-": excluded}.get(text[0], needed)
            group.append(text if group is needed else text[1:])
        wanted = [self._term(text) for text in needed]
        unwanted = [self._term(text) for text in excluded]
        either = [self._term(text) for text in optional]
        if wanted or unwanted:
            either = []

        def extract(message: str) -> dict[str, str] | None:
            has_all = all(has(message) for has in wanted) and not any(has(message) for has in unwanted)
            return {} if has_all and (not either or any(has(message) for has in either)) else None

        literals = [_unquoted(text) for text in needed if text[0] != "%"]
        needle = max(literals, key=len, default="").encode("utf-8", "surrogatepass")
        is_decided = not unwanted and not either and len(wanted) == len(literals) <= 1
        return FilterPattern("terms", extract, needle, is_decided, self.regexes)

    def _term(self, text: str) -> Callable[[str], bool]:
        if text[0] == "%":
            return self._regex(text).search
        literal = _unquoted(text)
        return lambda message: literal in message

    def json(self, tree: _Node) -> FilterPattern:
        test = self._condition(tree.children[0])

        def extract(message: str) -> dict[str, str] | None:
            value = json_pattern.parse_object(message)
            return {} if value is not None and test(value) else None

        return FilterPattern("json", extract, regexes=self.regexes)

    def _condition(self, node: Any) -> json_pattern.Test:
        if node.data in {"any_of", "all_of", "field_any", "field_all"}:
            tests = [self._condition(child) for child in node.children]
            combine = any if node.data.endswith("any") or node.data == "any_of" else all
            return tests[0] if len(tests) == 1 else lambda value: combine(test(value) for test in tests)
        if node.data == "field_comparison":
            return self._comparison(node.children[1:]).holds
        path = self._path(node.children[0])
        if node.data == "comparison":
            return json_pattern.compares(path, self._comparison(node.children[1:]))
        return json_pattern.is_constant(path, node.children[1]) if node.data == "is" else json_pattern.is_missing(path)

    def _path(self, selector: Any) -> tuple[Step, ...]:
        root, *rest = (str(token) for token in selector.children)
        steps = tuple(_step(text) for text in ([root[1:]] if root != "$." else []) + rest)
        wildcards = steps.count(None)
        self.wildcards += wildcards
        if wildcards > 1:
            raise InvalidPatternError(
                "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector."
            )
        return steps

    def _comparison(self, tokens: list[Any]) -> Comparison:
        operator, value = tokens
        regex_ = self._regex(value) if value.type == "REGEX" else None
        number = number_of(value) if value.type == "WORD" else None
        if operator not in {"=", "!="} and number is None:
            raise InvalidPatternError(_bad_term(value))
        if value == "null":
            raise InvalidPatternError("")  # IS NULL is the way to say it
        return Comparison(str(operator), _unquoted(value) if regex_ is None else "", number, regex_)

    def space(self, tree: _Node) -> FilterPattern:
        fields = [self._field(node) for node in tree.children]
        names = [field.name for field in fields if field.name]
        for name in names:
            if names.count(name) > 1:
                raise InvalidPatternError(f"Duplicate field '{name}'")
        if fields == [Field("")]:
            fields = []
        places = [place for place, field in enumerate(fields) if field.name == "..."]
        row = Row(tuple(fields[: places[0]]), tuple(fields[places[0] + 1 :])) if places else Row(tuple(fields), None)
        return FilterPattern("space", row.extract, regexes=self.regexes)

    def _field(self, node: Any) -> Field:
        if not node.children:
            return Field("")
        (child,) = node.children
        if isinstance(child, _lark().Token):
            return Field(str(child))
        names = {str(one.children[0]) for one in child.find_data("field_comparison")}
        if len(names) > 1:
            raise InvalidPatternError("")
        return Field(names.pop(), self._condition(child))

    def _regex(self, text: str) -> Regex:
        self.regexes += 1
        if self.regexes > MOST_REGEXES:
            raise InvalidPatternError(
                f"Your input has exceeded the maximum of {MOST_REGEXES} regular expressions per filter pattern."
            )
        try:
            return compile_regex(text[1:-1])
        except BadRegexError:
            raise InvalidPatternError("Failed to compile regular expression.") from None


def _step(text: str) -> Step:
    inner = text[1:] if text[0] == "." else text[1:-1]
    if inner == "*":
        return None
    if text[0] == "." or not inner.isdigit():
        return inner if text[0] == "." else _unquoted(inner)
    return int(inner)


def _unquoted(text: str) -> str:
    """A text without its quotes; within them JSON's escapes hold, and within single ones a backslash keeps what follows."""
    if text[:1] == "'":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text[:1] != '"':
        return str(text)
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        raise InvalidPatternError(_bad_term(text)) from None
