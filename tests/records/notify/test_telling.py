"""News become notices: once per person, done when done, and discreet."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

from records.circulation.absence import name_deputy
from records.circulation.managing import close_round, recall_item, settle_item
from records.circulation.reading import delegate_item, return_item
from records.circulation.rules import Purpose
from records.core.errors import NotFound
from records.core.news import settle, tell
from records.notify.endings import ENDINGS
from records.notify.rules import KINDS, SETTLING, Wishes
from records.notify.service import (
    change_settings,
    read_notice,
    read_notices,
    settings_of,
)
from records.notify.wording import _SENTENCES
from records.people.rules import Secrecy
from records.registration.service import change_secrecy
from tests.builders import again, id_of
from tests.records.circulation.desks import Desks
from tests.records.notify.post import Post, subject_of

ROOT = Path(__file__).parents[3]


def test_every_kind_that_services_tell_of_is_known_and_has_words() -> None:
    told = set()
    for path in sorted((ROOT / "records").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("tell", "tell_managers", "tell_readers"):
                told |= {
                    each.value
                    for each in node.args[:2]
                    if isinstance(each, ast.Constant) and "." in str(each.value)
                }
    assert {"item.returned", "round.completed", "task.given", "paper.handed"} <= told <= set(KINDS)
    assert set(_SENTENCES) == set(KINDS)
    assert set(ENDINGS) == SETTLING


def test_a_reader_is_told_once_and_the_badge_goes_when_it_is_signed(any_desks: Desks) -> None:
    desks, post = any_desks, Post(any_desks.office)
    document = desks.document("Flood alarm")
    round_id = desks.send(document, ["li"])
    post.run()
    li = desks.reader("li")
    (line,) = post.waiting(li)
    assert (line.kind, line.number, line.title) == (
        "item.delivered",
        document.number,
        "Flood alarm",
    )
    assert (line.who, line.asks, subject_of(line)) == ("clerk", True, desks.item(round_id, "li"))
    assert post.count(li) == 1
    desks.sign(round_id, "li")
    post.run()
    assert post.count(li) == 0
    assert [each.kind for each in post.done(li)] == ["item.delivered"]
    # The manager hears that the round is complete, until it is closed.
    assert [each.kind for each in post.waiting(desks.clerk)] == ["round.completed"]
    with desks.office.database.writing() as uow:
        close_round(uow, desks.clerk, round_id=round_id, reason=None)
    post.run()
    assert post.count(desks.clerk) == 0


def test_the_same_cause_told_again_tells_nobody_twice(any_desks: Desks) -> None:
    desks, post = any_desks, Post(any_desks.office)
    round_id = desks.send(desks.document(), ["li"])
    item = desks.item(round_id, "li")
    for _ in range(3):
        with desks.office.database.writing() as uow:
            people = [id_of(desks.reader("li"))]
            tell(
                uow, "item.delivered", to=people, cause=f"item.delivered:{item}:1", subject_id=item
            )
        post.run()
    assert post.kinds(desks.reader("li")) == ["item.delivered"]


def test_whatever_comes_first_what_has_ended_wants_nothing(desks: Desks, post: Post) -> None:
    round_id = desks.send(desks.document(), ["li"])
    desks.sign(round_id, "li")
    # Delivering and signing are told together; then the first news comes once more, late.
    post.run()
    item = desks.item(round_id, "li")
    with desks.office.database.writing() as uow:
        tell(uow, "item.reminder", to=[id_of(desks.reader("li"))], cause="late", subject_id=item)
        settle(uow, [item])
    post.run()
    assert post.count(desks.reader("li")) == 0
    assert post.kinds(desks.reader("li")) == ["item.delivered", "item.reminder"]


def test_returning_is_told_with_its_reason_until_it_is_settled(desks: Desks, post: Post) -> None:
    round_id = desks.send(desks.document(), ["li", "wang"])
    item = desks.item(round_id, "li")
    with desks.office.database.writing() as uow:
        return_item(uow, desks.reader("li"), item_id=item, reason="The annex is missing")
    post.run()
    assert post.count(desks.reader("li")) == 0
    (line,) = post.waiting(desks.clerk)
    assert (line.kind, line.who, line.reason) == ("item.returned", "li", "The annex is missing")
    assert line.target == ("round", round_id)
    with desks.office.database.writing() as uow:
        settle_item(uow, desks.clerk, item_id=item)
    post.run()
    assert post.count(desks.clerk) == 0


def test_handing_on_and_recalling_are_told_to_whom_they_concern(desks: Desks, post: Post) -> None:
    round_id = desks.send(desks.document(), ["li", "zhao"], purpose=Purpose.COMMENT)
    desks.reader("wang")
    with desks.office.database.writing() as uow:
        wang = id_of(desks.reader("wang"))
        item = desks.item(round_id, "li")
        delegate_item(uow, desks.reader("li"), item_id=item, to_id=wang, reason="away")
    post.run()
    (line,) = post.waiting(desks.clerk)
    assert (line.kind, line.who, line.other, line.reason) == (
        "item.delegated",
        "li",
        "wang",
        "away",
    )
    (line,) = post.waiting(desks.reader("wang"))
    assert (line.kind, line.who, line.purpose) == ("item.delivered", "li", "comment")
    from records.circulation.reading import open_item

    zhao = desks.item(round_id, "zhao")
    with desks.office.database.writing() as uow:
        open_item(uow, again(desks.office, desks.reader("zhao")), item_id=zhao)
        recall_item(uow, desks.clerk, item_id=zhao, reason="wrong person")
    post.run()
    (line,) = post.waiting(desks.reader("zhao"))
    # The right to see the document went with the item.
    assert (line.kind, line.hidden, line.number, line.title) == ("item.recalled", True, None, None)
    assert (line.reason, line.target) == (None, None)


def test_a_deputy_is_told_for_whom(desks: Desks, post: Post) -> None:
    li, wang = desks.reader("li"), desks.reader("wang")
    with desks.office.database.writing() as uow:
        name_deputy(
            uow,
            li,
            deputy_id=id_of(wang),
            from_at=uow.now,
            until_at=uow.now + timedelta(days=3),
            purposes=[Purpose.READ],
            ceiling=Secrecy.INTERNAL,
        )
    desks.send(desks.document(), ["li"])
    post.run()
    delivered, named = post.waiting(wang)
    assert (named.kind, named.who) == ("deputy.named", "li")
    assert named.until_at is not None
    assert (delivered.kind, delivered.reader) == ("item.delivered", "li")


def test_a_document_that_became_too_secret_leaves_no_number_and_no_title(
    desks: Desks, post: Post
) -> None:
    document = desks.document("ZEBRAFALCON")
    desks.send(document, ["li"])
    post.run()
    with desks.office.database.writing() as uow:
        from records.people.models import User

        uow.session.get_one(User, id_of(desks.reader("li"))).clearance = int(Secrecy.INTERNAL)
        change_secrecy(
            uow,
            desks.clerk,
            document_id=document.id,
            version=None,
            secrecy=Secrecy.SECRET,
            reason="because",
        )
    (line,) = post.waiting(desks.reader("li"))
    assert line.hidden
    assert (line.number, line.title, line.secrecy, line.document_id) == (None, None, None, None)
    assert line.target is None
    assert "ZEBRA" not in repr(line)


def test_reading_does_what_reading_can(desks: Desks, post: Post) -> None:
    round_id = desks.send(desks.document(), ["li", "wang"])
    desks.sign(round_id, "li")
    desks.sign(round_id, "wang")
    desks.readers["clerk"] = desks.clerk
    desks.send(desks.document(), ["clerk"])
    post.run()
    assert post.count(desks.clerk) == 2
    completed = next(each for each in post.waiting(desks.clerk) if each.kind == "round.completed")
    with desks.office.database.writing() as uow:
        read_notice(uow, desks.clerk, notice_id=completed.id)
        with pytest.raises(NotFound):
            read_notice(uow, desks.reader("li"), notice_id=completed.id)
    assert post.count(desks.clerk) == 1
    with desks.office.database.writing() as uow:
        assert read_notices(uow, desks.clerk) == 0
    assert [each.kind for each in post.waiting(desks.clerk)] == ["item.delivered"]


def test_a_muted_kind_makes_no_badge_but_what_has_to_be_read_always_does(
    desks: Desks, post: Post
) -> None:
    muted = Wishes(muted=frozenset({"item.delivered", "round.completed"}))
    for person in (desks.clerk, desks.reader("li")):
        with desks.office.database.writing() as uow:
            change_settings(uow, person, wishes=muted)
            assert settings_of(uow, id_of(person)) == muted
    round_id = desks.send(desks.document(), ["li"])
    post.run()
    assert post.count(desks.reader("li")) == 1
    desks.sign(round_id, "li")
    post.run()
    assert post.count(desks.clerk) == 0
    assert post.kinds(desks.clerk) == ["round.completed"]


def test_the_list_comes_in_pages_at_a_price_that_does_not_grow(desks: Desks, post: Post) -> None:
    from records.notify.lines import notices_of
    from tests.web.visitor import counted

    prices = []
    for _ in range(2):
        for number in range(6):
            desks.send(desks.document(f"Paper {number}"), ["li"])
        post.run()
        with (
            counted(desks.office.database.engine) as statements,
            desks.office.database.reading() as uow,
        ):
            first, cursor = notices_of(uow, desks.reader("li"), waiting=True, limit=5)
            prices.append(len(statements))
            rest, _ = notices_of(uow, desks.reader("li"), waiting=True, cursor=cursor, limit=50)
        assert len({each.id for each in [*first, *rest]}) == len(first) + len(rest)
    assert prices[0] == prices[1] <= 8
    assert len(first) + len(rest) == 12
