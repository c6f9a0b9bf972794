"""The published document: whole, valid, and what is really answered."""

import re
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from records.fixity.service import run_daily
from records.people.organization import unit_by_code
from records.people.rules import SERVICE
from records.worker import Worker
from tests.api.arrival_walk import look_at_arrivals
from tests.api.asking import document_of_finance, held_seal, terms
from tests.api.conftest import PDF, Place
from tests.api.scan_walk import split_stacks
from tests.api.seal_walk import keep_seals
from tests.api.sealing import sealed
from tests.api.search_walk import look_for_things
from tests.letters import letter
from tests.records.seals.approved import approved
from tests.records.seals.electronic import equip, to_stamp
from tests.records.seals.offices import SealOffice, enter_seal
from web.api.declaring import PREFIX, operations
from web.permissions import PUBLIC
from web.pictures import pictures_of
from web.routes import permissions
from web.workshop import workshop_of

_PUBLIC = {"show_openapi", "show_stamped_copy"}


@pytest.fixture
def document(place: Place) -> dict[str, Any]:
    answer = place.app.test_client().get(f"{PREFIX}/openapi.json")
    assert answer.status_code == 200
    assert answer.json is not None
    found: dict[str, Any] = answer.json
    return found


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_is_in_the_document(place: Place, document: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in place.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert served == described


def test_every_route_demands_what_its_declaration_says(place: Place) -> None:
    for endpoint, operation in operations(place.app).items():
        assert permissions(place.app)[endpoint] is operation.permission
        assert operation.permission is not PUBLIC or operation.name in _PUBLIC


class Checked:
    """Asks the interface and holds every answer against the document."""

    def __init__(self, place: Place, document: dict[str, Any]) -> None:
        self.place, self.document, self.seen = place, document, set[str]()
        resource = DRAFT202012.create_resource(document)
        self.registry = Registry[Any]().with_resource("urn:document", resource)

    def __call__(self, who: str, method: str, path: str, **more: Any) -> Any:
        answer = self.place.people[who](method, path, **more)
        operation = self._operation(method, f"{PREFIX}{path.partition('?')[0]}")
        self.seen.add(operation["operationId"])
        described = operation["responses"].get(str(answer.status_code))
        assert described is not None, (operation["operationId"], answer.status_code, answer.text)
        content = described.get("content", {}).get(answer.mimetype)
        if answer.status_code == 204:
            assert answer.data == b""
        elif answer.mimetype.endswith("json"):
            self._check(answer.json, content["schema"])
        return answer.json if answer.is_json else answer

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        for template, item in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and (
                method.lower() in item
            ):
                found: dict[str, Any] = item[method.lower()]
                return found
        raise AssertionError(f"{method} {path} is not described")

    def _check(self, value: Any, schema: dict[str, Any]) -> None:
        absolute = _absolute(schema)
        formats = Draft202012Validator.FORMAT_CHECKER
        validator = Draft202012Validator(absolute, registry=self.registry, format_checker=formats)
        assert [error.message for error in validator.iter_errors(value)] == []


def _absolute(value: Any) -> Any:
    """Let references lead into the document, whatever schema they stand in."""
    if isinstance(value, dict):
        return {
            key: f"urn:document{each}" if key == "$ref" else _absolute(each)
            for key, each in value.items()
        }
    return [_absolute(each) for each in value] if isinstance(value, list) else value


def _walk_rules(ask: Checked) -> None:
    """Write a rule of filing, try it, change it, move it, and take it away."""
    rule = {"name": "City", "sender": "City works", "words": ["one"], "class": "X1"}
    ask("archivist", "POST", "/filing-rules/try", json=rule)
    ask("archivist", "POST", "/filing-rules/try", json={"name": "City"})
    made = f"/filing-rules/{ask('archivist', 'POST', '/filing-rules', json=rule)['id']}"
    ask("archivist", "POST", "/filing-rules", json=rule)
    ask("stranger", "POST", "/filing-rules", json=rule)
    ask("archivist", "GET", "/filing-rules")
    ask("archivist", "GET", made)
    ask("archivist", "PATCH", made, json={"words": []}, headers={"If-Match": "*"})
    ask("archivist", "PATCH", made, json={"words": []})
    ask("archivist", "POST", f"{made}/move", json={"to": "up"})
    ask("archivist", "DELETE", made)
    ask("archivist", "GET", made)


def test_what_is_answered_is_what_is_described(place: Place, document: dict[str, Any]) -> None:
    ask = Checked(place, document)
    made = place.clerk.register(("a.pdf", PDF), title="One", sender="City works").json
    path = f"/documents/{made['id']}"
    component = ask("clerk", "GET", path)["components"][0]["id"]
    ask("clerk", "GET", "/checks/no-such-code")
    ask("clerk", "GET", "/documents?limit=1")
    ask("clerk", "GET", "/documents?limit=x")
    ask("clerk", "GET", f"{path}/timeline")
    ask("clerk", "GET", f"{path}/face")
    ask("stranger", "GET", f"{path}/face")
    ask("clerk", "PATCH", path, json={"title": "Two"}, headers={"If-Match": "*"})
    ask("clerk", "PATCH", path, json={"title": "Two"})
    ask("clerk", "GET", f"{path}/suggestions")
    ask("stranger", "GET", f"{path}/suggestions")
    ask("clerk", "POST", f"{path}/check", json={})
    ask("clerk", "POST", f"{path}/check/undo")
    ask("clerk", "POST", f"{path}/check/undo")
    ask("clerk", "POST", f"{path}/check", json={})
    ask("clerk", "GET", f"/components/{component}/content")
    ask("clerk", "GET", f"/components/{component}/content", headers={"Range": "bytes=0-1"})
    ask("clerk", "GET", f"/components/{component}/text")
    ask("clerk", "GET", f"/components/{component}/hits?q=one")
    ask("clerk", "GET", f"/components/{component}/hits")
    ask("clerk", "GET", "/registers")
    ask("clerk", "GET", "/registers/incoming/book")
    ask("stranger", "GET", "/registers/incoming/book")
    code = next(
        each["code"] for each in ask("clerk", "GET", "/classes")["items"] if each["retention"]
    )
    ask("clerk", "GET", "/units")
    person = ask("clerk", "GET", "/users?q=stran")["items"][0]["id"]
    share = {"with_kind": "user", "with": person, "reason": "Asked for"}
    grant = ask("clerk", "POST", f"{path}/grants", json=share)["id"]
    assert ask("stranger", "GET", path)["number"] == made["number"]
    ask("clerk", "GET", f"{path}/grants")
    ask("clerk", "DELETE", f"/grants/{grant}")
    ask("stranger", "GET", path)
    ask("clerk", "POST", f"{path}/secrecy", json={"secrecy": "public", "reason": "Published"})
    ask("clerk", "POST", f"{path}/file", json={"class": code, "unit": "finance"})
    ask("clerk", "POST", f"{path}/correct", json={"reason": "Slip", "values": {"title": "3"}})
    ask("clerk", "POST", f"{path}/void", json={"reason": "Too late"})
    ask("clerk", "GET", "/me")
    ask("clerk", "POST", "/tokens", json={"label": "x", "expires_days": 3})
    token = ask("clerk", "GET", "/tokens")["items"][0]["id"]
    ask("clerk", "DELETE", f"/tokens/{token}")
    ask("clerk", "GET", "/search?q=city")
    ask("clerk", "GET", "/search?q=city&round=sent")
    ask("clerk", "GET", "/search?q=city&round=nothing")
    upload = ask("clerk", "POST", "/uploads", json={"name": "b", "size": 3})["id"]
    ask("clerk", "PUT", f"/uploads/{upload}/parts/0", data=b"abc")
    ask("clerk", "GET", f"/uploads/{upload}")
    ask("clerk", "DELETE", f"/uploads/{upload}")
    unit = {"code": "archive", "name": "Archive", "parent": "office"}
    ask("admin", "POST", "/units", json=unit)
    ask("admin", "POST", "/units", json=unit)
    ask("admin", "POST", "/users", json={"login": "new", "roles": ["staff"]})
    ask("archivist", "POST", "/classes", json={"code": "X1", "title": "New", "retention": "10"})
    _walk_rules(ask)
    register = {
        "code": "second",
        "name": "Second",
        "kind": "incoming",
        "unit": "office",
        "pattern": "S{year}-{number}",
    }
    ask("admin", "POST", "/registers", json=register)
    ask("clerk", "POST", "/documents", json={})
    ask("clerk", "POST", f"{path}/components", json={})
    ask("clerk", "GET", "/openapi.json")
    run_daily(place.office)
    assert ask("admin", "GET", "/fixity-runs?limit=1")["items"][0]["missing"] == []
    ask("admin", "GET", "/fixity-runs?cursor=x")
    ask("clerk", "GET", "/fixity-runs")
    _assess(ask, path)
    _circulate(ask, place.clerk.register(("b.pdf", PDF), title="Round").json["id"])
    _ask_for_seals(ask, place)
    _certify(ask, place)
    seals = sealed(place, code="K")
    _use_seals(ask, seals)
    _read_books(ask, seals)
    _copy(ask, place)
    look_at_arrivals(ask, place)
    _relate(ask, place)
    split_stacks(ask, place)
    workshop_of(place.app).close()
    pictures_of(place.app).close()
    keep_seals(ask)
    _break_glass(ask)
    look_for_things(ask)
    described = {each.name for each in operations(place.app).values()}
    assert described == ask.seen


def _break_glass(ask: Checked) -> None:
    """Try emergency access with a wrong password, and end what never was."""
    body = {"document": "IN-1999-0001", "reason": "The dam may break tonight", "password": "no"}
    ask("leader", "POST", "/emergency-access", json=body)
    ask("leader", "GET", "/emergency-access?limit=1")
    ask("leader", "POST", f"/emergency-access/{UUID(int=1)}/end")


def _relate(ask: Checked, place: Place) -> None:
    one, two, three = (
        place.clerk.register(title=title, document_number="水发〔2024〕7号").json["id"]
        for title in ("One", "Two", "Three")
    )
    with Worker(place.office) as worker:
        worker.run_until_idle()
    ask("clerk", "GET", f"/documents/{one}/thread")
    ask("clerk", "GET", f"/documents/{one}/twins")
    link = {"document": two, "kind": "answers", "reason": "Asked"}
    made = ask("clerk", "POST", f"/documents/{one}/links", json=link)
    ask("clerk", "GET", f"/documents/{one}/links")
    ask("clerk", "GET", f"/documents/{one}/similar")
    ask("stranger", "GET", f"/documents/{one}/similar")
    removal = f"/documents/{one}/links/{made['id']}/removal"
    ask("clerk", "POST", removal, json={"reason": "Slip"})
    ask("clerk", "POST", f"/documents/{two}/twins/{one}/both")
    ask("clerk", "POST", f"/documents/{two}/twins/{one}/attach", json={"reason": "Twice"})
    ask("clerk", "POST", f"/documents/{three}/twins/{one}/void", json={"reason": "Twice"})


def _ask_for_seals(ask: Checked, place: Place) -> None:
    body = terms(held_seal(place), document=document_of_finance(place))
    made = ask("stranger", "POST", "/seal-requests", json=body)
    path, step = f"/seal-requests/{made['id']}", made["steps"][0]["id"]
    ask("stranger", "POST", "/seal-requests", json={**body, "copies": 0})
    ask("stranger", "POST", "/seal-requests/file", data={}, content_type="multipart/form-data")
    ask("stranger", "GET", path)
    ask("stranger", "GET", "/seal-requests")
    ask("clerk", "GET", f"/seal-requests?document={made['document']}")
    ask("leader", "GET", "/seal-approvals")
    ask("leader", "POST", f"/seal-approvals/{step}/agree", json={})
    ask("clerk", "POST", f"{path}/refuse", json={"reason": "Blank"})
    ask("stranger", "POST", f"{path}/withdraw", json={"reason": "Slip"})
    other = ask("stranger", "POST", "/seal-requests", json=body)["steps"][0]["id"]
    ask("leader", "POST", f"/seal-approvals/{other}/decline", json={"opinion": "No"})


def _certify(ask: Checked, place: Place) -> None:
    """Walk through everything about certificates of seals."""
    with place.office.database.reading() as uow:
        unit_id = unit_by_code(uow, "finance").id
    path = f"/seals/{enter_seal(place.office, SERVICE, unit_id)}/certificates"
    ask("security", "GET", "/seal-authority")
    ask("security", "POST", "/seal-authority")
    ask("security", "GET", "/seal-authority")
    made = ask("security", "POST", f"{path}/issue", json={"years": 1})["id"]
    ask("security", "POST", f"{path}/import", json={"file": "AAAA", "password": ""})
    ask("security", "POST", f"{path}/token", json={"token": "a", "key": "b", "pin": "c"})
    ask("security", "POST", f"{path}/{made}/end", json={"reason": "Leaked"})
    ask("security", "GET", path)


def _read_books(ask: Checked, seals: SealOffice) -> None:
    """Walk through seal books and the statistics of seals."""
    ask("keeper", "GET", f"/seals/{seals.seal_id}/book?limit=1&medium=paper")
    ask("keeper", "GET", f"/seals/{seals.seal_id}/book?mark=red")
    line = ask("auditor", "GET", "/seal-book?limit=1")["items"][0]["id"]
    ask("auditor", "GET", f"/seal-book/{line}")
    ask("keeper", "GET", f"/seal-book/{line}")
    ask("keeper", "GET", "/statistics/seals?period=year")


def _copy(ask: Checked, place: Place) -> None:
    """Walk through everything about numbered copies."""
    made = place.clerk.register(("plan.pdf", letter([["Plan"]])), title="Plan").json["id"]
    path = f"/documents/{made}/copies"
    component = ask("clerk", "GET", f"/documents/{made}")["components"][0]["id"]
    ask("clerk", "POST", path, json={"component": component})
    copies = ask("clerk", "POST", path, json={"component": component, "count": 2})["items"]
    ask("clerk", "GET", f"{path}?limit=1")
    ask("clerk", "GET", f"{path}/print?first=1&last=2")
    one = f"/copies/{copies[0]['id']}"
    ask("clerk", "POST", f"{one}/return", json={})
    ask("clerk", "POST", f"{one}/destroy", json={"reason": "Shredded"})
    ask("clerk", "POST", f"{one}/reopen", json={"reason": "The wrong line"})


def _use_seals(ask: Checked, seals: SealOffice) -> None:
    """Walk through everything that keepers do with approved requests."""
    paper = f"/seal-requests/{approved(seals)}"
    outside = f"/seal-requests/{approved(seals, outside=True)}"
    equip(seals)
    pdf = f"/seal-requests/{to_stamp(seals)}"
    ask("keeper", "GET", "/sealing")
    ask("keeper", "POST", f"{paper}/use", json={"copies_stamped": 9, "place": "Here"})
    used = ask("keeper", "POST", f"{paper}/use", json={"copies_stamped": 1, "place": "Here"})
    out = ask("keeper", "POST", f"{outside}/take-out", json={})
    ask("keeper", "POST", f"/seal-usages/{out['id']}/bring-back", json={"copies_stamped": 1})
    ask("keeper", "POST", f"/seal-usages/{used['id']}/withdraw", json={"reason": "Cancelled"})
    ask("keeper", "GET", f"{pdf}/stamping")
    place = {"page": 0, "x": 1000, "y": 1000}
    ask("keeper", "POST", f"{pdf}/stamp", json={"placements": [place]})
    ask("keeper", "GET", f"{pdf}/stamping")
    ask("keeper", "GET", f"/seal-usages?seal={seals.seal_id}")
    ask("auditor", "GET", "/seal-usages")
    ask("auditor", "GET", f"/seal-usages/{used['id']}")


def _assess(ask: Checked, path: str) -> None:
    ask("clerk", "GET", f"{path}/assessments")
    ask("clerk", "GET", "/documents/00000000-0000-0000-0000-000000000000/assessments")
    ask("clerk", "POST", f"{path}/assessments")
    ask("clerk", "GET", "/assessments?outcome=passed")
    ask("clerk", "GET", "/assessments?cursor=x")


def _circulate(ask: Checked, document_id: str) -> None:
    """Walk through everything about rounds, papers, tasks and the log."""
    path = f"/documents/{document_id}"
    plan = {
        "purpose": "read",
        "stages": [{"readers": ["stranger", "leader"]}, {"readers": ["clerk"], "due_days": 2}],
        "due_on": "2026-03-09",
        "urger": "clerk",
    }
    draft = ask("clerk", "POST", f"{path}/rounds", json={**plan, "draft": True})
    ask("clerk", "DELETE", f"/rounds/{draft['id']}")
    draft = ask("clerk", "POST", f"{path}/rounds", json={**plan, "draft": True})["id"]
    ask("clerk", "PUT", f"/rounds/{draft}", json=plan)
    ask("clerk", "PUT", f"/rounds/{draft}", json=plan, headers={"If-Match": '"1"'})
    ask("clerk", "PUT", f"/rounds/{draft}", json=plan, headers={"If-Match": '"1"'})
    sent = ask("clerk", "POST", f"/rounds/{draft}/send", json={})
    ask("clerk", "GET", f"{path}/rounds")
    ask("clerk", "GET", "/rounds?state=running&limit=1")
    ask("clerk", "GET", "/rounds?state=lost")
    round_ = f"/rounds/{sent['id']}"
    ask("stranger", "GET", round_)
    ask("clerk", "POST", f"{round_}/readers", json={"readers": [{"unit": "finance"}]})
    waiting = [
        each["id"] for each in ask("clerk", "GET", round_)["stages"] if each["state"] == "waiting"
    ]
    ask("clerk", "POST", f"{round_}/order", json={"stages": waiting[::-1]})
    ask("clerk", "POST", f"{round_}/deadline", json={"due_on": "2026-03-20"})
    item = ask("stranger", "GET", "/reading?limit=1")["items"][0]["item"]
    page = ask("stranger", "GET", f"/items/{item}")
    ask("leader", "GET", f"/items/{item}")
    ask("stranger", "POST", f"/items/{item}/open", json={})
    shown = {"component": page["components"][0]["id"], "page": 1, "seconds": 4}
    ask("stranger", "POST", f"/items/{item}/pages", json={"pages": [shown]})
    ask("clerk", "POST", f"/items/{item}/urge", json={})
    ask("clerk", "POST", f"{round_}/urge", json={})
    instruction = {"text": "See to it", "assignee": "stranger", "due_on": "2026-03-30"}
    signed = ask("stranger", "POST", f"/items/{item}/sign", json={"instruction": instruction})
    ask("stranger", "POST", f"/items/{item}/sign", json={})
    ask("clerk", "GET", f"/receipts/{signed['receipt']}")
    ask("stranger", "GET", f"/receipts/{signed['receipt']}/file")
    other = ask("leader", "GET", "/reading")["items"][0]["item"]
    ask("leader", "POST", f"/items/{other}/return", json={"reason": "Not mine"})
    again = ask("clerk", "POST", f"/items/{other}/send-again", json={})["id"]
    ask("leader", "POST", f"/items/{again}/delegate", json={"to": "archivist"})
    third = ask("archivist", "GET", "/reading")["items"][0]["item"]
    ask("archivist", "POST", f"/items/{third}/return", json={"reason": "Not mine either"})
    ask("clerk", "POST", f"/items/{third}/settle", json={})
    open_ = [each["item"] for each in ask("leader", "GET", "/reading")["items"]]
    ask("clerk", "POST", f"/items/{open_[0]}/recall", json={"reason": "By mistake"})
    left = ask("stranger", "GET", "/reading")["items"][0]["item"]
    ask("clerk", "POST", f"/items/{left}/skip", json={"reason": "On leave"})
    ask("clerk", "POST", f"{round_}/close", json={})
    ask("clerk", "POST", f"{round_}/close", json={"reason": "Enough"})
    second = ask("clerk", "POST", f"{path}/rounds", json={**plan, "stages": plan["stages"][:1]})
    ask("clerk", "POST", f"/rounds/{second['id']}/recall", json={"reason": "By mistake"})
    handed = ask("clerk", "POST", f"{path}/paper", json={"to": "clerk", "place": "Room 1"})["id"]
    ask("clerk", "POST", f"/paper/{handed}/confirm", json={})
    handed = ask("clerk", "POST", f"{path}/paper", json={"to": "stranger"})["id"]
    ask("clerk", "GET", f"{path}/whereabouts")
    ask("stranger", "POST", f"/paper/{handed}/withdraw", json={})
    ask("clerk", "GET", f"{path}/slip?round={second['id']}")
    ask("clerk", "GET", f"{path}/slip?round=x")
    ask("clerk", "GET", f"{path}/label?form=sheet&first=2")
    ask("clerk", "POST", "/labels/abc/take", json={})
    task = ask("clerk", "POST", f"{path}/tasks", json=instruction)["id"]
    ask("stranger", "GET", "/tasks")
    ask("clerk", "GET", "/tasks?given=true&state=any")
    ask("clerk", "GET", f"{path}/tasks")
    ask("stranger", "POST", f"/tasks/{task}/finish", json={"result": "Done"})
    done = {"json": {"result": "Done"}, "headers": {"If-Match": "*"}}
    ask("stranger", "POST", f"/tasks/{task}/finish", **done)
    ask("clerk", "POST", f"/tasks/{task}/reopen", json={})
    ask("clerk", "POST", f"/tasks/{task}/cancel", json={})
    deputy = {"deputy": "leader", "until_at": "2026-03-20T00:00:00Z"}
    named = ask("stranger", "POST", "/deputies", json=deputy)["id"]
    ask("stranger", "GET", "/deputies")
    ask("stranger", "DELETE", f"/deputies/{named}")
    ask("stranger", "GET", "/log/key")
    ask("stranger", "GET", "/log/checkpoint")
    ask("stranger", "GET", "/log/proof?sequence=0")
    ask("stranger", "GET", "/log/proof?sequence=99999999")
    ask("stranger", "GET", "/log/growth?old=1")
    ask("stranger", "GET", "/log/growth?old=99999999")
    ask("auditor", "GET", "/log/copies")
    ask("auditor", "GET", "/log/period?from=2026-01-01&to=2099-01-01")
    ask("auditor", "GET", "/log/period?from=soon&to=later")
    ask("stranger", "GET", "/log/period?from=2026-01-01&to=2099-01-01")
