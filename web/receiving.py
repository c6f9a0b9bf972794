"""Forms with files, taken in one pass: fields into memory, files encrypted into the spool.

The body is read in pieces and never lies in clear on disk, whatever its size; fields may come
before or after the files. The format is multipart/form-data, RFC 7578.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData
from werkzeug.wsgi import get_input_stream

from storage import Received, Receiving, TooLarge, Vault

PIECE_BYTES = 256 * 1024
# All that is not the content of a file: fields, headers and boundaries.
FORM_MAX_BYTES = 1024 * 1024
MAX_PARTS = 500


@dataclass
class ReceivedForm:
    """What came in a form.

    Attributes:
        fields: The last value of each field.
        files: Name of the field, name of the file, and the file, which waits in the spool.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, str, Received]] = field(default_factory=list)

    def digest(self) -> bytes:
        """Return the SHA-256 over names, values, file names and the clear bytes of the files."""
        total = hashlib.sha256()
        parts = [("field", name, value) for name, value in sorted(self.fields.items())]
        parts += [(name, file_name, each.sha256) for name, file_name, each in self.files]
        for part in parts:
            for word in part:
                content = word.encode("utf-8", "surrogatepass")
                total.update(len(content).to_bytes(8, "big") + content)
        return total.digest()


@contextmanager
def receiving_form(vault: Vault, *, limit_bytes: int) -> Iterator[ReceivedForm]:
    """Take the form of this request; files that were not kept by the end of the block are gone.

    Raises:
        UnsupportedMediaType: It is no multipart/form-data.
        RequestEntityTooLarge: It is larger than `limit_bytes` and a little for the fields.
        BadRequest: It is broken, or ends too early.
    """
    with ExitStack() as stack:
        form = ReceivedForm()
        stack.callback(_discard_all, vault, form)
        try:
            _Reader(vault, form, limit_bytes, stack).read(body_stream(limit_bytes))
        except TooLarge:
            raise RequestEntityTooLarge from None
        except ValueError as error:
            raise BadRequest from error
        yield form


def body_stream(limit_bytes: int) -> IO[bytes]:
    """Return the body of this request as a stream with a limit of its own.

    Raises:
        RequestEntityTooLarge: It says that it is larger.
    """
    length = request.content_length
    if length is not None and length > limit_bytes + FORM_MAX_BYTES:
        raise RequestEntityTooLarge
    return get_input_stream(request.environ, max_content_length=limit_bytes + FORM_MAX_BYTES)


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a stream in pieces of at most 256 KiB.

    Raises:
        BadRequest: The sender went away before the end.
    """
    while True:
        try:
            piece = stream.read(PIECE_BYTES)
        except OSError as error:
            raise BadRequest("The body ended too early.") from error
        if not piece:
            return
        yield piece


class _Reader:
    """Feeds the decoder and sorts what it says."""

    def __init__(
        self, vault: Vault, form: ReceivedForm, limit_bytes: int, stack: ExitStack
    ) -> None:
        self._vault, self._form, self._limit_bytes, self._stack = vault, form, limit_bytes, stack
        self._name, self._file_name = "", ""
        self._file: Receiving | None = None
        self._value = bytearray()
        self._values_bytes = 0

    def read(self, stream: IO[bytes]) -> None:
        """Read to the end of the form."""
        decoder = MultipartDecoder(_boundary(), 2 * FORM_MAX_BYTES, max_parts=MAX_PARTS)
        for piece in pieces(stream):
            decoder.receive_data(piece)
            if self._drain(decoder):
                return
        decoder.receive_data(None)
        if not self._drain(decoder):
            raise ValueError("the form has no end")

    def _drain(self, decoder: MultipartDecoder) -> bool:
        """Take what the decoder knows so far; True at the end of the form."""
        while not isinstance(found := decoder.next_event(), NeedData):
            if isinstance(found, Epilogue):
                return True
            if isinstance(found, Field | File):
                self._begin(found)
            elif isinstance(found, Data):
                self._take(found)
        return False

    def _begin(self, part: Field | File) -> None:
        if part.name is None:
            raise ValueError("a part without a name")
        self._name, self._value, self._file = part.name, bytearray(), None
        if isinstance(part, File) and part.filename:
            self._file_name = _plain_name(part.filename)
            begun = self._vault.begin(limit_bytes=self._limit_bytes, file_name=self._file_name)
            self._file = self._stack.enter_context(begun)

    def _take(self, data: Data) -> None:
        if self._file is not None:
            self._file.write(data.data)
        else:
            self._values_bytes += len(data.data)
            if self._values_bytes > FORM_MAX_BYTES:
                raise RequestEntityTooLarge
            self._value += data.data
        if not data.more_data:
            self._end()

    def _end(self) -> None:
        if self._file is not None:
            self._form.files.append((self._name, self._file_name, self._file.finish()))
        else:
            self._form.fields[self._name] = self._value.decode()


def _boundary() -> bytes:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary or len(boundary) > 200:
        raise BadRequest("The form names no boundary.")
    return boundary.encode("ascii", "replace")


def _plain_name(name: str) -> str:
    """Return the last part of a name that some browsers send with its folders."""
    return PurePosixPath(name.replace("\\", "/")).name or "file"


def _discard_all(vault: Vault, form: ReceivedForm) -> None:
    for _, _, each in form.files:
        vault.discard(each)
