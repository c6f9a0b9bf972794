"""A walk through the interface of scans: separator sheets, recognition and splitting."""

from collections.abc import Callable
from typing import Any

from records.worker import Worker
from tests.api.conftest import Place
from tests.records.scans.papers import as_pdf, blank

Ask = Callable[..., Any]


def split_stacks(ask: Ask, place: Place) -> None:
    """Ask for everything that there is about scans, and for what is refused."""
    ask("clerk", "GET", "/separator-sheets.pdf?register=incoming&urgency=urgent&count=2")
    ask("clerk", "GET", "/separator-sheets.pdf?count=0")
    stack = place.clerk.register(("scan.pdf", as_pdf([blank(), blank()])), title="Stack").json
    letter = place.clerk.register(("a.txt", b"words"), title="Letter").json
    _work(place)
    path = f"/documents/{stack['id']}"
    scan = ask("clerk", "GET", path)["components"][0]["id"]
    words = ask("clerk", "GET", f"/documents/{letter['id']}")["components"][0]["id"]
    ask("clerk", "POST", f"/components/{scan}/recognise")
    ask("clerk", "POST", f"/components/{words}/recognise")
    ask("clerk", "POST", f"{path}/split/look")
    ask("clerk", "GET", f"{path}/split")
    ask("clerk", "GET", f"/documents/{letter['id']}/split")
    parts = [{"pages": [{"number": 2, "turn": 90}], "urgency": "urgent"}]
    ask("clerk", "POST", f"{path}/split", json={"parts": [{"pages": [{"number": 9}]}]})
    ask("clerk", "POST", f"{path}/split", json={"parts": parts})
    _work(place)
    assert ask("clerk", "GET", f"{path}/split")["state"] == "done"


def _work(place: Place) -> None:
    with Worker(place.office) as worker:
        worker.run_until_idle()
