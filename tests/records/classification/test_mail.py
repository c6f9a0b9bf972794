"""The face of a mail is its header; what it forwards or quotes speaks for another mail."""

from records.classification.face import read_face

HEADER = {
    "from": "Jane Smith <jane@example.org>",
    "to": "registry@example.org",
    "cc": "a@example.org, b@example.org",
    "date": "2024-05-09T23:30:00+08:00",
    "subject": "Fwd: Harbour bridge",
    "message_id": "<1@example.org>",
}
FORWARDED = """Fwd: Harbour bridge
See below.
---------- Forwarded message ----------
From: John <john@example.com>
Date: May 8, 2005
Subject: Another bridge
To: somebody@example.com
Our ref: B/7
"""


def test_the_header_wins_over_what_is_forwarded() -> None:
    found = read_face([FORWARDED], (), HEADER).shown()
    values = {name: told["value"] for name, told in found.items() if told}
    assert values["sender"] == "Jane Smith <jane@example.org>"
    assert values["title"] == "Fwd: Harbour bridge"
    assert values["addressee"] == "registry@example.org"
    assert values["copies_to"] == ["a@example.org", "b@example.org"]
    assert values["written_on"] == "2024-05-09"


def test_an_official_document_sent_as_a_mail_keeps_its_own_face() -> None:
    text = "关于防汛的通知\n滨水〔2024〕7号\n各科室：\n请执行。\n滨海市水务局\n2024年4月30日\n"
    found = read_face([text], (), HEADER)
    assert found.title is not None
    assert found.sender is not None
    assert found.written_on is not None
    assert found.title.value == "关于防汛的通知"
    assert found.sender.value == HEADER["from"]
    assert found.written_on.value == "2024-04-30"


def test_files_that_only_name_an_author_are_no_mail() -> None:
    found = read_face(["Some text."], (), {"author": "Jane", "title": "Draft", "created": "2024"})
    assert (found.sender, found.title) == (None, None)


def test_a_header_without_sense_is_left_out() -> None:
    found = read_face(["Some text."], (), {"from": "", "date": "no day", "subject": " "})
    assert (found.sender, found.title, found.written_on) == (None, None, None)
