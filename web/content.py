"""Giving out the bytes of a file as they came: whole or in part, never as active content."""

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import quote_etag

from records.channels.models import ArrivalFile
from records.documents.models import Component, StoredObject
from storage import Vault

# What a browser would run in our origin; it goes out as bytes that no browser opens.
_HARMLESS = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/tiff",
        "image/bmp",
        "image/webp",
        "text/plain",
        "text/csv",
    }
)
# What has bytes, a name and a type.
File = Component | ArrivalFile

_SANDBOX = "sandbox; default-src 'none'"


def content_response(vault: Vault, component: File, stored: StoredObject) -> Response:
    """Answer with the original bytes of a component, or the range of them that was asked for.

    Follows RFC 9110, sections 13 and 14; of several ranges at once the whole is sent.

    Raises:
        RequestedRangeNotSatisfiable: The range lies outside the file.
        StorageError: The object is missing or damaged; nothing was sent.
    """
    etag = quote_etag(component.sha256)
    if component.sha256 in request.if_none_match:
        return _headers(Response(status=304), component, etag)
    first, stop = _range(component.size_bytes, component.sha256) or (0, component.size_bytes)
    partial = (first, stop) != (0, component.size_bytes) or _asks_range(component.sha256)
    body: Iterator[bytes] = iter(())
    if request.method != "HEAD" and stop > first:
        body = _begun(vault.read(stored.name, stored.wrapped_key, first, stop))
    response = _headers(Response(body, status=206 if partial else 200), component, etag)
    response.content_length = stop - first
    if partial:
        response.headers["Content-Range"] = f"bytes {first}-{stop - 1}/{component.size_bytes}"
    return response


def _asks_range(sha256: str) -> bool:
    given = request.range
    if given is None or given.units != "bytes" or len(given.ranges) != 1:
        return False
    condition = request.if_range
    if condition.date is not None:
        return False
    return condition.etag is None or condition.etag == sha256


def _range(size_bytes: int, sha256: str) -> tuple[int, int] | None:
    if not _asks_range(sha256) or request.range is None:
        return None
    found = request.range.range_for_length(size_bytes)
    if found is None:
        raise RequestedRangeNotSatisfiable(length=size_bytes)
    return found


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Read the first piece now, so that a missing object is an error and no broken answer."""
    first = next(pieces, b"")

    def whole() -> Iterator[bytes]:
        yield first
        yield from pieces

    return whole()


def _headers(response: Response, component: File, etag: str) -> Response:
    kind = component.media_type if component.media_type in _HARMLESS else _opaque(component)
    response.headers.update(
        {
            "Content-Type": kind,
            "Content-Disposition": attachment(component.name),
            "Content-Security-Policy": _SANDBOX,
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",
            "ETag": etag,
        }
    )
    return response


def _opaque(component: File) -> str:
    """Office files and archives keep their type; pages, pictures with scripts and XML do not."""
    kind = component.media_type
    active = kind.startswith("text/") or "html" in kind or "xml" in kind.split("+")[-1]
    active = active or kind in ("image/svg+xml", "application/xml") or "script" in kind
    return "application/octet-stream" if active else kind


# Control characters, directions and other marks without a shape, half characters.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def attachment(name: str, *, inline: bool = False) -> str:
    """Return the Content-Disposition of a download (RFC 6266, names as in RFC 5987).

    Args:
        inline: A file of our own making that the browser shows at once.
    """
    name = _harmless(name)
    plain = "".join(
        each if " " <= each <= "~" and each not in '"\\%' else "_"
        for each in name.encode("ascii", "replace").decode()
    )
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _harmless(name: str) -> str:
    """Return a name without folders, and without what a person cannot see in it.

    U+202E and its like turn `annex\u202efdp.exe` into what reads as `annexexe.pdf`.
    """
    shown = (each for each in name if unicodedata.category(each) not in _UNSEEN)
    return "".join("_" if each in "/\\" else each for each in shown) or "_"
