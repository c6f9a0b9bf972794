"""Objects damaged, lost and strange, found by the share they lie in and mended from the mirror."""

import dataclasses
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select, update

from records.documents.models import Component, StoredObject
from records.fixity.mirror import Mirroring
from records.fixity.models import FixityRun
from records.fixity.service import (
    WHOLE,
    Share,
    is_clean,
    is_due,
    list_runs,
    next_share,
    run_daily,
    run_share,
)
from records.office import Office
from records.people.rules import Actor, Role
from storage import LocalStore, ObjectStore, StorageError, open_store
from tests.builders import add_person, register
from tests.offices import HeldClock


@pytest.fixture
def mirrored(office: Office, tmp_path: Path) -> Office:
    return dataclasses.replace(office, mirror=LocalStore(tmp_path / "mirror"))


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "anna", Role.CLERK)


def _fill(office: Office, clerk: Actor, count: int) -> None:
    for number in range(count):
        register(office, clerk, files=[("a.txt", f"text {number}".encode())])


def _names(office: Office) -> list[str]:
    with office.database.reading() as uow:
        return sorted(uow.session.scalars(select(StoredObject.name)))


def _path(store: ObjectStore, name: str) -> Path:
    assert isinstance(store, LocalStore)
    return store.root / name[:2] / name


def _damage(office: Office, name: str) -> None:
    path = _path(office.vault.store, name)
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)


def _days(office: Office, clock: HeldClock, count: int) -> Iterator[FixityRun]:
    for _ in range(count):
        run = run_daily(office)
        assert run is not None
        yield run
        clock.advance(days=1)


def test_the_shares_of_all_days_read_everything_once(
    office: Office, clerk: Actor, clock: HeldClock
) -> None:
    _fill(office, clerk, 40)
    office = dataclasses.replace(office, config=dataclasses.replace(office.config, fixity_days=7))
    runs = list(_days(office, clock, 7))
    assert sum(each.objects for each in runs) == 40
    assert max(each.objects for each in runs) < 40
    assert all(map(is_clean, runs))
    with office.database.reading() as uow:
        assert next_share(uow, 7).after == ""
        assert [each.id for each in list_runs(uow, limit=2)] == [runs[6].id, runs[5].id]


@pytest.mark.parametrize("days", [1, 2, 3, 30, 365, 3650])
def test_shares_follow_each_other_without_a_gap(
    office: Office, clock: HeldClock, days: int
) -> None:
    office = dataclasses.replace(
        office, config=dataclasses.replace(office.config, fixity_days=days)
    )
    shares = [(each.after, each.until) for each in _days(office, clock, min(days, 12) + 1)]
    assert shares[0][0] == ""
    for (_, until), (after, _) in pairwise(shares):
        assert after == (until if until != "g" else "")


def test_the_share_of_a_day_is_kept_once(office: Office, clock: HeldClock) -> None:
    with office.database.reading() as uow:
        assert is_due(uow)
    assert run_daily(office) is not None
    assert run_daily(office) is None
    with office.database.reading() as uow:
        assert not is_due(uow)
    clock.advance(days=1)
    with office.database.reading() as uow:
        assert is_due(uow)


def test_missing_changed_and_extra_objects_are_told_apart(office: Office, clerk: Actor) -> None:
    _fill(office, clerk, 4)
    lost, damaged, *_ = _names(office)
    _path(office.vault.store, lost).unlink()
    _damage(office, damaged)
    stranger = _path(office.vault.store, "ab" * 32)
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"nobody's")
    run = run_share(office, WHOLE)
    assert [each["id"] for each in run.missing] == [lost]
    assert [each["id"] for each in run.changed] == [damaged]
    assert [each["id"] for each in run.extra] == ["ab" * 32]
    assert (run.restored, is_clean(run)) == ([], False)


def test_what_the_mirror_has_comes_back_and_is_told(mirrored: Office, clerk: Actor) -> None:
    office, mirror = mirrored, mirrored.mirror
    assert mirror is not None
    _fill(office, clerk, 5)
    assert Mirroring(office, mirror).copy_new() == 5
    lost, damaged, *_ = _names(office)
    _path(office.vault.store, lost).unlink()
    _damage(office, damaged)
    run = run_share(office, WHOLE)
    assert sorted(each["id"] for each in run.restored) == sorted([lost, damaged])
    assert is_clean(run)
    assert run_share(office, WHOLE).restored == []


def test_a_mirror_that_is_damaged_itself_mends_nothing(mirrored: Office, clerk: Actor) -> None:
    office, mirror = mirrored, mirrored.mirror
    assert mirror is not None
    _fill(office, clerk, 1)
    Mirroring(office, mirror).copy_new()
    (name,) = _names(office)
    _damage(office, name)
    path = _path(mirror, name)
    path.chmod(0o600)
    path.write_bytes(b"other bytes")
    before = _path(office.vault.store, name).read_bytes()
    run = run_share(office, WHOLE)
    assert ([each["id"] for each in run.changed], run.restored) == ([name], [])
    # What is there may still be worth something to a person: it is not thrown away.
    assert _path(office.vault.store, name).read_bytes() == before


def test_a_row_that_was_falsified_is_not_called_mended(mirrored: Office, clerk: Actor) -> None:
    office, mirror = mirrored, mirrored.mirror
    assert mirror is not None
    _fill(office, clerk, 1)
    Mirroring(office, mirror).copy_new()
    with office.database.writing() as uow:
        uow.session.execute(update(Component).values(sha256="00" * 32))
    run = run_share(office, WHOLE)
    assert (len(run.changed), run.restored) == (1, [])


def test_copying_goes_on_where_it_was_and_the_check_finds_what_slipped_through(
    mirrored: Office, clerk: Actor, clock: HeldClock
) -> None:
    office, mirror = mirrored, mirrored.mirror
    assert mirror is not None
    _fill(office, clerk, 3)
    assert Mirroring(office, mirror).copy_new() == 3
    clock.advance(hours=1)
    _fill(office, clerk, 2)
    fresh = Mirroring(office, mirror)
    assert fresh.copy_new() == 2
    assert fresh.copy_new() == 0
    mirror.delete(_names(office)[0])
    assert fresh.copy_new() == 0
    run = run_share(office, WHOLE)
    assert (run.mirrored, is_clean(run)) == (1, True)
    assert {each.name for each in mirror.names()} == set(_names(office))


def test_a_mirror_that_is_away_holds_up_no_registration(
    office: Office, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    # A bucket on a machine that is off.
    away = open_store("s3://mirror?endpoint_url=http://127.0.0.1:9&region=x")
    mirrored = dataclasses.replace(office, mirror=away)
    _fill(mirrored, clerk, 1)
    with pytest.raises(StorageError):
        Mirroring(mirrored, away).copy_new()
    assert len(_names(mirrored)) == 1


def test_a_share_reads_only_its_own_names(office: Office, clerk: Actor) -> None:
    _fill(office, clerk, 30)
    names = _names(office)
    low = run_share(office, Share("", "7fffffff"))
    high = run_share(office, Share("7fffffff", "g"))
    assert low.objects == sum(each < "8" for each in names)
    assert low.objects + high.objects == 30
