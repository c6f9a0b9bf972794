import threading
from collections.abc import Iterator

import pytest

from records.finding.reader import IndexReader
from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from tests.builders import add_person
from tests.records.finding.desk import Desk


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "chen", Role.CLERK)


@pytest.fixture
def worker(office: Office) -> Iterator[Worker]:
    """A worker of the office that does what it is told to, when it is told to."""
    with Worker(office) as worker:
        yield worker


@pytest.fixture
def running(worker: Worker) -> Iterator[threading.Event]:
    """The same worker at work in the background; set the event to stop it."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    yield stop
    stop.set()
    thread.join()


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    """A process that searches."""
    reader = IndexReader(office.config)
    yield Desk(office, reader)
    reader.close()
