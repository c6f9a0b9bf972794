"""Every file of the collection goes the whole way: registered, read, indexed, shown, found.

The table of outcomes by format is printed at the end.
"""

import hashlib
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from records.core.errors import Conflict, NotFound
from records.documents.components import get_component
from records.documents.previews import Previews
from records.office import Office, open_office
from records.worker import Worker
from search.reading import Cage
from tests.api.conftest import Place, served
from tests.builders import actor
from tests.offices import office_config

_HERE = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("CHANCERY_CORPUS") or _HERE.parent / "shared" / "corpus")
ALL_READ_SECONDS = 170
# Reasons that tell of a cage that had to be broken off; only what was made to be hostile may.
UNKIND = ("crashed", "timeout", "out_of_memory")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason=f"no collection at {CORPUS}; set CHANCERY_CORPUS to its folder"
    ),
]


@dataclass
class Passage:
    """One file on its way: what it was answered, and what the service shows of it."""

    path: Path
    status: int
    id: str
    shown: dict[str, Any] = field(default_factory=dict)
    picture: str = "-"

    @property
    def component(self) -> dict[str, Any]:
        """The one file of the document."""
        found: dict[str, Any] = self.shown["components"][0]
        return found

    @property
    def outcome(self) -> str:
        """What reading came to, in a word or two."""
        reason = self.component["reason"]
        return f"{self.component['text']} {reason['code'] if reason else ''}".strip()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    office = open_office(office_config(tmp_path_factory.mktemp("corpus") / "home"))
    with served(office, limit_bytes=1 << 30) as found:
        yield found
    office.close()


@pytest.fixture(scope="module")
def passages(place: Place) -> Iterator[list[Passage]]:
    """Register all files while a worker reads, and wait until each has an outcome."""
    stop = threading.Event()
    with Worker(place.office) as worker:
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            found = [_register(place, path) for path in _files()]
            _wait(place, found)
            assert thread.is_alive(), "the worker died"
            yield found
        finally:
            stop.set()
            thread.join()


def _files() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*") if path.is_file())


def _register(place: Place, path: Path) -> Passage:
    answer = place.clerk.register((path.name, path.read_bytes()))
    assert answer.status_code == 201, f"{path}: {answer.status_code} {answer.text}"
    return Passage(path, answer.status_code, answer.json["id"])


def _wait(place: Place, passages: list[Passage]) -> None:
    waiting, until = list(passages), time.monotonic() + ALL_READ_SECONDS
    while waiting:
        assert time.monotonic() < until, [each.path.name for each in waiting]
        for each in waiting[:50]:
            answer = place.clerk("GET", f"/documents/{each.id}")
            assert answer.status_code == 200, f"{each.path}: {answer.text}"
            each.shown = answer.json
        waiting = [each for each in waiting if each.shown.get("status") != "searchable"]
        time.sleep(0.2)


def test_every_file_is_read_or_says_why_not(passages: list[Passage]) -> None:
    for each in passages:
        assert each.component["text"] in ("done", "none", "failed"), each.path
        assert (each.component["text"] == "done") == (each.component["reason"] is None), each
        assert each.shown["text"] == each.component["text"], each.path
    broken = [each for each in passages if each.outcome.split()[-1] in UNKIND]
    assert {each.path.parent.name for each in broken} <= {"hostile", "pdf_odd"}, broken


def test_every_file_comes_back_byte_for_byte(place: Place, passages: list[Passage]) -> None:
    for each in passages:
        content = place.clerk("GET", f"/components/{each.component['id']}/content")
        assert content.status_code == 200, each.path
        assert content.data == each.path.read_bytes(), each.path
        assert each.component["sha256"] == hashlib.sha256(content.data).hexdigest()
        assert content.mimetype not in ("text/html", "image/svg+xml"), each.path
        text = place.clerk("GET", f"/components/{each.component['id']}/text")
        assert text.status_code == 200, each.path
        assert any(text.json["pages"]) or each.component["text"] != "done", each.path


def test_every_file_is_found_by_its_name_and_its_title(
    place: Place, passages: list[Passage]
) -> None:
    for each in passages:
        for words in (f'file_name:"{each.path.name}"', f'"{each.shown["title"]}"'):
            query = {"q": words, "limit": 100}
            found = place.clerk("GET", "/search", query_string=query)
            assert found.status_code == 200, (words, found.text)
            assert each.id in [hit["id"] for hit in found.json["hits"]], (words, found.json)


def test_the_first_page_is_drawn_or_there_is_a_reason(
    place: Place, passages: list[Passage]
) -> None:
    with Cage() as cage, ThreadPoolExecutor(2) as pool:
        previews = Previews(place.office.database, place.office.vault, cage)
        drawn = pool.map(lambda each: _draw(place.office, previews, each), passages)
        for each, picture in zip(passages, drawn, strict=True):
            each.picture = picture
    pictures = Counter(each.picture for each in passages)
    assert pictures["drawn"] > 100, pictures


def _draw(office: Office, previews: Previews, passage: Passage) -> str:
    from uuid import UUID

    with office.database.reading() as uow:
        found = get_component(uow, actor(office, "clerk"), UUID(passage.component["id"]))
    try:
        image = previews.page_image(*found, page=0, width_px=480)
    except NotFound:
        assert not previews.page_sizes(*found), passage.path
        return "no pages"
    except Conflict as refusal:
        return str(refusal.details["reason"])
    assert image.data.startswith(b"RIFF"), passage.path
    return "drawn"


def test_the_table_of_outcomes_by_format(
    passages: list[Passage], capsys: pytest.CaptureFixture[str]
) -> None:
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for each in passages:
        suffix = each.path.suffix.lower() or "(none)"
        rows[suffix][each.outcome] += 1
        rows[suffix][f"[{each.picture}]"] += 1
        rows["all"][each.outcome] += 1
        rows["all"][f"[{each.picture}]"] += 1
    with capsys.disabled():
        print(f"\n\n{len(passages)} files; in brackets: the picture of page 1")  # noqa: T201
        print("\n".join(_lines(rows)))  # noqa: T201
    assert sum(len(row) > 0 for row in rows.values()) > 30


def _lines(rows: Mapping[str, Counter[str]]) -> Iterator[str]:
    for suffix in sorted(rows, key=lambda each: (each == "all", each)):
        told = ", ".join(f"{name} {count}" for name, count in sorted(rows[suffix].items()))
        yield f"{suffix:<12}{told}"
