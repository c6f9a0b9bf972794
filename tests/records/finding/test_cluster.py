"""An office whose index is kept in a cluster, from its first document on, and the move there."""

import dataclasses
from collections.abc import Iterator

import pytest

from records.audit.verification import verify
from records.finding.reader import IndexReader
from records.finding.rebuilding import reindex
from records.finding.state import read_state
from records.office import Office
from records.people.rules import Actor, Role
from search.opening import open_place
from tests.builders import add_person, register, work
from tests.records.finding.desk import Desk
from tests.search.conftest import cluster_url

PAPERS = ("Heron", "苍鹭", "Bridge")


@pytest.fixture
def clustered(office: Office, opensearch_server: str) -> Office:
    config = dataclasses.replace(office.config, search_url=cluster_url(opensearch_server))
    return dataclasses.replace(office, config=config)


@pytest.fixture
def clerk(office: Office) -> Actor:
    made = add_person(office, "chen", Role.CLERK)
    for title in PAPERS:
        register(office, made, title, files=[("a.txt", f"{title} stands still".encode())])
    return made


@pytest.fixture
def desk(clustered: Office) -> Iterator[Desk]:
    reader = IndexReader(clustered.config)
    yield Desk(clustered, reader)
    reader.close()


def test_documents_are_read_found_and_checked(clustered: Office, clerk: Actor, desk: Desk) -> None:
    work(clustered)
    assert sorted(desk.titles(clerk, "still")) == sorted(PAPERS)
    assert desk.titles(clerk, "苍鹭") == ["苍鹭"]
    assert read_state(clustered.config).is_complete
    report = verify(clustered)
    assert report.ok, report.as_json()
    assert report.index_lag == 0


def test_a_new_index_takes_the_place_of_the_old_one(
    clustered: Office, clerk: Actor, desk: Desk
) -> None:
    work(clustered)
    place = open_place(clustered.config.search_url, clustered.config.index_folder)
    before = place.current()
    reindex(clustered)
    assert place.current() != before
    assert place.generations() == [place.current()]
    assert sorted(desk.titles(clerk, "still")) == sorted(PAPERS)


def test_an_index_is_prepared_in_the_cluster_while_the_service_keeps_its_own(
    office: Office, clustered: Office, clerk: Actor, desk: Desk
) -> None:
    work(office)
    reindex(office, to=clustered.config.search_url)
    own = IndexReader(office.config)
    assert sorted(Desk(office, own).titles(clerk, "still")) == sorted(PAPERS)
    own.close()
    assert sorted(desk.titles(clerk, "still")) == sorted(PAPERS)
    register(clustered, clerk, "Late", files=[("a.txt", b"still late")])
    work(clustered)
    assert desk.titles(clerk, "late") == ["Late"]


def test_a_cluster_that_is_away_stops_searching_and_nothing_else(
    office: Office, clerk: Actor
) -> None:
    url = "opensearch+http://127.0.0.1:9/away"
    away = dataclasses.replace(office, config=dataclasses.replace(office.config, search_url=url))
    made = register(away, clerk, "Registered all the same", files=[("a.txt", b"words")])
    assert made.id is not None
    desk = Desk(away, IndexReader(away.config))
    assert desk.reader.cursor() == 0
    state = read_state(away.config)
    assert not state.is_complete
    assert "does not answer" in str(state.problem)
    report = verify(away)
    assert [each.kind for each in report.index_stale] == ["index"]
    desk.reader.close()
