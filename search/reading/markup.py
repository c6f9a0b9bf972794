"""Running text from XML and HTML, as one pass over the parser's events.

A parser target sees elements and characters in document order and keeps no tree, so a long
document costs no more memory than its text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from lxml import etree

from search.reading.packages import safe_parser


@dataclass(frozen=True)
class Rules:
    """How the elements of a format become text; all names without namespace.

    Attributes:
        text: Elements whose characters count; None for all.
        skip: Elements that are left out with all they contain.
        before: Text put where an element begins.
        after: Text put where an element ends.
        page: Elements that begin a page.
        verbatim: Elements in which a line end counts, and becomes `line_end`.
        line_end: See `verbatim`.
        shown: Attributes whose value is shown where the element stands.
        aside: Elements that stand in the midst of a sentence and are moved to the page's end.
    """

    text: frozenset[str] | None = None
    skip: frozenset[str] = frozenset()
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    page: frozenset[str] = frozenset()
    verbatim: frozenset[str] = frozenset()
    line_end: str = "\n"
    aside: frozenset[str] = frozenset()
    shown: Mapping[str, str] = field(default_factory=dict)


class Collector:
    """Parser target that gathers text by the rules, cut into pages."""

    def __init__(self, rules: Rules, most_chars: int) -> None:
        self._rules = rules
        self._room = most_chars
        self._skipping = 0
        self._inside = 0
        self._verbatim = 0
        self._parts: list[str] = []
        self._pages: list[str] = []
        self._asides: list[str] = []
        self._main: list[list[str]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take note of an element that begins."""
        name = _local(tag)
        rules = self._rules
        if self._skipping or name in rules.skip:
            self._skipping += 1
            return
        if name in rules.page:
            self._turn()
        if name in rules.aside:
            self._main.append(self._parts)
            self._parts = []
        self._inside += rules.text is not None and name in rules.text
        self._verbatim += name in rules.verbatim
        if name in rules.shown and attributes.get("type") not in ("hidden", "password"):
            self.data(f" {attributes.get(rules.shown[name]) or ''} ")
        if name in rules.before:
            self._parts.append(rules.before[name] * _times(attributes))

    def end(self, tag: str) -> None:
        """Take note of an element that ends."""
        if self._skipping:
            self._skipping -= 1
            return
        name = _local(tag)
        rules = self._rules
        self._inside -= rules.text is not None and name in rules.text
        self._verbatim -= name in rules.verbatim
        if name in rules.after:
            self._parts.append(rules.after[name])
        if name in rules.aside and self._main:
            self._asides.append("".join(self._parts))
            self._parts = self._main.pop()

    def data(self, data: str) -> None:
        """Keep characters, as far as there is room."""
        if self._skipping or self._room < 0 or (self._rules.text is not None and not self._inside):
            return
        self._room -= len(data)
        self._parts.append(data.replace("\n", self._rules.line_end) if self._verbatim else data)

    def close(self) -> list[str]:
        """Return the pages."""
        self._turn()
        return self._pages

    def _turn(self) -> None:
        asides = [aside.strip("\n") for aside in self._asides]
        text = "".join(self._parts)
        self._pages.append("\n".join([text.rstrip("\n"), *asides, ""]) if asides else text)
        self._parts.clear()
        self._asides.clear()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _times(attributes: Mapping[str, str]) -> int:
    """Return how often `text:s` of OpenDocument repeats its space."""
    for name, value in attributes.items():
        if name.endswith("}c") and value.isdigit():
            return min(int(value), 200)
    return 1


def xml_pages(file: IO[bytes], rules: Rules, most_chars: int) -> list[str]:
    """Return the text of an XML file by page; what stands before the first page mark comes first.

    Raises:
        lxml.etree.XMLSyntaxError: It is not well formed.
    """
    collector = Collector(rules, most_chars)
    parser = etree.XMLParser(
        target=collector, resolve_entities=False, no_network=True, load_dtd=False
    )
    pages: list[str] = etree.parse(file, parser)
    return pages


def html_text(markup: str, rules: Rules, most_chars: int) -> str:
    """Return the text of an HTML page, however broken."""
    parser = etree.HTMLParser(target=Collector(rules, most_chars), no_network=True)
    parser.feed(markup)
    return "".join(parser.close())


__all__ = ["Collector", "Rules", "html_text", "safe_parser", "xml_pages"]
