"""RTF 1.9.1: a pass over its tokens, with the code page of each font.

Read by our own hand because text boxes, notes, headers and the HTML that Outlook wraps in RTF
(MS-OXRTFEX) count here, and deleted text does not.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from search.reading.source import Draft, Source

_TOKEN = re.compile(
    rb"\\bin(?P<binary>\d{1,9}) ?|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-zA-Z])|(?P<brace>[{}])"
    rb"|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)"
)
_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_PAGES = {936: "gb18030", 65001: "utf-8", 10000: "mac_roman", 1361: "johab"}
_SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict objdata fldinst listtable listoverridetable revtbl "
    b"rsidtbl generator themedata colorschememapping datastore latentstyles xmlnstbl filetbl "
    b"bkmkstart bkmkend sp shpinstpict nonshppict pntext objclass objname ftnsep ftnsepc ftncn "
    b"aftnsep aftnsepc aftncn private fontemb formfield wgrffmtfilter mmathPr pgptbl userprops "
    b"protusertbl passwordhash panose falt template atnid atndate atntime atnref atrfstart "
    b"atrfend pnseclvl background xe tc rxe".split()
)
_STARRED = frozenset(b"shpinst shptxt annotation atnauthor ud footnote endnote".split())
_APART = frozenset(
    b"header headerl headerr headerf footer footerl footerr footerf footnote annotation "
    b"shptxt".split()
)
_MARKS = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"row": "\n",
    b"nestrow": "\n",
    b"cell": "\t",
    b"nestcell": "\t",
    b"tab": "\t",
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"emspace": "\u2003",
    b"enspace": "\u2002",
    b"qmspace": "\u2005",
    b"bullet": "\u2022",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n"}
_INFO = {b"title": "title", b"author": "author", b"subject": "subject", b"keywords": "keywords"}
_MOST_DEPTH = 2000


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits and its end undoes."""

    encoding: str = "cp1252"
    silent: bool = False
    deleted: bool = False
    skip: int = 1
    where: bytes = b""
    html: bool = False
    html_off: bool = False


