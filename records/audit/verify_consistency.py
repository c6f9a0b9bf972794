"""Check that a log goes on from what it was: `python verify_consistency.py PROOF KEY OLD`.

PROOF is a proof of consistency with a newer checkpoint, KEY the public key of the log or a file
that holds it, OLD the older checkpoint that you kept. Needs Python and `cryptography`, and nothing
else beside it. docs/formats/log.md tells the formats; Chancery itself runs this very code.
"""

import base64
import hashlib
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def demand(holds: bool, otherwise: str) -> None:
    """Go on only if something holds."""
    if not holds:
        raise ValueError(otherwise)


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def opened(note: str, log_key: str) -> tuple[int, bytes]:
    """Return size and root of a checkpoint that the key has signed."""
    name, _, key = log_key.strip().split("+", 2)
    text, _, line = note.partition("\n\n")
    origin, size, root = text.split("\n")
    signed, public = base64.b64decode(line.split(" ")[2]), base64.b64decode(key)
    demand(origin == name, f"the checkpoint is of the log {origin}, not of {name}")
    key_id = hashlib.sha256(f"{origin}\n".encode() + public).digest()[:4]
    told = base64.b64encode(key_id + signed[4:]).decode()
    demand(line == f"— {origin} {told}\n", "the signature is not in its one form")
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signed[4:], f"{text}\n".encode())
    return int(size), base64.b64decode(root)


def demand_growth(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> None:
    """Demand that a tree continues an older one (RFC 9162, section 2.1.4.2)."""
    (old_size, old_root), (size, root), steps = old, new, list(path)
    demand(old_size <= size, f"rolled back: {size} entries are left of {old_size}")
    if old_size in (0, size):
        demand(not steps, "the proof has more steps than it needs")
        return demand(old_size == 0 or old_root == root, "forked: the past was written anew")
    # A complete old tree is a node of the new one, and its root is known already.
    was = now = steps.pop(0) if old_size & (old_size - 1) else old_root
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    for each in steps:
        demand(last > 0, "the proof has more steps than it needs")
        if at & 1 or at == last:
            was, now = node(each, was), node(each, now)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            now = node(now, each)
        at, last = at >> 1, last >> 1
    demand(last == 0, "the proof has too few steps")
    demand(was == old_root, "forked: the past was written anew")
    return demand(now == root, "the proof does not lead to the newer root")


def verify(proof: str, log_key: str, old: str) -> str:
    """Return what a proof shows, if it is true and about this older checkpoint."""
    said, _, note = proof.partition("\n\n")
    first, *path = said.split("\n")
    known, new = opened(old, log_key), opened(note, log_key)
    demand(first == f"old {known[0]}", "the proof is about another checkpoint")
    steps = [base64.b64decode(each) for each in path]
    demand([base64.b64encode(each).decode() for each in steps] == path, "a step has another form")
    demand_growth(known, new, steps)
    return f"The log of {new[0]} entries continues the one of {known[0]}."


if __name__ == "__main__":
    given = Path(sys.argv[2])
    key_text = given.read_text("utf-8") if given.is_file() else sys.argv[2]
    try:
        texts = [Path(sys.argv[at]).read_bytes().decode() for at in (1, 3)]
        print(verify(texts[0], key_text, texts[1]))  # noqa: T201 - this is what it is for
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, it is not true
        sys.exit(f"NOT TRUE: {str(error) or 'a signature is false'}")
