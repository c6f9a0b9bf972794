"""Waiting until documents can be found, with a worker for the time being when none is at work."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

from records.finding.reader import IndexReader
from records.finding.service import is_searchable
from records.office import Office
from records.worker import worker_seen
from web.cli.progress import progress
from web.cli.supervising import WorkerBeside

LOOK_SECONDS = 0.1
LOOK_AT = 500


@contextmanager
def working(office: Office) -> Iterator[None]:
    """Make sure that a worker is at work for this home while the block runs."""
    seen = worker_seen(office.config)
    if seen is not None and seen.is_alive(office.database.clock.now()):
        yield
        return
    with WorkerBeside(office.config):
        yield


def wait_until_searchable(
    office: Office, document_ids: Collection[UUID], *, quiet_stdout: bool
) -> None:
    """Return when all documents are read, or have a reason not to be, and are in the index."""
    reader = IndexReader(office.config)
    left = dict.fromkeys(document_ids)
    try:
        with progress("Reading", len(left), quiet_stdout=quiet_stdout) as advance:
            while left:
                cursor = reader.cursor()
                first = list(islice(left, LOOK_AT))
                with office.database.reading() as uow:
                    done = is_searchable(uow, cursor, first)
                for each in done:
                    del left[each]
                advance(len(done))
                if len(done) < len(first):
                    time.sleep(LOOK_SECONDS)
    finally:
        reader.close()