@dataclass
class _Reader:
    """Reads one RTF; what it finds stands in its first fields."""

    room: int
    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    info: dict[str, str] = field(default_factory=dict)
    html: list[str] = field(default_factory=list)
    is_html: bool = False
    _default: str = "cp1252"
    _fonts: dict[int, str] = field(default_factory=dict)
    _font: int = 0
    _stack: list[_State] = field(default_factory=list)
    _now: _State = field(default_factory=_State)
    _bytes: bytearray = field(default_factory=bytearray)
    _skip: int = 0
    _starred: bool = False

    def read(self, data: bytes) -> None:
        for found in _tokens(data):
            if self.room < 0:
                break
            self._take(found)
        self._flush()

    def _take(self, found: re.Match[bytes]) -> None:
        if (raw := found["hex"]) is not None:
            if self._skip:
                self._skip -= 1
            else:
                self._bytes += bytes.fromhex(raw.decode())
            return
        if (text := found["text"]) is not None:
            taken = min(self._skip, len(text))
            self._skip -= taken
            self._bytes += text[taken:]
            return
        if not found["word"] and not found["symbol"] and not found["brace"]:
            return
        self._skip = 0
        if (symbol := found["symbol"]) in (b"\\", b"{", b"}"):
            # A second byte of Big5 or Shift JIS can be a backslash or a brace.
            self._bytes += symbol
            return
        self._flush()
        if found["brace"] == b"{":
            self._open()
        elif found["brace"]:
            self._close()
        elif symbol is not None:
            self._starred = symbol == b"*"
            self._put(_SYMBOLS.get(symbol, ""))
        else:
            number = found["number"]
            self._word(found["word"], None if number is None else int(number))

    def _open(self) -> None:
        if len(self._stack) < _MOST_DEPTH:
            self._stack.append(self._now)

    def _close(self) -> None:
        if self._stack:
            before = self._stack.pop()
            if self._now.where in _APART and before.where != self._now.where:
                self._put("\n")
            self._now = before

    def _word(self, word: bytes, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word in _MARKS:
            self._put(_MARKS[word])
        elif word == b"u" and number is not None:
            self._put(chr(number % 0x10000))
            self._skip = self._now.skip
        elif word == b"uc":
            self._now = replace(self._now, skip=max(0, number or 0))
        elif word in (b"f", b"fcharset", b"ansicpg", b"deff", b"plain", b"mac", b"pca", b"pc"):
            self._code_page(word, number or 0)
        elif word == b"deleted":
            self._now = replace(self._now, deleted=number != 0)
        elif word == b"fromhtml":
            self.is_html = number != 0
        elif word == b"htmlrtf":
            self._now = replace(self._now, html_off=number != 0)
        elif word == b"htmltag":
            self._now = replace(self._now, html=True)
        else:
            self._destination(word, starred=starred)

    def _code_page(self, word: bytes, number: int) -> None:
        if word == b"ansicpg":
            self._default = _known(_PAGES.get(number, f"cp{number}"))
        elif word in (b"mac", b"pc", b"pca"):
            self._default = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}[word]
        elif word == b"fcharset":
            self._fonts[self._font] = _CHARSETS.get(number, "") or self._western(number)
            return
        elif word == b"f":
            self._font = number
        encoding = self._fonts.get(number, "") if word == b"f" else ""
        self._now = replace(self._now, encoding=encoding or self._default)

    def _western(self, charset: int) -> str:
        """Return the page of charset 0, by which Chinese writers mean their own."""
        return "cp1252" if charset == 0 and self._default.startswith("cp125") else ""

    def _destination(self, word: bytes, *, starred: bool) -> None:
        if word in _INFO and self._now.where == b"info":
            self._now = replace(self._now, where=word)
        elif word == b"upr":
            # What follows is written twice: here without, then in `ud` with Unicode.
            self._now = replace(self._now, silent=True, where=word)
        elif word == b"ud" and starred:
            outer = self._stack[-2] if len(self._stack) > 1 else _State()
            self._now = replace(self._now, silent=outer.silent, where=outer.where)
        elif word in _APART:
            self._now = replace(self._now, where=word)
            self._put("\n")
        elif word in _SILENT or (starred and word not in _STARRED):
            self._now = replace(self._now, silent=True, where=word)

    def _flush(self) -> None:
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            self._put(data.decode(self._now.encoding, "replace"))

    def _put(self, text: str) -> None:
        now = self._now
        if not text or now.deleted:
            return
        if now.where in _INFO:
            name = _INFO[now.where]
            self.info[name] = self.info.get(name, "") + text
        elif now.html and self.is_html:
            self.html.append(text)
        elif not now.silent:
            self.room -= len(text)
            # A note does not part the sentence that it belongs to.
            (self.notes if now.where in _APART else self.parts).append(text)
            if self.is_html and not now.html_off:
                self.html.append(text)


def _tokens(data: bytes) -> Iterator[re.Match[bytes]]:
    at = max(0, data.find(b"{\\rtf"))
    while found := _TOKEN.search(data, at):
        at = found.end()
        if found["binary"] is not None:
            at += int(found["binary"])
        else:
            yield found


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"


def text_of(data: bytes, room: int) -> tuple[str, dict[str, str], str]:
    """Return the text of an RTF, what it says of itself, and the HTML it was made from."""
    reader = _Reader(room)
    reader.read(data)
    html = _whole("".join(reader.html)) if reader.is_html else ""
    return _whole("".join((*reader.parts, *reader.notes))), reader.info, html


def _whole(text: str) -> str:
    """Join the halves of characters beyond the first plane, which RTF writes one by one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read(source: Source, draft: Draft) -> None:
    """Read an RTF file as one page."""
    text, info, html = text_of(bytes(source.data), draft.room)
    for name, value in info.items():
        draft.note(name, value)
    if html:
        from search.reading.formats import html as pages

        text = pages.text_of(html, draft.room)
    lines = (line.rstrip("\t") for line in text.split("\n"))
    draft.add_page("\n".join(line for line in lines if line))
