"""Receipt files made without an office: a log in memory, keys from numbers, passkeys of software.

The keys are fixed and all signatures are the same each time, so that the vectors of
`docs/formats/receipt.md` come from here as well.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from records.audit.notes import (
    NoteKey,
    checkpoint_text,
    consistency_text,
    dated_line,
    encoded,
    proof_text,
    signed_note,
)
from records.core.log import Leaf, canonical_payload, commit_to, timestamp
from records.core.merkle import consistency_proof, inclusion_path, leaf_hash, root

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
FORMAT = "chancery receipt 1"
WORDS = b"chancery receipt 1\n"
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
VERIFIED = 0x05


def named(name: str) -> str:
    """Return the id that a made-up thing always has."""
    return str(uuid5(NAMESPACE_URL, f"chancery:test:{name}"))


def ed25519_key(seed: int) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def es256_key(seed: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(seed, ec.SECP256R1())


def public_der(private: Private) -> str:
    """Return the public half as keys are enrolled: SPKI DER in Base64."""
    public = private.public_key()
    return encoded(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def sign(private: Private, data: bytes) -> bytes:
    """Sign as a passkey of this kind does, without chance."""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(data)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True))
    return private.sign(data, padding.PKCS1v15(), SHA256())


@dataclass(frozen=True)
class Signer:
    """A reader with a key; `private` is in a passkey or with the server."""

    name: str
    private: Private
    kind: str = "server"
    rp_id: str = "office.example"
    origin: str = "https://office.example"

    @property
    def id(self) -> str:
        return named(self.name)

    @property
    def key_id(self) -> str:
        return named(f"{self.kind} key of {self.name}")


@dataclass
class SmallLog:
    """A log in memory, with a key of its own."""

    origin: str = "office.example/log"
    private: ed25519.Ed25519PrivateKey = field(default_factory=lambda: ed25519_key(7))
    parts: list[dict[str, Any]] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)

    @property
    def key(self) -> NoteKey:
        return NoteKey(self.origin, self.private.public_key().public_bytes_raw())

    def add(
        self, kind: str, *, actor: str | None, objects: Sequence[str], payload: dict[str, Any]
    ) -> int:
        """Write an entry and return its place."""
        sequence = len(self.parts)
        salt = hashlib.sha256(f"salt {sequence}".encode()).digest()
        leaf = Leaf(
            sequence,
            MORNING + timedelta(minutes=sequence),
            UUID(actor) if actor else None,
            kind,
            tuple(objects),
            commit_to(salt, canonical_payload(payload)),
        )
        told = json.loads(leaf.canonical())
        self.parts.append({"leaf": told, "payload": payload, "salt": salt.hex()})
        self.hashes.append(leaf.digest())
        return sequence

    def enrol(self, signer: Signer, **changed: str) -> int:
        """Write that a key was enrolled."""
        payload = {
            "name": signer.name,
            "posts": ["Office · Leader"],
            "key": signer.key_id,
            "kind": signer.kind,
            "public_key": public_der(signer.private),
            "user": signer.id,
            **changed,
        }
        objects = [signer.id, signer.key_id]
        return self.add("key.enrolled", actor=signer.id, objects=objects, payload=payload)

    def add_receipt(self, body: dict[str, Any], signature: dict[str, Any]) -> int:
        """Write that a receipt was signed."""
        reader = body["reader"]
        return self.add(
            "receipt.signed",
            actor=reader["id"],
            objects=[
                body["document"]["id"],
                body["round"]["id"],
                body["item"],
                body["receipt"],
                reader["id"],
            ],
            payload={
                "name": reader["name"],
                "posts": reader["posts"],
                "receipt": body["receipt"],
                "digest": digest_of(body, signature),
                "key": body["key"]["id"],
                "reader": reader["name"],
                "number": body["document"]["number"],
                "decision": body["decision"],
            },
        )

    def checkpoint(self, size: int | None = None) -> str:
        """Return the signed root over the first entries, or over all."""
        count = len(self.parts) if size is None else size
        text = checkpoint_text(self.origin, count, root(self.hashes[:count]))
        return signed_note(text, self.key, self.private)

    def entry(self, sequence: int) -> dict[str, Any]:
        """Return an entry as a receipt file has it."""
        path = [encoded(each) for each in inclusion_path(self.hashes, sequence)]
        return {**self.parts[sequence], "path": path}

    def proof(self, sequence: int) -> str:
        """Return a proof of an entry as text."""
        leaf = canonical_payload(self.parts[sequence]["leaf"])
        path = inclusion_path(self.hashes, sequence)
        return proof_text(leaf, sequence, path, self.checkpoint())

    def dated(self) -> str:
        """Return the line that signs the checkpoint over all together with a time."""
        return dated_line(self.checkpoint(), self.key, self.private, MORNING)

    def growth(self, old_size: int) -> str:
        """Return the proof that the log goes on from its first entries."""
        proof = consistency_proof(self.hashes, old_size)
        return consistency_text(old_size, proof, self.checkpoint())

    def period(self, first: int, stop: int) -> str:
        """Return a stretch of the log as it is handed out; an entry in the middle is withheld."""
        times = [each["leaf"]["time"] for each in self.parts]
        peaks, start = [], 0
        for bit in reversed(range(first.bit_length())):
            if first >> bit & 1:
                peaks.append(root(self.hashes[start : start + (1 << bit)]))
                start += 1 << bit
        head = {
            "checkpoint": self.checkpoint(stop),
            "first": first,
            "format": "chancery log period 1",
            "from": times[first + 1],
            "left": [encoded(each) for each in peaks],
            "people": {},
            "stop": stop,
            "to": times[stop - 1],
        }
        hidden = {"payload": None, "salt": None}
        entries = [
            {**self.parts[at], **(hidden if at == first + 2 else {})} for at in range(first, stop)
        ]
        body = b"".join(canonical_payload(each) + b"\n" for each in [head, *entries])
        key = self.key.of_periods()
        told = checkpoint_text(key.name, stop - first, hashlib.sha256(body).digest())
        return f"{body.decode()}\n{signed_note(told, key, self.private)}"


def digest_of(body: dict[str, Any], signature: dict[str, Any]) -> str:
    """Return the digest by which the log knows a receipt."""
    told = canonical_payload({"body": body, "signature": signature})
    return hashlib.sha256(told).hexdigest()


def body_of(signer: Signer, document: str = "IN-2026-0001", **changed: Any) -> dict[str, Any]:
    """Return the body of a receipt of a made-up document."""
    component = named(f"letter of {document}")
    at = [timestamp(MORNING + timedelta(minutes=each)) for each in range(4)]
    return {
        "components": [
            {"id": component, "sha256": hashlib.sha256(document.encode()).hexdigest()},
            {"id": named(f"note of {document}"), "sha256": "0f" * 32},
        ],
        "decision": "read",
        "delivered_at": at[1],
        "document": {"id": named(document), "number": document},
        "handwriting": None,
        "instruction": None,
        "item": named(f"item of {signer.name} about {document}"),
        "key": {"id": signer.key_id, "kind": signer.kind},
        "on_behalf_of": None,
        "opened_at": at[2],
        "opinion": "已阅。Agreed “in principle”",
        "pages": [
            {"component": component, "page": 1, "seconds": 12},
            {"component": component, "page": 2, "seconds": 3},
        ],
        "reader": {"id": signer.id, "name": signer.name, "posts": ["Office · Leader"]},
        "receipt": named(f"receipt of {signer.name} about {document}"),
        "round": {
            "id": named(f"round of {document}"),
            "purpose": "read",
            "revision": 1,
            "sender": "Chen 陈",
            "sent_at": at[0],
        },
        "signed_at": at[3],
        "type": "chancery reading receipt",
        "version": 1,
        **changed,
    }


def signatures(
    signer: Signer,
    bodies: Sequence[dict[str, Any]],
    *,
    flags: int = VERIFIED,
    words: bytes = WORDS,
    **client: Any,
) -> list[dict[str, Any]]:
    """Sign bodies: one by one with a server's key, all at once with a passkey.

    Args:
        flags: What the passkey says of its owner.
        words: What stands before each body.
        client: What the browser is to say instead of the truth.
    """
    signed = [words + canonical_payload(each) for each in bodies]
    public = public_der(signer.private)
    if signer.kind == "server":
        return [
            {
                "kind": "server",
                "public_key": public,
                "signature": encoded(sign(signer.private, each)),
            }
            for each in signed
        ]
    leaves = [leaf_hash(each) for each in signed]
    is_batch = len(bodies) > 1
    challenge = root(leaves) if is_batch else hashlib.sha256(signed[0]).digest()
    told = {
        "type": "webauthn.get",
        "challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "origin": signer.origin,
        "crossOrigin": False,
        **client,
    }
    client_data = json.dumps(told, separators=(",", ":")).encode()
    answer = hashlib.sha256(signer.rp_id.encode()).digest() + bytes([flags]) + bytes(4)
    given = sign(signer.private, answer + hashlib.sha256(client_data).digest())
    common = {
        "kind": "passkey",
        "public_key": public,
        "authenticator_data": encoded(answer),
        "client_data_json": encoded(client_data),
        "signature": encoded(given),
        "origin": signer.origin,
        "rp_id": signer.rp_id,
    }
    return [
        {
            **common,
            "batch": {
                "index": index,
                "size": len(leaves),
                "path": [encoded(each) for each in inclusion_path(leaves, index)],
            }
            if is_batch
            else None,
        }
        for index in range(len(leaves))
    ]


def file_of(
    log: SmallLog,
    body: dict[str, Any],
    signature: dict[str, Any],
    *,
    enrolment: int,
    entry: int,
    **changed: Any,
) -> bytes:
    """Return a receipt file."""
    return canonical_payload(
        {
            "body": body,
            "checkpoint": log.checkpoint(),
            "enrolment": log.entry(enrolment),
            "entry": log.entry(entry),
            "format": FORMAT,
            "signature": signature,
            **changed,
        }
    )


def receipt_by(
    signer: Signer,
    *documents: str,
    log: SmallLog | None = None,
    flags: int = VERIFIED,
    words: bytes = WORDS,
    changed: dict[str, Any] | None = None,
    **client: Any,
) -> bytes:
    """Return a true receipt file of the first document, all of them signed at once.

    Args:
        changed: Parts of the bodies that are to be different.
    """
    book = log if log is not None else SmallLog()
    book.add("document.registered", actor=None, objects=[named("first")], payload={"name": "Li"})
    enrolment = book.enrol(signer)
    bodies = [body_of(signer, each, **(changed or {})) for each in documents or ("IN-2026-0001",)]
    given = signatures(signer, bodies, flags=flags, words=words, **client)
    entries = [book.add_receipt(*pair) for pair in zip(bodies, given, strict=True)]
    for number in range(4):
        book.add("person.signed_in", actor=signer.id, objects=[], payload={"number": number})
    return file_of(book, bodies[0], given[0], enrolment=enrolment, entry=entries[0])


SERVER = Signer("Li Wei 李维", ed25519_key(1))
PASSKEY = Signer("Wang Fang 王芳", es256_key(1234567), kind="passkey")
KEY_TEXT = SmallLog().key.text()


def server_receipt() -> bytes:
    """A receipt that is signed with a key that the server holds."""
    return receipt_by(SERVER)


def passkey_receipt() -> bytes:
    """A receipt that is signed with a passkey (ES256)."""
    return receipt_by(PASSKEY)


def batch_receipt() -> bytes:
    """The first of three receipts that are signed with a passkey at once."""
    return receipt_by(PASSKEY, "IN-2026-0001", "IN-2026-0002", "IN-2026-0003")


def another_log() -> SmallLog:
    """A log of the same name with another key."""
    return replace(SmallLog(), private=ed25519_key(8))
