"""Timestamps (RFC 3161) over checkpoints: an authority says that one existed at a time.

What is kept is the whole answer, as `openssl ts -verify -data CHECKPOINT -in ANSWER` reads it. It
is taken only when it grants what was asked; whose signature it bears is judged by who checks it.
"""

import hashlib
import secrets

from asn1crypto import algos, core, tsp

from records.audit.posting import NotPosted, post

NONCE_BITS = 64
GRANTED = ("granted", "granted_with_mods")


def ask_for_timestamp(url: str, data: bytes) -> bytes:
    """Return an authority's answer over some data.

    Raises:
        NotPosted: It does not answer, refuses, or answers about something else.
    """
    digest, nonce = hashlib.sha256(data).digest(), secrets.randbits(NONCE_BITS)
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "hashed_message": digest,
            },
            "nonce": core.Integer(nonce),
            "cert_req": True,
        }
    )
    answer = post(url, request.dump(), media_type="application/timestamp-query")
    try:
        _check(answer, digest, nonce)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotPosted("the answer is no timestamp") from error
    return answer


def _check(answer: bytes, digest: bytes, nonce: int) -> None:
    told = tsp.TimeStampResp.load(answer, strict=True)
    status = told["status"]["status"].native
    if status not in GRANTED:
        raise NotPosted(f"the authority refuses: {status}")
    info = told["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    if info["message_imprint"]["hashed_message"].native != digest or info["nonce"].native != nonce:
        raise NotPosted("the timestamp is over something else")
