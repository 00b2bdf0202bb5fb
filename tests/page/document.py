"""A page as a test sees it: text, links and ids. Reading holds it against the rules that every page keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br"}
INLINE = {"a", "b", "bdi", "code", "span", "small", "time", "mark", "html"}
SVG_EMPTY = {"path", "rect"}
LOADS = {"script": "src", "link": "href", "img": "src", "iframe": "src"}


@dataclass
class Document:
    """``texts`` are the pieces of text in order, ``rows`` counts elements by tag, ``parts`` the text within each id."""

    texts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    marks: list[tuple[str, str]] = field(default_factory=list)
    """Marked lines of policies: the mark and the text."""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def part(self, name: str) -> str:
        return " ".join(self.parts[name].split())

    def link(self, text: str) -> str:
        """The address of the first link with this text in it."""
        return next(link.split("\n")[0] for link in self.links if text in link.split("\n", 1)[1])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Document()
        self.open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), f"{tag} has an attribute twice"
        assert "style" not in given, f"inline style of {tag}"
        assert not [name for name in given if name.startswith("on")], f"inline script of {tag}"
        if tag in LOADS:
            assert given[LOADS[tag]].startswith("/_emulator/static/"), f"{tag} loads {given}"
        if "id" in given:
            assert given["id"] not in self.found.parts, f"id {given['id']} twice"
            self.found.parts[given["id"]] = ""
        if tag == "a":
            self.found.links.append(given["href"] + "\n")
        if tag not in INLINE:
            self.handle_data(" ")
        self.found.rows[tag] = self.found.rows.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SVG_EMPTY, f"{tag} cannot end itself"

    def handle_endtag(self, tag: str) -> None:
        last, _ = self.open.pop()
        assert last == tag, f"</{tag}> ends <{last}>"

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self.open]
        assert "script" not in tags or not data.strip(), "inline script"
        assert "style" not in tags, "inline style"
        self.found.texts.append(data)
        for tag, given in self.open:
            if "id" in given:
                self.found.parts[given["id"]] += data
            if tag == "mark":
                self.found.marks.append((given["class"], data))
            if tag == "a":
                self.found.links[-1] += data


def read(html: str) -> Document:
    """Every tag is closed where it must be, every id is there once, nothing inline runs and nothing foreign is loaded."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader.found
