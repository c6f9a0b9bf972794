"""HTML by lxml: what a reader sees, without scripts and styles."""

import re

from search.reading.charsets import decode
from search.reading.markup import Rules, html_text
from search.reading.source import Draft, Source

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
_TITLE = re.compile(r"<title[^>]*>(.{0,2000}?)</title", re.IGNORECASE | re.DOTALL)
_META = re.compile(r"<meta\s[^>]{0,2000}>", re.IGNORECASE)
_PART = re.compile(r"(name|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_META_NAMES = {"author": "author", "keywords": "keywords", "description": "subject"}
_BLOCKS = [
    "address",
    "article",
    "aside",
    "blockquote",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "title",
    "tr",
    "ul",
    "option",
]
_RULES = Rules(
    skip=frozenset({"script", "style", "template", "noscript", "svg", "object"}),
    before=dict.fromkeys(_BLOCKS, "\x1e") | {"br": "\x1e"},
    verbatim=frozenset({"pre", "textarea", "listing", "xmp"}),
    line_end="\x1e",
    shown={"img": "alt", "area": "alt", "input": "value"},
    after=dict.fromkeys(_BLOCKS, "\x1e") | {"td": "\x1f", "th": "\x1f"},
)


def read(source: Source, draft: Draft) -> None:
    """Read an HTML page as one page of text."""
    markup = markup_of(bytes(source.data), None)
    if found := _TITLE.search(markup[:100_000]):
        draft.note("title", text_of(found.group(1), draft.room))
    for tag in _META.findall(markup[:100_000]):
        parts = {name.lower(): double or single for name, double, single in _PART.findall(tag)}
        if name := _META_NAMES.get(parts.get("name", "").lower()):
            draft.note(name, parts.get("content"))
    draft.add_page(text_of(markup, draft.room))


def markup_of(data: bytes, said: str | None) -> str:
    """Decode HTML by its mark, the charset that was said, the one it names, or by its look."""
    head = data[:4096]
    named = _META_CHARSET.search(head) or _XML_CHARSET.search(head)
    return decode(data, said or (named.group(1).decode("ascii") if named else None))


def text_of(markup: str, most_chars: int) -> str:
    """Return what a reader sees, a line per block, cells parted by tabs."""
    if not markup.strip():
        return ""
    text = html_text(markup.replace("\0", ""), _RULES, most_chars)
    lines = (_line(block) for block in text.split("\x1e"))
    return "\n".join(line for line in lines if line)


def _line(block: str) -> str:
    return "\t".join(" ".join(cell.split()) for cell in block.split("\x1f")).strip("\t")
