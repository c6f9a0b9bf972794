"""Check a period of the log that was handed out: `python verify_period.py FILE KEY`.

KEY is the public key of the log, or a file that holds it, and must not come from where FILE came
from. Needs Python and `cryptography`, and nothing else beside it. docs/formats/log.md tells the
format; Chancery itself runs this very code.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "chancery log period 1"


def demand(holds: bool, otherwise: str) -> None:
    """Go on only if something holds."""
    if not holds:
        raise ValueError(otherwise)


def sha256(*parts: bytes) -> bytes:
    """Return the digest of all parts in a row."""
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value: Any) -> bytes:
    """Return the one form in which a value is hashed and signed."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def opened(note: str, log_key: str, part: str = "") -> tuple[int, bytes]:
    """Return the number and the hash of a note that the key has signed for this part."""
    name, _, key = log_key.strip().split("+", 2)
    text, _, line = note.partition("\n\n")
    origin, count, digest = text.split("\n")
    signed, public = base64.b64decode(line.split(" ")[2]), base64.b64decode(key)
    demand(origin == name + part, f"this is of {origin}, not of {name}{part}")
    key_id = hashlib.sha256(f"{origin}\n".encode() + public).digest()[:4]
    told = base64.b64encode(key_id + signed[4:]).decode()
    demand(line == f"— {origin} {told}\n", "the signature is not in its one form")
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signed[4:], f"{text}\n".encode())
    return int(count), base64.b64decode(digest)


def verify(file: Iterable[bytes], log_key: str) -> str:
    """Return what a period holds, if every entry of it stands in the log and none is left out."""
    lines = iter(file)
    line = next(lines)
    head, digest, told, times = json.loads(line), hashlib.sha256(line), 0, [""]
    first, stop = head["first"], head["stop"]
    demand(head["format"] == FORMAT and first < stop, "this is no period of a known version")
    # The roots of the complete subtrees of all that stands before (RFC 6962, section 2.1).
    widths = [1 << bit for bit in range(first.bit_length())[::-1] if first >> bit & 1]
    peaks = list(zip(widths, map(base64.b64decode, head["left"]), strict=True))
    for sequence in range(first, stop):
        line = next(lines)
        digest.update(line)
        entry = json.loads(line)
        leaf, telling = entry["leaf"], entry["payload"]
        demand(leaf["sequence"] == sequence, f"entry {sequence} is not in its place")
        if telling is not None:
            bound = sha256(bytes.fromhex(entry["salt"]), canonical(telling)).hex()
            demand(bound == leaf["commitment"], f"entry {sequence} told something else")
            told += 1
        times = [times[0] or leaf["time"], leaf["time"]]
        width, root = 1, sha256(b"\0", canonical(leaf))
        while peaks and peaks[-1][0] == width:
            width, root = 2 * width, sha256(b"\1", peaks.pop()[1], root)
        peaks.append((width, root))
    demand(next(lines) == b"\n", "there are more entries than it says")
    signed = opened(b"".join(lines).decode(), log_key, "/period")
    demand(signed == (stop - first, digest.digest()), "the office signed another period")
    for _, left in peaks[-2::-1]:
        root = sha256(b"\1", left, root)
    demand(opened(head["checkpoint"], log_key) == (stop, root), "the log has other entries")
    demand(first == 0 or times[0] < head["from"], "the period may have begun earlier")
    ended = "" if times[-1] >= head["to"] else " The log may go on within the period."
    return f"Entries {first} to {stop - 1} are whole; {told} tell what they told.{ended}"


if __name__ == "__main__":
    given = Path(sys.argv[2])
    key_text = given.read_text("utf-8") if given.is_file() else sys.argv[2]
    try:
        with Path(sys.argv[1]).open("rb") as period:
            print(verify(period, key_text))  # noqa: T201 - this is what it is for
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, it is not true
        sys.exit(f"NOT TRUE: {str(error) or 'a signature is false, or the file ends too early'}")
