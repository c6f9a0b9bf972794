"""What files say above a chosen secrecy level is not in the index: its terms are looked for."""

import dataclasses
from pathlib import Path

import pytest

from records.audit.verification import verify
from records.documents.models import Document
from records.finding.reader import IndexReader
from records.finding.service import SECRET_TEXT
from records.finding.state import read_state
from records.office import Office
from records.people.rules import Actor, Secrecy
from records.registration.service import change_secrecy
from records.worker import Worker
from search.opening import open_place
from tests.builders import register
from tests.records.finding.desk import Desk

WORD = "zebrafalcon"
ENGINES = ("tantivy:", "whoosh:")


def at_work(office: Office) -> None:
    with Worker(office) as worker:
        worker.run_until_idle()


def with_settings(office: Office, engine: str, level: str) -> Office:
    config = dataclasses.replace(office.config, search_url=engine, index_text_up_to=level)
    return dataclasses.replace(office, config=config)


def words_of(folder: Path, engine: str) -> set[str]:
    """Return the words of all texts in the files of an index, those of replaced rows included."""
    (generation,) = open_place(engine, folder).generations()
    folder = folder / generation
    if engine == "whoosh:":
        from whoosh.filedb.filestore import FileStorage

        with FileStorage(str(folder)).open_index().reader() as reader:
            return {term.decode() for term in reader.lexicon("body")}
    import tantivy

    searcher = tantivy.Index.open(str(folder)).searcher()
    return {term for term, _ in searcher.terms_with_prefix("body", "")}


def bytes_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


def raised(office: Office, clerk: Actor, document: Document, secrecy: Secrecy) -> None:
    with office.database.writing() as uow:
        change_secrecy(
            uow,
            clerk,
            document_id=document.id,
            version=None,
            secrecy=secrecy,
            reason="It names a source",
        )


def paper(office: Office, clerk: Actor, title: str = "Dykes", **values: str) -> Document:
    text = f"The {WORD} was seen at the dyke."
    return register(office, clerk, title, files=[("report.txt", text.encode())], **values)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def limited(office: Office, engine: str) -> Office:
    return with_settings(office, engine, "internal")


def asked(office: Office, actor: Actor, text: str) -> tuple[int, list[tuple[str, str]]]:
    reader = IndexReader(office.config)
    try:
        found = Desk(office, reader).ask(actor, text)
    finally:
        reader.close()
    return found.total, [(each.code, each.text) for each in found.warnings]


def test_a_text_above_the_level_is_not_in_the_index_and_its_metadata_is(
    limited: Office, engine: str, clerk: Actor
) -> None:
    paper(limited, clerk, title="Dykes in the south", secrecy="confidential")
    at_work(limited)
    folder = limited.config.index_folder
    assert WORD not in words_of(folder, engine)
    assert WORD.encode() not in bytes_of(folder)
    assert asked(limited, clerk, WORD) == (0, [(SECRET_TEXT, "internal")])
    assert asked(limited, clerk, "dykes")[0] == 1


def test_a_text_up_to_the_level_is_in_the_index(limited: Office, engine: str, clerk: Actor) -> None:
    paper(limited, clerk, secrecy="internal")
    at_work(limited)
    assert WORD in words_of(limited.config.index_folder, engine)
    assert asked(limited, clerk, WORD)[0] == 1


def test_raising_a_document_above_the_level_takes_its_words_out_of_the_files(
    limited: Office, engine: str, clerk: Actor
) -> None:
    document = paper(limited, clerk, secrecy="internal")
    other = paper(limited, clerk, title="Another", secrecy="public")
    at_work(limited)
    register(limited, clerk, "Later, in a segment of its own")
    at_work(limited)
    folder = limited.config.index_folder
    raised(limited, clerk, document, Secrecy.CONFIDENTIAL)
    at_work(limited)
    # The other one says the same word, and is to be found by it alone.
    assert asked(limited, clerk, WORD)[0] == 1
    raised(limited, clerk, other, Secrecy.SECRET)
    at_work(limited)
    assert WORD not in words_of(folder, engine)
    assert WORD.encode() not in bytes_of(folder)
    report = verify(limited)
    assert report.ok
    assert asked(limited, clerk, "dykes")[0] == 1


@pytest.mark.parametrize(
    ("before", "after", "there"),
    [
        ("top_secret", "internal", False),
        ("internal", "top_secret", True),
    ],
)
def test_changing_the_level_builds_the_index_anew(
    office: Office, engine: str, clerk: Actor, before: str, after: str, there: bool
) -> None:
    earlier, later = (with_settings(office, engine, level) for level in (before, after))
    paper(office, clerk, secrecy="confidential")
    at_work(earlier)
    folder = office.config.index_folder
    assert (WORD in words_of(folder, engine)) is not there
    at_work(later)
    assert (WORD in words_of(folder, engine)) is there
    assert read_state(later.config).text_up_to == Secrecy.from_code(after)
    assert verify(later).ok


def test_nobody_is_told_who_may_not_see_such_documents(limited: Office, clerk: Actor) -> None:
    at_work(limited)
    uncleared = dataclasses.replace(clerk, clearance=Secrecy.INTERNAL)
    assert asked(limited, uncleared, WORD) == (0, [])
