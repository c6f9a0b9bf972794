"""One careful POST to a server that the operator has named: no redirect, bounded time and size."""

import base64
import urllib.error
import urllib.request
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import unquote, urlsplit, urlunsplit

SECONDS = 20
MOST_BYTES = 64 * 1024


class NotPosted(Exception):
    """The server did not take it; the message says why, without the address."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever answers elsewhere was not the one that was named."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Follow none; the answer then counts as a failure."""


def post(url: str, body: bytes, *, media_type: str) -> bytes:
    """Send bytes and return what the server answered.

    Raises:
        NotPosted: It did not answer, or not with success.
    """
    address, headers = _without_user(url)
    request = urllib.request.Request(  # noqa: S310 - settings allow http and https alone
        address, body, {"Content-Type": media_type, "User-Agent": "chancery", **headers}
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            given: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(200).decode("utf-8", "replace")
        raise NotPosted(" ".join(f"the answer was {error.code} {said}".split())) from error
    except (OSError, HTTPException, ValueError) as error:
        reason: Any = getattr(error, "reason", None) or error
        raise NotPosted(f"no answer: {reason}") from error
    if len(given) > MOST_BYTES:
        raise NotPosted("the answer is too long")
    return given


def _without_user(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    name = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    told = base64.b64encode(name.encode()).decode()
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)), {"Authorization": f"Basic {told}"}
