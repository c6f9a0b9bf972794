"""XML and SVG: their characters, without entities from outside."""

from lxml import etree

from search.reading import kinds
from search.reading.charsets import decode
from search.reading.markup import Rules, xml_pages
from search.reading.source import Draft, Source

_SVG = Rules(skip=frozenset({"script", "style"}), after={"text": "\n", "title": "\n", "desc": "\n"})
_ANY = Rules()


def read(source: Source, draft: Draft) -> None:
    """Read the characters of an XML file; one that is not well formed is read as plain text."""
    rules = _SVG if draft.media_type == kinds.SVG else _ANY
    try:
        text = "".join(xml_pages(source.file(), rules, draft.room))
    except etree.XMLSyntaxError:
        text = decode(bytes(source.data))
    lines = (line.strip() for line in text.splitlines())
    draft.add_page("\n".join(line for line in lines if line))
