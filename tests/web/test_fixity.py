"""The page of fixity: who opens it, what it says when all is well and when something is not."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from records.fixity.mirror import Mirroring
from records.fixity.service import WHOLE, run_daily, run_share
from records.office import Office
from records.people.rules import Role
from storage import LocalStore
from tests import builders
from tests.web.offices import client_of


@pytest.fixture
def watched(office: Office) -> Office:
    for name, role in (("auditor", Role.AUDITOR), ("admin", Role.SYSTEM_ADMIN)):
        builders.add_person(office, name, role)
    builders.add_person(office, "otto", Role.STAFF)
    return office


@pytest.mark.usefixtures("watched")
def test_it_is_for_auditors_and_operators(app: Flask) -> None:
    for name, status in (("auditor", 200), ("admin", 200), ("otto", 403)):
        assert client_of(app, name).get("/fixity").status_code == status


@pytest.mark.usefixtures("watched")
def test_an_empty_page_says_what_will_come(app: Flask) -> None:
    text = client_of(app, "auditor").get("/fixity").text
    assert "No share was checked yet." in text
    assert "once in 30 days" in text
    assert "There is no mirror" in text


def test_runs_tell_what_was_lost_and_what_came_back(
    watched: Office, app: Flask, tmp_path: Path
) -> None:
    clerk = builders.add_person(watched, "anna", Role.CLERK)
    for number in range(3):
        builders.register(watched, clerk, files=[("a.txt", f"text {number}".encode())])
    assert run_daily(watched) is not None
    mirror = LocalStore(tmp_path / "mirror")
    mirrored = replace(watched, mirror=mirror)
    Mirroring(mirrored, mirror).copy_new()
    first, second, _ = [each.name for each in watched.vault.store.names()]
    watched.vault.store.delete(first)
    mirror.delete(second)
    watched.vault.store.delete(second)
    run_share(mirrored, WHOLE)
    text = client_of(app, "auditor").get("/fixity").text
    assert "all whole" in text
    assert "restored from the mirror 1" in text
    assert "missing 1" in text
    assert first in text
    assert second in text


def test_older_runs_are_a_page_further(watched: Office, app: Flask) -> None:
    for _ in range(52):
        run_share(watched, WHOLE)
    client = client_of(app, "auditor")
    first = client.get("/fixity").text
    assert first.count("data-row") == 50
    older = first.partition('href="/fixity?before=')[2].partition('"')[0]
    assert client.get(f"/fixity?before={older}").text.count("data-row") == 2
