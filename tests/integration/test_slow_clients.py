"""Clients that are slow on purpose, against the real server: other people are always heard."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from records.office import Office
from tests.api.conftest import furnish
from tests.integration.service import Service

# Three times as many as work at a time, and fewer than the bodies that may be under way.
SLOW = 48
HEAD = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)


@pytest.fixture
def service(office: Office) -> Iterator[Service]:
    service = Service(office.config.home, furnish(office)["clerk"])
    service.start()
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def slow_senders(service: Service, count: int) -> Iterator[list[socket.socket]]:
    """Begin so many bodies that nobody ends."""
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            sender = socket.create_connection(("127.0.0.1", service.port))
            stack.enter_context(sender)
            sender.sendall(HEAD)
            found.append(sender)
        yield found


def test_other_people_are_heard_while_many_bodies_trickle(service: Service) -> None:
    with slow_senders(service, SLOW) as senders:
        for _ in range(3):
            for each in senders:
                each.sendall(b"x")
            assert service.ask("GET", "/api/v1/documents", seconds=60).status == 200
            assert service.register("letter.txt", b"A letter\n").status == 201
            time.sleep(0.2)


@pytest.mark.slow
def test_who_says_nothing_or_too_little_is_sent_away(service: Service) -> None:
    with slow_senders(service, 6) as senders:
        trickling, silent = senders[:3], senders[3:]
        until = time.monotonic() + 120
        answers: dict[socket.socket, bytes] = {}
        while len(answers) < len(senders):
            assert time.monotonic() < until, answers
            for each in trickling:
                if each not in answers:
                    each.sendall(b"x")
            for each in set(senders) - set(answers):
                each.settimeout(0.1)
                try:
                    answers[each] = each.recv(12)
                except TimeoutError:
                    continue
        assert {answers[each] for each in trickling} == {b"HTTP/1.1 408"}
        # Their connections were shut under the server: that it can still say why is not certain.
        assert {answers[each] for each in silent} <= {b"HTTP/1.1 408", b""}
    assert service.ask("GET", "/api/v1/documents").status == 200
