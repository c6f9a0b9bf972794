"""The calendar of working days: a year, its days, and the holidays of a country."""

import pytest
from flask import Flask

from records.office import Office
from records.people.models import CalendarDay
from records.people.rules import Role
from tests import builders
from tests.web.test_pages import Reader
from tests.web.visitor import Visitor
from web.i18n import LANGUAGE_COOKIE


@pytest.fixture
def admin(office: Office, app: Flask) -> Visitor:
    builders.add_person(office, "admin", Role.SYSTEM_ADMIN)
    return Visitor(app, "admin")


def _days(office: Office) -> dict[str, tuple[bool, str]]:
    with office.database.reading() as uow:
        return {
            each.day.isoformat(): (each.is_working, each.name)
            for each in uow.session.query(CalendarDay)
        }


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_year_is_sound_markup_with_all_its_days(admin: Visitor, language: str) -> None:
    admin.client.set_cookie(LANGUAGE_COOKIE, language)
    reader = Reader()
    text = admin.get("/calendar?year=2028").text
    reader.feed(text)
    assert reader.faults == []
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert [each for each in reader.fields if each not in reader.labels] == []
    assert text.count('<a class="day ') == 366


def test_a_day_is_set_and_cleared(office: Office, admin: Visitor) -> None:
    form = {"day": "2026-05-01", "kind": "holiday"}
    refused = admin.post("/calendar/day", **form, name="")
    assert refused.status_code == 422
    assert "This must not be empty." in refused.text
    assert "data-reopen" in refused.text
    done = admin.post("/calendar/day", **form, name="Labour Day")
    assert done.location == "/calendar?year=2026"
    assert "Labour Day" in admin.get(done.location).text
    assert _days(office) == {"2026-05-01": (False, "Labour Day")}
    admin.post("/calendar/day", day="2026-05-09", kind="worked", name="")
    assert 'class="day worked' in admin.get("/calendar?year=2026").text
    assert 'value="Labour Day"' in admin.get("/calendar?day=2026-05-01").text
    assert admin.post("/calendar/day", day="2026-05-01", kind="plain").status_code == 303
    assert admin.post("/calendar/day", day="2026-05-09", kind="plain").status_code == 303
    assert _days(office) == {}
    assert admin.post("/calendar/day", day="soon", kind="holiday", name="x").status_code == 404


def test_the_holidays_of_a_country_are_taken_over(office: Office, admin: Visitor) -> None:
    done = admin.post("/calendar/holidays", country="CN", year="2026")
    assert done.location == "/calendar?year=2026"
    days = _days(office)
    assert days["2026-10-01"][0] is False
    assert any(works for works, _ in days.values())
    for wrong in ({"country": "XX", "year": "2026"}, {"country": "CN", "year": "soon"}):
        refused = admin.post("/calendar/holidays", **wrong)
        assert refused.status_code == 422, wrong
        assert "data-reopen" in refused.text


def test_only_keepers_of_the_calendar_come_in(office: Office, app: Flask, admin: Visitor) -> None:
    assert admin.get("/calendar?year=1&day=nothing").status_code == 422
    builders.add_person(office, "chen", Role.CLERK)
    clerk = Visitor(app, "chen")
    assert clerk.get("/calendar").status_code == 403
    assert clerk.post("/calendar/day", day="2026-05-01", kind="holiday").status_code == 403
    assert clerk.post("/calendar/holidays", country="CN", year="2026").status_code == 403
