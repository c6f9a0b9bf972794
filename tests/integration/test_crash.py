"""Killing the whole service while programs register: no number lost, none doubled."""

import http.client
import random
import threading
import time
from pathlib import Path

import pytest

from records.audit.verification import verify
from tests.api.conftest import furnish
from tests.integration.conftest import Parts, soon
from tests.integration.service import Answer, Service
from tests.letters import letter

KEYS = 150
CLIENTS = 6
KILLS = 10
# Answers that tell a program to come again.
AGAIN = (409, 503)


class Clients:
    """Programs that register until each key has its answer, whatever happens to the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._left = [f"key-{each}" for each in range(KEYS)]
        self._lock = threading.Lock()
        self.answers: dict[str, Answer] = {}
        self.odd: list[tuple[str, Answer]] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set() and len(self.answers) < KEYS:
            with self._lock:
                key = self._left.pop() if self._left else None
            if key is None:
                time.sleep(0.02)
                continue
            if not self._register(key):
                with self._lock:
                    self._left.insert(0, key)
                time.sleep(0.02)

    def _register(self, key: str) -> bool:
        try:
            answer = register(self._service, key)
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 201:
            self.answers[key] = answer
        elif answer.status not in AGAIN:
            self.odd.append((key, answer))
        return answer.status == 201


def register(service: Service, key: str) -> Answer:
    content = letter([[f"The letter of {key}"]]) + b"%" * 60_000
    return service.register(f"{key}.pdf", content, key=key, title=f"Letter {key}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "store"),
    [
        ("sqlite", "local"),
        pytest.param("postgresql", "s3", marks=[pytest.mark.postgresql, pytest.mark.s3]),
    ],
)
def test_killing_the_service_loses_and_doubles_no_number(
    database: str, store: str, parts: Parts
) -> None:
    settings = parts.settings(database, store, "tantivy")
    office = parts.open("home", **settings)
    variables = {f"CHANCERY_{name.upper()}": value for name, value in settings.items()}
    service = Service(office.config.home, furnish(office)["clerk"], variables)
    clients = Clients(service)
    chance = random.Random(11)  # noqa: S311 - the same moments in every run
    service.start()
    threads = [threading.Thread(target=clients.run) for _ in range(CLIENTS)]
    try:
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.5))
            service.kill()
            service.start()
        soon(lambda: len(clients.answers) == KEYS or clients.odd, 120)
        assert clients.odd == [], service.log()
        for key, answer in clients.answers.items():
            assert register(service, key).json == answer.json, key
        numbers = sorted(each.json["number"] for each in clients.answers.values())
        assert [int(each.rpartition("-")[2]) for each in numbers] == list(range(1, KEYS + 1))
        soon(lambda: is_read(service), 120)
        report = soon(lambda: (found := verify(office)).index_lag == 0 and found)
        assert report.ok, report.as_json()
        assert report.counts["objects"] == report.counts["components"] == KEYS
        # What a killed request left is known by its intent, or still lies encrypted in the spool.
        stored = sum(1 for _ in office.vault.store.names())
        assert KEYS <= stored <= KEYS + report.counts["intents"]
        assert no_letter_lies_in_clear(office.config.home)
    finally:
        clients.stopped.set()
        for thread in threads:
            thread.join()
        service.stop()
        office.close()


def is_read(service: Service) -> bool:
    page = service.ask("GET", "/api/v1/search?q=letter&limit=0").json
    return bool(page["total"] == KEYS)


def no_letter_lies_in_clear(home: Path) -> bool:
    files = [path for path in home.rglob("*") if path.is_file() and "index" not in path.parts]
    return not any(b"The letter of" in path.read_bytes() for path in files)
