"""Check a reading receipt: `python verify_receipt.py FILE KEY`. Needs Python and `cryptography`.

KEY is the public key of the log, or a file that holds it, and must not come from where FILE came
from. docs/formats/receipt.md tells the format; verify_log.py must lie beside this file.
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from records.audit.verify_log import decoded, demand, open_checkpoint, root_from_path, run, sha256

FORMAT = "chancery receipt 1"
FILE = {"body", "checkpoint", "enrolment", "entry", "format", "signature"}
ENTRY = {"leaf", "path", "payload", "salt"}


def canonical(value: Any) -> bytes:
    """Return the one form in which a value is hashed and signed."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def proved(part: dict[str, Any], kind: str, tree: tuple[int, bytes]) -> tuple[Any, Any]:
    """Return leaf and payload of an entry that stands in the log."""
    leaf, payload, salt = part["leaf"], part["payload"], bytes.fromhex(part["salt"])
    demand(set(part) == ENTRY, "an entry has other parts than it must have")
    demand(leaf["kind"] == kind, f"{leaf['kind']} stands in the place of {kind}")
    told = sha256(salt, canonical(payload)).hex()
    is_bound = told == leaf["commitment"] and salt.hex() == part["salt"]
    demand(is_bound, f"the entry {kind} told something else")
    leaf_hash = sha256(b"\0", canonical(leaf))
    root = root_from_path(leaf_hash, leaf["sequence"], tree[0], part["path"])
    demand(root == tree[1], f"the entry {kind} does not stand in the log")
    return leaf, payload


def signed_by_passkey(words: bytes, signature: dict[str, Any]) -> bytes:
    """Return what a passkey signs when it answers for these words (WebAuthn, section 7.2)."""
    answer, client = map(decoded, (signature["authenticator_data"], signature["client_data_json"]))
    challenge, batch, told = sha256(words), signature["batch"], json.loads(client)
    if batch is not None:
        leaf = sha256(b"\0", words)
        challenge = root_from_path(leaf, batch["index"], batch["size"], batch["path"])
    asked = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
    demand(told["type"] == "webauthn.get", "the passkey was not asked to sign")
    demand(told["challenge"] == asked, "the passkey signed something else")
    is_at_home = answer[:32] == sha256(signature["rp_id"].encode())
    demand(is_at_home and told["origin"] == signature["origin"], "the passkey signed elsewhere")
    demand(answer[32] & 5 == 5, "the passkey did not verify its owner")
    return answer + sha256(client)


def check_signature(body: Any, signature: dict[str, Any]) -> None:
    """Demand that the key of a signature has signed a body: Ed25519, ES256 or RS256."""
    words, signed = FORMAT.encode() + b"\n" + canonical(body), decoded(signature["signature"])
    if signature["kind"] == "passkey":
        words = signed_by_passkey(words, signature)
    key = load_der_public_key(decoded(signature["public_key"]))
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signed, words)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signed, words, ec.ECDSA(SHA256()))
    else:
        assert isinstance(key, rsa.RSAPublicKey), "the key is of no known kind"
        key.verify(signed, words, padding.PKCS1v15(), SHA256())


def verify(file: bytes, log_key: str | None) -> str:
    """Return what a receipt says, if all of it is true and the log is the one of the key."""
    receipt = json.loads(file, parse_float=str, parse_constant=str)
    demand(canonical(receipt) == file, "the file is not in its one form")
    body, signature = receipt["body"], receipt["signature"]
    is_known = receipt["format"] == FORMAT and body["version"] == 1
    demand(is_known and set(receipt) == FILE, "this is no receipt of a known version")
    tree = open_checkpoint(receipt["checkpoint"], log_key)
    leaf, told = proved(receipt["entry"], "receipt.signed", tree)
    enrolled, key = proved(receipt["enrolment"], "key.enrolled", tree)
    digest = sha256(canonical({"body": body, "signature": signature})).hex()
    demand(told["digest"] == digest, "the log has another receipt")
    about = [body[part]["id"] for part in ("document", "round")] + [body["item"], body["receipt"]]
    reader, signer = body["reader"]["id"], body["key"]
    demand(leaf["objects"][:5] == [*about, reader], "the log has it about something else")
    owned = (key["user"], key["key"], key["kind"], key["kind"], key["public_key"])
    used = (reader, signer["id"], signer["kind"], signature["kind"], signature["public_key"])
    demand(owned == used, "the key was not enrolled for this reader")
    demand(enrolled["sequence"] < leaf["sequence"], "the key was enrolled after it signed")
    check_signature(body, signature)
    demand(log_key is not None, "untrusted log: nobody vouches for its key")
    who, number = body["reader"]["name"], body["document"]["number"]
    return f"{who} signed the receipt of {number} at {body['signed_at']}."


if __name__ == "__main__":
    run(verify)
