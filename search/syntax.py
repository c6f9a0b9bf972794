"""Whoosh's query parser, told about our fields and cured of what it gets silently wrong."""

from __future__ import annotations

import re
from typing import Any

from whoosh.qparser import plugins, syntax
from whoosh.qparser.default import QueryParser
from whoosh.qparser.taggers import RegexTagger

from search.document import FIELDS
from search.query import QueryWarning

_MAX_DEPTH = 20
_NAMES = {alias: name for name, item in FIELDS.items() for alias in (name, *item.names)}
_FIELD = re.compile(
    rf"(?<!\w)(?P<text>{'|'.join(sorted(map(re.escape, _NAMES), key=len, reverse=True))})\s*:\s*",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"(?<![\w:/.@])(?P<text>[a-zA-Z][\w.]*):(?!//)(?=\S)")
_RANGE = re.compile(r"[\[{]\s*(?P<low>\S*?)\s*(?:\bTO\b|\bto\b)\s*(?P<high>\S*?)\s*[\]}]")
_ALONE = r"(?<![^\s()]){}(?![^\s()])"
_NOT = re.compile(rf"{_ALONE.format('NOT')}|(?<![^\s(])-(?=[^\s\-])")
_AT_THE_EDGE = re.compile(r"^\s*(AND|OR)(?![^\s()])|(?<![^\s()])(AND|OR|NOT)\s*$")


def syntax_tree(text: str) -> tuple[Any, list[QueryWarning]]:
    """Whoosh's syntax tree of a question, and what was odd about its form."""
    warnings = [
        QueryWarning("ignored_word", found.group().strip()) for found in _AT_THE_EDGE.finditer(text)
    ]
    rest = _RANGE.sub("", text)
    if rest.count("[") != rest.count("]"):
        warnings.append(QueryWarning("unbalanced_bracket", "["))
    operators = plugins.OperatorsPlugin(
        And=_ALONE.format("AND"),
        Or=_ALONE.format("OR"),
        Not=_NOT,
        AndNot=None,
        AndMaybe=None,
        Require=None,
    )
    parser = QueryParser(
        None,
        None,
        plugins=[
            plugins.WhitespacePlugin(),
            _Quotes(warnings),
            _Ranges(),
            _Fields(warnings),
            _Brackets(warnings),
            operators,
        ],
    )
    return parser.process(text), warnings


class _Bracketed(syntax.GroupNode):  # type: ignore[misc]
    """What stands in brackets; not of the kind that operators merge into."""

    merging = False
    has_fieldname = True
    fieldname = None


class _Quotes(plugins.Plugin):  # type: ignore[misc]
    """Phrases; a quotation mark without its partner is left out."""

    def __init__(self, warnings: list[QueryWarning]) -> None:
        self._warnings = warnings

    def taggers(self, _parser: Any) -> list[tuple[RegexTagger, int]]:
        return [(_Phrase('"(?P<text>[^"]*)"'), -2), (_Stray('["“”]', self._warnings), -1)]


class _Phrase(RegexTagger):  # type: ignore[misc]
    def create(self, _parser: Any, match: re.Match[str]) -> Any:
        return plugins.PhrasePlugin.PhraseNode(match["text"], match.start("text"))


class _Stray(RegexTagger):  # type: ignore[misc]
    def __init__(self, expression: str | re.Pattern[str], warnings: list[QueryWarning]) -> None:
        super().__init__(expression)
        self._warnings = warnings

    def create(self, _parser: Any, match: re.Match[str]) -> Any:
        if match.group() == '"' or _unpaired(match.string):
            self._warnings.append(QueryWarning("unbalanced_quote", match.string[:80]))
        # Within a word (名为“合伙”的) it is punctuation, and the word goes on.
        inside = match.group() != '"'
        return None if inside else syntax.Whitespace()


def _unpaired(text: str) -> bool:
    return text.count("“") != text.count("”")


class _Ranges(plugins.Plugin):  # type: ignore[misc]
    """`[a TO b]`, as the word `a..b`."""

    def taggers(self, _parser: Any) -> list[tuple[RegexTagger, int]]:
        return [(_Interval(_RANGE), -1)]


class _Interval(RegexTagger):  # type: ignore[misc]
    def create(self, _parser: Any, match: re.Match[str]) -> Any:
        return syntax.WordNode(f"{match['low']}..{match['high']}")


class _Fields(plugins.FieldsPlugin):  # type: ignore[misc]
    """Field names in both languages; an unknown one is left out, its value stays."""

    def __init__(self, warnings: list[QueryWarning]) -> None:
        super().__init__(remove_unknown=False)
        self._warnings = warnings

    def taggers(self, _parser: Any) -> list[tuple[RegexTagger, int]]:
        return [(_Known(_FIELD), 0), (_Unknown(_UNKNOWN, self._warnings), 1)]


class _Known(RegexTagger):  # type: ignore[misc]
    def create(self, _parser: Any, match: re.Match[str]) -> Any:
        return syntax.FieldnameNode(_NAMES[match["text"].lower()], match.group())


class _Unknown(_Stray):
    def create(self, _parser: Any, match: re.Match[str]) -> Any:
        self._warnings.append(QueryWarning("unknown_field", match["text"]))
        return syntax.Whitespace()


class _Brackets(plugins.GroupPlugin):  # type: ignore[misc]
    """Groups, bounded in depth; a bracket without its partner is left out."""

    def __init__(self, warnings: list[QueryWarning]) -> None:
        super().__init__()
        self._warnings = warnings

    def do_groups(self, parser: Any, group: Any) -> Any:
        stack = [parser.group()]
        ignored = 0
        for node in group:
            if isinstance(node, self.OpenBracket):
                if len(stack) > _MAX_DEPTH:
                    ignored += 1
                    self._warnings.append(QueryWarning("too_deep"))
                else:
                    stack.append(_Bracketed())
            elif isinstance(node, self.CloseBracket):
                if ignored:
                    ignored -= 1
                elif len(stack) > 1:
                    last = stack.pop()
                    stack[-1].append(last)
                else:
                    self._warnings.append(QueryWarning("unbalanced_bracket", ")"))
            else:
                stack[-1].append(node)
        if len(stack) > 1:
            self._warnings.append(QueryWarning("unbalanced_bracket", "("))
        for level in stack[1:]:
            stack[0].extend(level.nodes)
        return stack[0]
