"""Check the log from outside: `python verify_log.py FILE KEY`. Needs Python and `cryptography`.

FILE is a checkpoint or a proof that an entry stands in the log; KEY is the public key of the log,
or a file that holds it, and must not come from where FILE came from. docs/formats/log.md tells the
formats; Chancery itself runs this very code.
"""

import base64
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PROOF = "c2sp.org/tlog-proof@v1"


class Untrue(Exception):
    """What is wrong with a file."""


def demand(holds: bool, otherwise: str) -> None:
    """Go on only if something holds."""
    if not holds:
        raise Untrue(otherwise)


def sha256(*parts: bytes) -> bytes:
    """Return the digest of all parts in a row."""
    return hashlib.sha256(b"".join(parts)).digest()


def decoded(text: str) -> bytes:
    """Return what Base64 says, which must be in its one form."""
    data = base64.b64decode(text, validate=True)
    demand(base64.b64encode(data).decode() == text, "there is Base64 that is not in its one form")
    return data


def root_from_path(leaf: bytes, index: int, size: int, path: list[str]) -> bytes:
    """Return the root of a Merkle tree to which a path leads (RFC 6962, section 2.1.1)."""
    demand(0 <= index < size and bool(path) == (size > 1), "a path does not fit its tree")
    if size == 1:
        return leaf
    left, top = 1 << (size - 1).bit_length() - 1, decoded(path[-1])
    if index < left:
        return sha256(b"\1", root_from_path(leaf, index, left, path[:-1]), top)
    return sha256(b"\1", top, root_from_path(leaf, index - left, size - left, path[:-1]))


def open_checkpoint(note: str, log_key: str | None) -> tuple[int, bytes]:
    """Return size and root of a checkpoint; without a key, what it merely claims."""
    origin, size, root, _, line, _ = note.split("\n")
    signature = line.rpartition(" ")[2]
    text = f"{origin}\n{int(size)}\n{root}\n"
    demand(note == f"{text}\n— {origin} {signature}\n", "the checkpoint is not in its one form")
    demand(len(decoded(root)) == 32, "the checkpoint has no root")
    if log_key is not None:
        name, log_id, key = log_key.strip().split("+", 2)
        kind, public, signed = decoded(key)[:1], decoded(key)[1:], decoded(signature)
        key_id = sha256(name.encode(), b"\n", kind, public)[:4]
        demand(kind == b"\1" and key_id.hex() == log_id, "this is no key of a log")
        demand(name == origin, f"the checkpoint is of the log {origin}, not of {name}")
        demand(signed[:4] == key_id, "the checkpoint is signed with another key of this name")
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], text.encode())
        except InvalidSignature:
            raise Untrue("the signature of the checkpoint is false") from None
    return int(size), decoded(root)


def verify(file: bytes, log_key: str | None) -> str:
    """Return what a checkpoint or a proof says, if it is true."""
    text = file.decode()
    proof, _, note = text.partition("\n\n") if text.startswith(PROOF) else ("", "", text)
    size, root = open_checkpoint(note, log_key)
    if not proof:
        return f"The log has {size} entries and the root {root.hex()}."
    first, extra, at, *path = proof.split("\n")
    leaf, index = decoded(extra.removeprefix("extra ")), int(at.removeprefix("index "))
    found = root_from_path(sha256(b"\0", leaf), index, size, path)
    demand(found == root and first == PROOF, "the entry does not stand in the log at this place")
    return f"Entry {index} of {size} is {leaf.decode()}"


def run(check: Callable[[bytes, str | None], str]) -> None:
    """Check the file that the command line names with the key that it gives."""
    file, key = Path(sys.argv[1]), Path(sys.argv[2])
    log_key = key.read_text("utf-8") if key.is_file() else sys.argv[2]
    try:
        told = check(file.read_bytes(), log_key)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, it is not true
        sys.exit(f"NOT TRUE: {str(error) or 'the signature is false'}")
    sys.stdout.buffer.write(told.encode() + b"\n")


if __name__ == "__main__":
    run(verify)
