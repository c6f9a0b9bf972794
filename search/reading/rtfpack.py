"""Compressed RTF, as Outlook keeps the text of a mail (MS-OXRTFCP)."""

import struct

_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_COMPRESSED = b"LZFu"
_HEADER_BYTES = 16
_NONE = "no compressed RTF"


def unpacked(data: bytes, most_bytes: int) -> bytes:
    """Return the RTF in a compressed one, as far as it is whole and at most `most_bytes` long.

    Raises:
        ValueError: It is no compressed RTF.
    """
    if len(data) < _HEADER_BYTES:
        raise ValueError(_NONE)
    _, size, kind, _ = struct.unpack_from("<II4sI", data)
    if kind == b"MELA":
        return data[_HEADER_BYTES : _HEADER_BYTES + size]
    if kind != _COMPRESSED:
        raise ValueError(_NONE)
    return _expanded(data, min(size, most_bytes))


def _expanded(data: bytes, size: int) -> bytes:
    out = bytearray(_DICTIONARY)
    begin = len(out)
    at = _HEADER_BYTES
    while at < len(data) and len(out) - begin < size:
        control, at = data[at], at + 1
        for bit in range(8):
            if not control >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            if at + 1 >= len(data):
                break
            offset, length = data[at] << 4 | data[at + 1] >> 4, (data[at + 1] & 15) + 2
            at += 2
            back = (len(out) - offset) % _WINDOW
            if back == 0:  # a reference to the place of writing is the end
                return bytes(out[begin : begin + size])
            for _ in range(length):
                out.append(out[-back] if back <= len(out) else 32)
    return bytes(out[begin : begin + size])
