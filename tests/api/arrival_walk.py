"""Everything that programs can ask about what came in and became no document."""

from collections.abc import Callable
from typing import Any

from tests.api.conftest import Place


def look_at_arrivals(ask: Callable[..., Any], place: Place) -> None:
    """Refuse two files, register one of them by another try, and give the other up."""
    for number in range(2):
        answer = place.clerk.register((f"{number}.txt", b"%d" % number), unit="nowhere")
        assert answer.status_code == 422, answer.text
    ask("clerk", "GET", "/channels")
    items = ask("clerk", "GET", "/arrivals?channel=rest")["items"]
    assert [each["name"] for each in items] == ["1.txt", "0.txt"]
    assert "nowhere" in items[0]["reason"]
    first, second = (f"/arrivals/{each['id']}" for each in items)
    ask("clerk", "GET", first)
    ask("clerk", "POST", f"{first}/again", json={})
    ask("clerk", "POST", f"{first}/again", json={"plain": True})
    assert ask("clerk", "GET", first)["state"] == "registered"
    ask("clerk", "GET", f"{second}/files/0")
    ask("clerk", "POST", f"{second}/give-up", json={"reason": "Sent by mistake"})
    assert ask("clerk", "GET", second)["state"] == "given_up"
