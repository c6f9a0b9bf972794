"""What only an index in a cluster has: an address, a lease, and servers that are away."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.document import IndexDocument
from search.engine import IndexAway, IndexBusy, IndexMissing, SearchRequest
from search.opening import open_place
from search.opensearch_engine import OpenSearchEngine
from search.opensearch_place import ClusterPlace
from search.parser import parse
from tests.search.conftest import cluster_url, place_opened
from tests.search.samples import ALL, ask, documents, ids

NOWHERE = Path("/nowhere")
_WRITER = """
import sys, time
from pathlib import Path
from search.document import IndexDocument
from search.opening import open_place
place = open_place(sys.argv[1], Path("/nowhere"))
engine = place.open(place.current(), writer=True)
engine.add([IndexDocument("a", {"body": "harbour"}, ("everyone",))])
engine.commit(7)
engine.add([IndexDocument("b", {"body": "harbour"}, ("everyone",))])
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def url(opensearch_server: str) -> str:
    return cluster_url(opensearch_server)


@pytest.mark.parametrize(
    "wrong",
    [
        "opensearch+http://localhost:9200",
        "opensearch+http://localhost:9200/Upper",
        "opensearch+http://localhost:9200/two/parts",
        "opensearch+http:///prefix",
        "opensearch+http://localhost:9200/_all",
        "opensearch+http://localhost:9200/a*",
    ],
)
def test_an_address_without_a_host_or_a_plain_prefix_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no opensearch"):
        open_place(wrong, NOWHERE)


def test_an_address_may_name_people_shards_and_several_hosts() -> None:
    place = open_place("opensearch+https://ann:p%40ss@one:9200,two:9201/x?shards=3", NOWHERE)
    assert isinstance(place, ClusterPlace)
    hosts = [(each["host"], each["port"]) for each in place.client.transport.hosts]
    assert sorted(hosts) == [("one", 9200), ("two", 9201)]
    assert place.client.transport.kwargs["http_auth"] == ("ann", "p@ss")
    assert place.prefix == "x"


def test_a_cluster_that_is_away_is_told_as_such() -> None:
    place = open_place("opensearch+http://127.0.0.1:9/away", NOWHERE)
    for act in (place.current, place.generations, lambda: place.begin({})):
        with pytest.raises(IndexAway):
            act()
    assert "does not answer" in str(place.problem())


def test_two_prefixes_of_one_cluster_do_not_see_each_other(opensearch_server: str) -> None:
    one, two = cluster_url(opensearch_server), cluster_url(opensearch_server)
    first = place_opened(one, NOWHERE, writer=True)
    first.add(documents(3))
    first.commit(1)
    second = place_opened(two, NOWHERE, writer=True)
    assert second.count() == 0
    first.close()
    second.close()


def test_the_next_writer_need_not_wait_for_one_that_was_killed(url: str) -> None:
    place_opened(url, NOWHERE, writer=True).close()
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    with pytest.raises(IndexBusy):
        place_opened(url, NOWHERE, writer=True)
    process.kill()
    process.wait()
    process.stdout.close()
    engine = place_opened(url, NOWHERE, writer=True)
    assert (engine.cursor(), ids(ask(engine, "harbour"))) == (7, ["a"])
    engine.close()


def test_a_lease_lapses_and_whoever_lost_it_writes_no_more(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = place_opened(url, NOWHERE, writer=True)
    first.commit(1)
    later = time.time() + 3600
    monkeypatch.setattr("search.opensearch_place.time.time", lambda: later)
    second = place_opened(url, NOWHERE, writer=True)
    with pytest.raises(IndexBusy):
        first.commit(2)
    second.commit(3)
    assert second.cursor() == 3
    first.close()
    second.commit(4)
    second.close()


def test_what_does_not_fit_into_memory_is_sent_before_the_commit(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.opensearch_engine._KEPT_CHARACTERS", 1000)
    engine = place_opened(url, NOWHERE, writer=True)
    engine.add(IndexDocument(f"d{n}", {"body": "word " * 50}, ("everyone",)) for n in range(40))
    assert isinstance(engine, OpenSearchEngine)
    engine.commit(1)
    assert engine.count() == 40
    engine.close()


def test_a_reader_whose_generation_is_gone_is_told(url: str) -> None:
    place = open_place(url, NOWHERE)
    reader = place_opened(url, NOWHERE, writer=True)
    name = place.current()
    assert name is not None
    place.drop(name)
    with pytest.raises(IndexMissing):
        reader.search(SearchRequest(parse("x"), ALL))
    assert place.current() is None
    assert place.read_note(name) is None
    reader.close()
