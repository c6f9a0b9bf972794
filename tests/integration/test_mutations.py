"""A small part of `benchmarks/mutations.py`: damaged files harm nobody, and come back as they were.

The originals are made here; the benchmark takes a collection.
"""

import pytest

from records.office import Office, open_office
from tests.integration.passages import travel
from tests.mutants import mutants
from tests.reading import samples

SEED = 5
COUNT = 40


@pytest.mark.slow
def test_damaged_files_go_through_the_service(office: Office) -> None:
    originals = [
        ("letter.pdf", samples.pdf("A letter of two words")),
        ("all.zip", samples.package({"a/公文.txt": "words", "b.txt": "more"})),
        ("in.eml", b"From: a@example.org\nSubject: one\nMIME-Version: 1.0\n\nfirst\n"),
        ("box.mbox", b"From a Mon\nSubject: one\n\nfirst\n\nFrom b Tue\nSubject: two\n\nsecond\n"),
        ("page.html", "<html><title>一</title><p>页面</p></html>".encode()),
    ]
    # The service tells the time by the machine, and so must whoever opens a session.
    real = open_office(office.config, writing=False)
    journey = travel(real, [*originals, *mutants(originals, COUNT, SEED)])
    real.close()
    assert not journey.wrong
    assert journey.files == len(originals) + COUNT
    assert journey.parts > 0
