from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.related.threads import thread_of
from records.worker import Worker
from tests.builders import add_person, register
from tests.records.related.papers import mail


def titles(office: Office, actor: Actor, document: Document) -> list[str]:
    with office.database.reading() as uow:
        return [each.document.title for each in thread_of(uow, actor, document.id)]


def take(office: Office, clerk: Actor, title: str, content: bytes, **values: str) -> Document:
    return register(office, clerk, title, files=[(f"{title}.eml", content)], **values)


def test_mails_are_one_thread_in_the_order_of_sending_whoever_came_in_first(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    last = take(office, clerk, "last", mail("3@x", "Re: Dyke", "c", follows="2@x", day=4))
    worker.run_until_idle()
    first = take(office, clerk, "first", mail("1@x", "Dyke", "a", day=2))
    other = take(office, clerk, "other", mail("9@x", "Dyke", "z", day=2))
    worker.run_until_idle()
    assert titles(office, clerk, first) == []
    take(office, clerk, "middle", mail("2@x", "Re: Dyke", "b", follows="1@x", day=3))
    worker.run_until_idle()
    for each in (first, last):
        assert titles(office, clerk, each) == ["first", "middle", "last"]
    assert titles(office, clerk, other) == []


def test_two_answers_to_a_mail_that_never_came_in_belong_together(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    one = take(office, clerk, "one", mail("1@x", "Re: Dyke", "a", follows="0@x", day=2))
    take(office, clerk, "two", mail("2@x", "Re: Dyke", "b", follows="0@x", day=3))
    worker.run_until_idle()
    assert titles(office, clerk, one) == ["one", "two"]


def test_a_subject_alone_joins_nothing_but_with_the_same_people_it_does(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    first = take(office, clerk, "first", mail("1@x", "Report", "a", day=2))
    worker.run_until_idle()
    take(office, clerk, "stranger", mail("2@x", "Re: Report", "b", sender="x@far.example", day=3))
    swapped = {"sender": "office@district.example", "to": "li@city.example"}
    take(office, clerk, "answer", mail("3@x", "答复：Report", "c", day=4, **swapped))
    worker.run_until_idle()
    assert titles(office, clerk, first) == ["first", "answer"]


def test_a_thread_shows_only_what_its_reader_may_see(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    stranger = add_person(office, "wu", Role.STAFF, clearance=Secrecy.INTERNAL)
    first = take(office, clerk, "first", mail("1@x", "Dyke", "a"), secrecy="public")
    take(office, clerk, "hidden", mail("2@x", "Re: Dyke", "b", follows="1@x", day=3))
    worker.run_until_idle()
    assert titles(office, clerk, first) == ["first", "hidden"]
    assert titles(office, stranger, first) == []
