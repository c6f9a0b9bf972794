"""What every format reader works with: the content, what it found so far, and its refusals."""

import io
import mmap
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO

from search.reading.model import Limits, Reason, ReasonCode
from search.reading.wire import Answer

_HEAD_BYTES = 4096
# Control characters except tab, line feed and form feed; lone surrogates; non-characters.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0d-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Reasons that are none to call a file unread.
_NO_FAULT = (
    ReasonCode.IMAGE_ONLY,
    ReasonCode.GARBLED,
    ReasonCode.PARTLY_SCANNED,
    ReasonCode.EMPTY,
)
_LINE_END = re.compile("\r\n?|\x85|\u2028|\u2029")


class RefusedError(Exception):
    """A file is not read, for a reason that we can name."""

    def __init__(self, code: ReasonCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def clean(text: str) -> str:
    """Return text with bare line feeds as line ends and without what is no character."""
    lines = _NOT_TEXT.sub("", _LINE_END.sub("\n", text)).split("\n")
    return "\n".join(line.rstrip(" \t") for line in lines)


@dataclass
class Source:
    """One file to be read: its bytes and what its sender said of it."""

    data: mmap.mmap | bytes
    name: str
    media_type: str
    limits: Limits
    depth: int = 0

    @cached_property
    def head(self) -> bytes:
        """The first bytes, enough to tell the type."""
        return bytes(self.data[:_HEAD_BYTES])

    @property
    def suffix(self) -> str:
        """The file name's last suffix in lower case, without the dot."""
        return self.name.rpartition(".")[2].lower() if "." in self.name else ""

    def file(self) -> BinaryIO:
        """Open the content as a binary file."""
        return io.BytesIO(self.data)


@dataclass
class Draft:
    """What a reader has found so far."""

    media_type: str
    room: int
    pages: list[str] = field(default_factory=list)
    page_count: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    attachments: list[tuple[str, str, int]] = field(default_factory=list)
    signatures: int = 0
    truncated: bool = False
    reason: Reason | None = None
    layouts: list[Any] = field(default_factory=list)

    def add_page(self, text: str) -> bool:
        """Keep a page's text as far as there is room; False once there is none."""
        kept = clean(text)
        if len(kept) > self.room:
            kept = kept[: self.room]
            self.truncated = True
        self.room -= len(kept)
        self.pages.append(kept.strip("\n"))
        return not self.truncated

    def place(self, page: int, lines: list[Any]) -> None:
        """Keep where the lines of a page stand, as `PlacedLine` describes them."""
        self.layouts.append([page, lines])

    def note(self, name: str, value: object) -> None:
        """Keep an attribute, unless it is empty."""
        text = " ".join(clean(str(value)).split()) if value is not None else ""
        if text:
            self.attributes[name] = text[:2000]

    def attach(self, name: str, media_type: str, size_bytes: int) -> None:
        """Keep the facts of a file inside the file."""
        self.attachments.append((clean(name)[:255], media_type, size_bytes))

    def refuse(self, code: ReasonCode, message: str) -> None:
        """Name the reason why there is no text."""
        self.reason = Reason(code, message)

    def answer(self) -> Answer:
        """Return what goes back to the cage."""
        has_text = any(page.strip() for page in self.pages)
        nothing = self.reason is not None and self.reason.code in _NO_FAULT
        if self.reason is not None and not nothing:
            outcome = "failed"
        else:
            outcome = "done" if has_text else "none"
        partly = self.reason is not None and self.reason.code == ReasonCode.PARTLY_SCANNED
        reason = None if outcome == "done" and not partly else self.reason
        if outcome == "none" and reason is None:
            reason = Reason(ReasonCode.EMPTY, "no text in it")
        return {
            "outcome": outcome,
            "media_type": self.media_type,
            "reason": {"code": reason.code.value, "message": reason.message} if reason else None,
            "pages": self.pages if has_text else [],
            "page_count": self.page_count,
            "attributes": self.attributes,
            "attachments": self.attachments,
            "signatures": self.signatures,
            "truncated": self.truncated,
            "layouts": self.layouts if has_text else [],
        }
