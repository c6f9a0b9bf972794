"""Messages that lie in messages: each comes out as a file of its own, and its words are found."""

from __future__ import annotations

import io
import struct
from email import message_from_bytes, policy
from email.message import EmailMessage

import olefile
import pytest

from search.reading import Cage
from search.reading.compound import Tree, compound_file
from tests.reading.conftest import Read

MAIL, MSG = "message/rfc822", "application/vnd.ms-outlook"
_FACTS = "__properties_version1.0"


def message(
    subject: str, body: str, *attached: Tree, inside: bool = False
) -> dict[str, bytes | Tree]:
    """The streams of an Outlook message; one inside another has a shorter head of its facts."""
    tree: dict[str, bytes | Tree] = {
        "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
        _FACTS: bytes(8) + struct.pack("<IIII", 0, len(attached), 0, len(attached)),
    }
    if not inside:
        tree[_FACTS] = (
            bytes(8) + struct.pack("<IIII", 0, len(attached), 0, len(attached)) + bytes(8)
        )
        tree["__nameid_version1.0"] = {"__substg1.0_00020102": bytes(16)}
    for number, each in enumerate(attached):
        tree[f"__attach_version1.0_#{number:08X}"] = each
    return tree


def enclosed(tree: Tree) -> Tree:
    return {_FACTS: bytes(8), "__substg1.0_3701000D": tree}


def file(name: str, content: bytes) -> Tree:
    return {
        _FACTS: bytes(8),
        "__substg1.0_3707001F": name.encode("utf-16-le"),
        "__substg1.0_37010102": content,
    }


@pytest.mark.parametrize("size", [0, 64, 5_000, 7_000_000])
def test_a_compound_file_is_read_by_others_without_a_complaint(size: int) -> None:
    tree: Tree = {
        "small": b"x" * 100,
        "folder": {"deep": {"large": b"z" * size}},
        "edge": bytes(4096),
    }
    strict = olefile.DEFECT_INCORRECT
    with olefile.OleFileIO(io.BytesIO(compound_file(tree)), raise_defects=strict) as opened:
        assert opened.parsing_issues == []
        assert opened.openstream("small").read() == b"x" * 100
        assert opened.openstream(["folder", "deep", "large"]).read() == b"z" * size
        assert opened.openstream("edge").read() == bytes(4096)


def test_a_message_in_a_message_comes_out_and_can_be_opened_alone(cage: Cage, read: Read) -> None:
    plan = bytes(range(256)) * 30
    inner = message(
        "Inner subject", "words of the inner message", file("plan.bin", plan), inside=True
    )
    middle = message("Middle", "words of the middle", enclosed(inner), inside=True)
    outer = compound_file(message("Outer", "words of the outer", enclosed(middle)))
    reading = read(outer, "outer.msg")
    assert reading.media_type == MSG
    for words in ("words of the outer", "words of the middle", "words of the inner message"):
        assert words in "\n".join(reading.pages)
    (first,) = cage.unpack([outer], file_name="outer.msg", media_type=MSG).parts
    assert (first.name, first.media_type) == ("Middle.msg", MSG)
    alone = read(bytes(first.data), first.name)
    assert alone.attributes["subject"] == "Middle"
    assert "words of the outer" not in "\n".join(alone.pages)
    (second,) = cage.unpack([bytes(first.data)], file_name=first.name, media_type=MSG).parts
    assert second.name == "Inner subject.msg"
    (third,) = cage.unpack([bytes(second.data)], file_name=second.name, media_type=MSG).parts
    assert (third.name, bytes(third.data)) == ("plan.bin", plan)


def test_a_message_comes_out_the_same_each_time(cage: Cage) -> None:
    outer = compound_file(message("Outer", "", enclosed(message("In", "in", inside=True))))
    made = {
        bytes(cage.unpack([outer], file_name="a.msg", media_type=MSG).parts[0].data)
        for _ in range(2)
    }
    assert len(made) == 1


def test_a_mail_in_an_outlook_message_comes_out_byte_for_byte(cage: Cage, read: Read) -> None:
    mail = b"From: a@example.org\r\nSubject: in it\r\n\r\nwords of the mail\r\n"
    outer = compound_file(message("Outer", "outer", file("in it.eml", mail)))
    assert "words of the mail" in "\n".join(read(outer, "outer.msg").pages)
    (part,) = cage.unpack([outer], file_name="outer.msg", media_type=MSG).parts
    assert (part.name, part.media_type, bytes(part.data)) == ("in it.eml", MAIL, mail)


def test_a_mail_in_a_mail_comes_out_with_its_attachment(cage: Cage, read: Read) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "b@example.org", "转发的来信"
    inner.set_content("words of the inner mail")
    inner.add_attachment(b"\0\1\2", maintype="application", subtype="x-odd", filename="a.bin")
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "a@example.org", "Outer"
    outer.set_content("words of the outer mail")
    outer.add_attachment(inner)
    content = outer.as_bytes()
    assert "words of the inner mail" in "\n".join(read(content, "outer.eml", MAIL).pages)
    (part,) = cage.unpack([content], file_name="outer.eml", media_type=MAIL).parts
    assert (part.name, part.media_type) == ("转发的来信.eml", MAIL)
    opened = message_from_bytes(bytes(part.data), policy=policy.default)
    assert opened["Subject"] == "转发的来信"
    (last,) = cage.unpack([bytes(part.data)], file_name=part.name, media_type=MAIL).parts
    assert (last.name, bytes(last.data)) == ("a.bin", b"\0\1\2")


PGP = b"""From: a@example.org
Subject: signed
MIME-Version: 1.0
Content-Type: multipart/signed; boundary="b"; micalg=pgp-sha256;
 protocol="application/pgp-signature"

--b
Content-Type: text/plain

words that were signed
--b
Content-Type: application/pgp-signature; name="signature.asc"

-----BEGIN PGP SIGNATURE-----

aGVsbG8=
-----END PGP SIGNATURE-----
--b--
"""


def test_a_mail_signed_by_pgp_gives_its_text_and_the_signature_as_a_file(
    cage: Cage, read: Read
) -> None:
    reading = read(PGP, "signed.eml", MAIL)
    assert "words that were signed" in reading.pages[0]
    assert "BEGIN PGP" not in reading.pages[0]
    (part,) = cage.unpack([PGP], file_name="signed.eml", media_type=MAIL).parts
    assert part.name == "signature.asc"
    assert bytes(part.data).startswith(b"-----BEGIN PGP SIGNATURE-----")
