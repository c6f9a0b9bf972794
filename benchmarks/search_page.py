"""How fast the search page answers over many documents: the service, and the page as it goes out.

    python -m benchmarks.search_page [--documents N] [--keep FOLDER] [--each N]

The office is that of `benchmarks.search_office`. Four people with different rights ask the
questions of `benchmarks.search_corpus`, each kind many times with other words and each question
once, so that nothing is warm but the process: first the service of finding alone and what is
offered while somebody types, then `chancery serve` over HTTP, as a page and as JSON, one client
after the other. Every answer comes with all facets, snippets of 20 hits, and visibility.

Targets over HTTP: p50 12 ms and p95 30 ms with 100,000 documents, p95 at most three times that with
1,000,000; as-you-type p95 25 ms in the process.
"""

import argparse
import http.client
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks.load import cpu_seconds, served
from benchmarks.memory import family
from benchmarks.search_corpus import document, questions
from benchmarks.search_engine import footprint, typed
from benchmarks.search_office import PEOPLE, filled_office
from records.finding.reader import IndexReader
from records.finding.service import ahead, search
from records.office import Office
from records.people.actors import actor_by_login
from records.people.models import User
from records.people.rules import SERVICE, Actor
from records.people.signing_in import add_token, open_session
from web.app import create_app

Times = dict[str, list[float]]  # milliseconds by kind of question


def main() -> None:
    """Fill an office at the first time, ask, and print."""
    parser = argparse.ArgumentParser(description="How fast is the search page?")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the office for next time")
    parser.add_argument("--each", type=int, default=20, help="questions of a kind")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = folder / f"documents-{asked.documents}"
        office = filled_office(home, asked.documents)
        stack.callback(office.close)
        wanted = questions(asked.documents, asked.each)
        _in_process(office, wanted, asked.documents)
        _over_http(office, home, wanted)


def _in_process(office: Office, wanted: Mapping[str, Sequence[str]], count: int) -> None:
    reader = IndexReader(office.config)
    with office.database.reading() as uow:
        people = {login: actor_by_login(uow, login) for login in PEOPLE}
    for person in people.values():
        _search(office, person, reader, "warm")
    acts = {login: partial(_search, office, people[login], reader) for login in people}
    _measure("service", acts, wanted, time.process_time)
    keys = {"keys": [key for each in range(20) for key in typed(document(each * (count // 20)))]}
    acts = {login: partial(_ahead, office, people[login], reader) for login in people}
    _measure("as-you-type", acts, keys, time.process_time)
    reader.close()


def _search(office: Office, person: Actor, reader: IndexReader, text: str) -> None:
    with office.database.reading() as uow:
        search(uow, person, reader, office.vault, text=text)


def _ahead(office: Office, person: Actor, reader: IndexReader, text: str) -> None:
    with office.database.reading() as uow:
        ahead(uow, person, reader, text=text)


def _over_http(office: Office, home: Path, wanted: Mapping[str, Sequence[str]]) -> None:
    cookies = {login: _cookie(office, login) for login in PEOPLE}
    tokens = {login: _token(office, login) for login in PEOPLE}
    with served(home, 1) as (url, pid):
        client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        for name, address, headers in (
            ("page over HTTP", "/search", {login: {"Cookie": cookies[login]} for login in PEOPLE}),
            (
                "JSON over HTTP",
                "/api/v1/search",
                {login: {"Authorization": f"Bearer {tokens[login]}"} for login in PEOPLE},
            ),
        ):
            for login in PEOPLE:
                _get(client, address, headers[login], "warm")
            acts = {login: partial(_get, client, address, headers[login]) for login in PEOPLE}
            _measure(name, acts, wanted, partial(cpu_seconds, pid))
        for each in family(pid):
            print(f"process {each} of the service: {footprint(each)}")


def _cookie(office: Office, login: str) -> str:
    """Return the cookie of a browser in which somebody is signed in."""
    with office.database.writing() as uow:
        person = actor_by_login(uow, login)
        user = uow.session.get_one(User, person.user_id)
        secret = open_session(uow, user, address="127.0.0.1", agent="benchmark")
    client = create_app(office).test_client()
    with client.session_transaction() as session:
        session["secret"] = secret
    kept = client._cookies or {}  # noqa: SLF001
    return "; ".join(f"{each.key}={each.value}" for each in kept.values())


def _token(office: Office, login: str) -> str:
    with office.database.writing() as uow:
        person = actor_by_login(uow, login)
        assert person.user_id is not None
        return add_token(uow, SERVICE, user_id=person.user_id, label="benchmark", expires_at=None)


def _get(
    client: http.client.HTTPConnection, address: str, headers: Mapping[str, str], text: str
) -> None:
    client.request("GET", f"{address}?{urlencode({'q': text})}", headers=dict(headers))
    answer = client.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{address} answered {answer.status}")


def _times(wanted: Mapping[str, Sequence[str]], act: Callable[[str], None]) -> Times:
    times: Times = {}
    for kind, texts in wanted.items():
        for text in texts:
            begun = time.perf_counter()
            act(text)
            times.setdefault(kind, []).append((time.perf_counter() - begun) * 1_000)
    return times


def _measure(
    name: str,
    acts: Mapping[str, Callable[[str], None]],
    wanted: Mapping[str, Sequence[str]],
    processor: Callable[[], float],
) -> None:
    """Let everybody ask everything, and print; processor time suffers least from other work."""
    spent = processor()
    found = {login: _times(wanted, act) for login, act in acts.items()}
    spent = processor() - spent
    _table(name, found)
    answers = len(acts) * sum(map(len, wanted.values()))
    print(f"processor time {spent / answers * 1_000:.1f} ms an answer", flush=True)


def _table(name: str, found: Mapping[str, Times]) -> None:
    """Print the times by kind of question, and all by person."""
    print(f"\n{name + ', ms':28} {'p50':>8} {'p95':>8}   load {os.getloadavg()[0]:.1f}")
    every: list[float] = []
    kinds = next(iter(found.values()))
    for kind in kinds if len(kinds) > 1 else ():
        _row(kind, [each for times in found.values() for each in times[kind]])
    for person, times in found.items():
        of_one = [each for some in times.values() for each in some]
        _row(f"as {person}", of_one)
        every += of_one
    _row(f"all, {name}", every)


def _row(name: str, times: Sequence[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[18]
    print(f"{name:28} {statistics.median(times):8.1f} {p95:8.1f}", flush=True)


if __name__ == "__main__":
    main()
