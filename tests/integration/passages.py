"""Odd files through the running service: sent, read, looked at, fetched again, and what that took.

What must hold: no answer is a server error, no process dies or is started anew, the service does
not grow, and every byte comes back, also of what was taken out of a file.
"""

import hashlib
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from records.core.jobs import Job
from records.documents.texts import READ_JOB, UNPACK_JOB
from records.office import Office
from records.people.models import User
from records.people.signing_in import open_session
from tests.api.conftest import furnish
from tests.integration.service import Answer, Service, serving
from web.app import create_app

BATCH = 40
WARM_FILES = 200
BATCH_SECONDS = 600.0
SERVER_ERROR = 500
_COMPLAINTS = ("Traceback", " ERROR ", "CRITICAL")
File = tuple[str, bytes]


@dataclass
class Journey:
    """What became of the files."""

    files: int = 0
    parts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    pictures: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    growth_mib: float = 0.0
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    uploads: list[float] = field(default_factory=list)

    @property
    def slowest_upload_seconds(self) -> float:
        """The time within which 99 of 100 uploads were answered."""
        taken = sorted(self.uploads)
        return taken[(len(taken) * 99 - 1) // 100] if taken else 0.0


def travel(
    office: Office,
    files: Iterable[File],
    tell: Callable[[Journey], None] = lambda _: None,
    *,
    warm_files: int = WARM_FILES,
) -> Journey:
    """Send files through a service of their own, in batches, and return what became of them.

    Args:
        warm_files: After so many files the service is warm, and growth is measured from there.
    """
    tokens = furnish(office)
    cookie = _cookie(office)
    service = Service(office.config.home, tokens["clerk"])
    journey, begun = Journey(), time.monotonic()
    with serving(service), ThreadPoolExecutor(2) as pool:
        before, warm_mib = _processes(service), 0.0
        for batch in _batches(files):
            with _timed(journey, "sent"):
                sent = list(pool.map(lambda file: (file, _send(service, journey, file)), batch))
            with _timed(journey, "read"):
                _wait(office)
            with _timed(journey, "looked at"):
                shown = [(file, _shown(service, answer)) for file, answer in sent if answer]
                list(pool.map(lambda each: _look(service, journey, cookie, *each), shown))
            journey.files += len(batch)
            if not warm_mib and journey.files >= warm_files:
                warm_mib = _mib(service)
            journey.growth_mib = _mib(service) - warm_mib if warm_mib else 0.0
            journey.seconds = time.monotonic() - begun
            tell(journey)
        if missing := before - _processes(service):
            journey.wrong.append(f"{len(missing)} processes of the service died")
        journey.wrong += _complaints(office.config.home / "serve.log")
    return journey


@contextmanager
def _timed(journey: Journey, phase: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    journey.phases[phase] += time.monotonic() - begun


def _batches(files: Iterable[File]) -> Iterator[list[File]]:
    waiting = iter(files)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _cookie(office: Office) -> str:
    """Sign the clerk in and return the cookie of the session."""
    with office.database.writing() as uow:
        clerk = uow.session.scalars(select(User).where(User.login == "clerk")).one()
        clerk.password_is_temporary = False
        secret = open_session(uow, clerk, address="127.0.0.1", agent="tests")
    app = create_app(office)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'secret': secret})}"


def _send(service: Service, journey: Journey, file: File) -> str | None:
    name, content = file
    begun = time.monotonic()
    answer = service.register(name, content)
    journey.uploads.append(time.monotonic() - begun)
    if answer.status != 201:
        journey.wrong.append(f"{name}: registering answered {answer.status} {answer.body[:200]!r}")
        return None
    return str(answer.json["id"])


def _shown(service: Service, document_id: str) -> dict[str, Any]:
    found: dict[str, Any] = service.ask("GET", f"/api/v1/documents/{document_id}").json
    return found


def _wait(office: Office) -> None:
    """Wait until all files, and what was taken out of them, are read."""
    until = time.monotonic() + BATCH_SECONDS
    query = select(func.count()).where(Job.kind.in_((READ_JOB, UNPACK_JOB)))
    waiting = True
    while waiting:
        assert time.monotonic() < until, "the files are not read"
        time.sleep(0.2)
        with office.database.reading() as uow:
            waiting = bool(uow.session.scalar(query))


def _look(
    service: Service, journey: Journey, cookie: str, file: File, document: dict[str, Any]
) -> None:
    """Fetch every component and the page of the document, and draw the first page."""
    name, content = file
    for each in document["components"]:
        original = each["role"] == "original"
        reason = each["reason"]["code"] if each["reason"] else ""
        journey.outcomes[f"{each['text']} {reason}".strip()] += 1
        journey.parts += not original
        answer = service.ask("GET", f"/api/v1/components/{each['id']}/content")
        digest = hashlib.sha256(answer.body).hexdigest()
        if answer.status != 200 or digest != each["sha256"]:
            journey.wrong.append(f"{name}: {each['name']} came back as {answer.status}")
        if original and answer.body != content:
            journey.wrong.append(f"{name}: came back otherwise")
        picture = _screen(service, cookie, f"/components/{UUID(each['id'])}/pages/1.webp?w=240")
        journey.pictures[picture.status] += 1
        page = _screen(service, cookie, f"/documents/{document['id']}?component={each['id']}")
        for kind, seen in (("picture", picture), ("page", page)):
            if seen.status >= SERVER_ERROR or (kind == "page" and seen.status != 200):
                journey.wrong.append(f"{name}: the {kind} of {each['name']} is {seen.status}")


def _screen(service: Service, cookie: str, path: str) -> Answer:
    return service.ask("GET", path, headers={"Authorization": "", "Cookie": cookie})


def _processes(service: Service) -> set[int]:
    """The processes of the service that live as long as it does."""
    return {each for each in service.family() if b"web.cli" in _command(each)}


def _warm_parents(service: Service) -> set[int]:
    """The parents of the cages, which may rest and start anew; their children come and go."""
    family = service.family()
    cages = {each for each in family if b"search.reading.parent" in _command(each)}
    return {each for each in cages if _parent_of(each) not in cages}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""  # it has just ended


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _mib(service: Service) -> float:
    """Memory of the service without its children in cages.

    Parents of cages differ in number from one moment to the next, and what they share with their
    children too: so the heaviest counts, with what is its own and not a file.
    """
    own = sum(_measured_mib(each, "Pss") for each in _processes(service))
    return own + max(
        (_measured_mib(each, "Anonymous") for each in _warm_parents(service)), default=0
    )


def _measured_mib(pid: int, name: str) -> float:
    """Return one line of `smaps_rollup` (proc(5)); nothing of a process that has just ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _complaints(log: Path) -> list[str]:
    """Return what the service wrote of its own failures."""
    lines = log.read_text(errors="replace").splitlines()
    return [
        line for line in lines if "Traceback" in line or " ERROR " in line or "CRITICAL" in line
    ]
