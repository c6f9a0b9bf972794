"""One changed byte, wherever it is, is found and named; `make faults` does it a thousand times."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from records.audit.sealed_check import DERIVED, OWN
from records.audit.verification import verify
from records.core.base import Base, table_of
from records.office import Office, open_office
from tests.flipping.lively import fill
from tests.flipping.places import all_places, flipped, places_in
from tests.offices import HeldClock, office_config
from tests.records.audit.intruder import Intruder

FLIPS = 40
TESTS = 8


@pytest.fixture(scope="module")
def lively(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office that has worked; whatever is changed in it is put right again."""
    home = tmp_path_factory.mktemp("lively") / "home"
    shutil.copytree(founded_home, home)
    office = open_office(office_config(home), writing=False, clock=HeldClock())
    fill(office)
    yield office
    office.close()


def test_an_office_that_nobody_touched_is_clean(lively: Office) -> None:
    report = verify(lively)
    assert report.ok, report.as_json()
    assert report.counts["sealed"] >= 15


@pytest.mark.parametrize("turn", range(TESTS))
def test_one_changed_byte_is_found_and_named(lively: Office, turn: int) -> None:
    """Each turn takes other places, so that all turns together go through the whole list."""
    chance, intruder = Random(turn), Intruder(lively)  # noqa: S311 - the same in every run
    places = places_in(intruder)
    for number in range(FLIPS // TESTS):
        place = places[(turn + number * TESTS) * len(places) // FLIPS]
        with flipped(lively, intruder, place, chance) as flip:
            report = verify(lively)
        assert not report.ok, flip
        assert flip.is_named_by(report), (flip, report.as_json())


def test_every_column_that_is_sealed_or_wraps_a_key_is_a_place() -> None:
    """Whoever seals something new tells `verify` how it is opened, and changes a byte of it."""
    known = {(each.table, each.column) for each in all_places()}
    opened = {table_of(each).name for each in (*DERIVED, *OWN)}
    for table in Base.metadata.sorted_tables:
        for name in {"sealed", "wrapped_key"} & set(table.columns.keys()):
            assert (table.name, name) in known or table.name in opened, f"{table.name}.{name}"
