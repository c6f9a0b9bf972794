"""Slow clients: bodies have a lowest speed, and who waits takes no place of those who work."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from werkzeug.exceptions import RequestTimeout

from web.bodies import Body
from web.patience import WHOLE_BYTES, Environ, Patience, StartResponse
from web.silent import SilentSenders


class Sender:
    """Sends a body, each byte after so many seconds on a clock of its own."""

    def __init__(self, content: bytes, seconds_each: float = 0.0) -> None:
        self.now = 0.0
        self._content, self._seconds_each = content, seconds_each

    def read(self, size: int) -> bytes:
        """Wait, as the server does, until so many bytes are there, or the end."""
        taken, self._content = self._content[:size], self._content[size:]
        self.now += len(taken) * self._seconds_each
        return taken

    def clock(self) -> float:
        """Return the time on the clock of the sender."""
        return self.now


@pytest.fixture
def place() -> threading.BoundedSemaphore:
    place = threading.BoundedSemaphore(1)
    place.acquire()
    return place


def body(sender: Sender, place: threading.BoundedSemaphore, **environ: str) -> Body:
    given: dict[str, Any] = {"wsgi.input": sender, "REMOTE_ADDR": "192.0.2.1", **environ}
    return Body(given, place=place, silent=SilentSenders(), clock=sender.clock)


def test_a_body_is_read_whole_in_parts_and_by_lines(place: threading.BoundedSemaphore) -> None:
    text = b"first\nsecond line\n\nlast" * 50_000
    assert body(Sender(text), place).read() == text
    by_parts = body(Sender(text), place)
    assert by_parts.read(3) + by_parts.read(100_000) + by_parts.read() == text
    assert by_parts.read(10) == b""
    lines = list(body(Sender(b"first\nsecond line\n\nlast"), place))
    assert lines == [b"first\n", b"second line\n", b"\n", b"last"]
    assert body(Sender(b"first\nsecond"), place).readline(3) == b"fir"


def test_a_byte_a_second_is_too_slow(place: threading.BoundedSemaphore) -> None:
    sender = Sender(b"x" * 1000, 1.0)
    with pytest.raises(RequestTimeout):
        body(sender, place, CONTENT_LENGTH="1000").read()
    assert sender.now < 40, "it is noticed soon after the grace"


def test_a_slow_line_is_borne_with(place: threading.BoundedSemaphore) -> None:
    sender = Sender(b"x" * 100_000, 0.0005)
    assert len(body(sender, place, CONTENT_LENGTH="100000").read()) == 100_000
    late_but_whole = Sender(b"whole", 5.0)
    assert body(late_but_whole, place, CONTENT_LENGTH="5").read() == b"whole"


def test_a_body_that_breaks_off_after_the_grace_was_too_slow(
    place: threading.BoundedSemaphore,
) -> None:
    sender = Sender(b"x", 21.0)
    with pytest.raises(RequestTimeout):
        body(sender, place, CONTENT_LENGTH="1000").read()


def test_who_waits_for_a_body_gives_up_the_place(place: threading.BoundedSemaphore) -> None:
    class Watching(Sender):
        free = False

        def read(self, size: int) -> bytes:
            self.free = place.acquire(blocking=False)
            if self.free:
                place.release()
            return super().read(size)

    sender = Watching(b"abc")
    assert body(sender, place).read() == b"abc"
    assert sender.free
    assert not place.acquire(blocking=False), "the place is taken again"


# The layer ---------------------------------------------------------------------------------------


class Answer:
    """What the layer said."""

    status = ""

    def __call__(self, status: str, _headers: list[tuple[str, str]], *_: object) -> None:
        self.status = status


def streaming(_: Environ, start_response: StartResponse) -> Iterator[bytes]:
    """Answer in pieces, without a length."""
    start_response("200 OK", [])
    return iter([b"one", b"two"])


def asked(layer: Patience, **environ: Any) -> tuple[str, Iterable[bytes]]:
    """Ask the layer, as the server does."""
    said = Answer()
    pieces = layer({"REMOTE_ADDR": "192.0.2.1", **environ}, said)
    return said.status, pieces


def test_an_answer_that_fits_is_handed_over_whole() -> None:
    closed = []

    class Pieces(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def application(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "6")])
        return Pieces([b"one", b"two"])

    status, pieces = asked(Patience(application))
    assert (status, pieces) == ("200 OK", [b"onetwo"])
    assert closed


def test_answers_under_way_are_bounded_and_give_their_place_back() -> None:
    layer = Patience(streaming, streams=2)
    (_, first), (_, second) = asked(layer), asked(layer)
    assert asked(layer)[0].startswith("503")
    assert b"".join(first) == b"onetwo"
    status, third = asked(layer)
    assert status == "200 OK"
    assert asked(layer)[0].startswith("503")
    for each in (second, third):
        each.close()  # type: ignore[attr-defined] # the browser went away
        each.close()  # type: ignore[attr-defined]
    assert asked(layer)[0] == "200 OK"


def test_bodies_under_way_are_bounded_while_requests_without_one_are_answered() -> None:
    arrived, go_on = threading.Event(), threading.Event()

    class Slow:
        def read(self, _size: int) -> bytes:
            arrived.set()
            assert go_on.wait(30)
            return b""

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if "CONTENT_LENGTH" in environ:
            environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    layer = Patience(application, at_work=1, bodies=1)
    sent: dict[str, Any] = {"CONTENT_LENGTH": "10", "wsgi.input": Slow()}
    waiting = threading.Thread(target=asked, args=(layer,), kwargs=sent)
    waiting.start()
    try:
        assert arrived.wait(30)
        assert asked(layer)[0] == "200 OK", "nothing waits in the one place of those who work"
        assert asked(layer, **sent)[0].startswith("503")
    finally:
        go_on.set()
        waiting.join(30)
    assert asked(layer, **sent)[0] == "200 OK"


def test_the_largest_answer_that_is_handed_over_whole_is_small() -> None:
    def application(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(WHOLE_BYTES + 1))])
        return [b"x"]

    _, pieces = asked(Patience(application))
    assert not isinstance(pieces, list)
