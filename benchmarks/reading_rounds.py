"""Does circulation stay quick? Sending, and the desk of a reader, small against large.

    python -m benchmarks.reading_rounds [--waiting N] [--readers N]

Sending one stage with 200 readers against one with 10, for each reader; the first page of the desk
with 2,000 items waiting against one with 50. Targets: 1 s for the sending, 100 ms for the page.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.rules import Purpose
from records.circulation.sending import start_round, start_rounds
from records.circulation.telling import reading_count, reading_list
from records.core.config import load_config
from records.documents.metadata import read_metadata
from records.office import Office, open_office
from records.people.actors import load_actor
from records.people.models import Unit, User
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.people.service import add_user
from records.registration.registers import register_by_code
from records.registration.service import register_document

FEW_READERS, FEW_WAITING = 10, 50
REPEATS = 20
SEND_REPEATS = 5


def main() -> None:
    """Fill an office, measure small and large in turn, and print the ratios."""
    parser = argparse.ArgumentParser(description="Does circulation stay quick?")
    parser.add_argument("--waiting", type=int, default=2_000)
    parser.add_argument("--readers", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        office = open_office(load_config({}, home=Path(folder)))
        clerk = _clerk(office)
        readers = [_reader(office, f"reader{number}") for number in range(asked.readers)]
        _sending(office, clerk, readers)
        _desks(office, clerk, asked.waiting)
        office.close()


def _sending(office: Office, clerk: Actor, readers: list[Actor]) -> None:
    few, many = readers[:FEW_READERS], readers
    pairs = [(_send(office, clerk, few), _send(office, clerk, many)) for _ in range(SEND_REPEATS)]
    small, large = min(one for one, _ in pairs), min(two for _, two in pairs)
    each = (large / len(many)) / (small / len(few))
    print(f"sending to {len(few)} readers   {small:8.1f} ms")
    print(f"sending to {len(many)} readers  {large:8.1f} ms   ratio for each reader {each:.2f}")


def _desks(office: Office, clerk: Actor, waiting: int) -> None:
    small, large = (_desk(office, clerk, count) for count in (FEW_WAITING, waiting))
    for name, ask in (("first page", reading_list), ("count", reading_count)):
        with office.database.reading() as uow:
            one, other = partial(ask, uow, small), partial(ask, uow, large)
            pairs = [(_milliseconds(one), _milliseconds(other)) for _ in range(REPEATS)]
        few, many = min(each for each, _ in pairs), min(each for _, each in pairs)
        print(
            f"desk, {name}: {FEW_WAITING} waiting {few:7.2f} ms, {waiting:,} waiting "
            f"{many:7.2f} ms   ratio {many / few:.2f}"
        )


def _send(office: Office, clerk: Actor, readers: list[Actor]) -> float:
    document_id = _documents(office, clerk, 1)[0]
    plan = RoundPlan(Purpose.READ, (StagePlan(_ids(readers), due_days=3),))

    def send() -> None:
        with office.database.writing() as uow:
            start_round(uow, clerk, document_id=document_id, plan=plan)

    return _milliseconds(send)


def _desk(office: Office, clerk: Actor, waiting: int) -> Actor:
    """Return a leader with so many items waiting."""
    leader = _reader(office, f"leader{waiting}")
    documents = _documents(office, clerk, waiting)
    for start in range(0, waiting, 100):
        # Every tenth day of deadlines, and some without.
        plan = RoundPlan(Purpose.READ, (StagePlan(_ids([leader]), (start // 100) % 10 or None),))
        with office.database.writing() as uow:
            start_rounds(uow, clerk, document_ids=documents[start : start + 100], plan=plan)
    return leader


def _documents(office: Office, clerk: Actor, count: int) -> list[UUID]:
    with office.database.writing() as uow:
        register = register_by_code(uow, "incoming")
        return [
            register_document(
                uow,
                clerk,
                register=register,
                values=read_metadata({"title": f"Letter {serial}"}),
                received=[],
            ).id
            for serial in range(count)
        ]


def _clerk(office: Office) -> Actor:
    with office.database.writing() as uow:
        user, _ = add_user(
            uow,
            SERVICE,
            login="clerk",
            roles=frozenset({Role.CLERK}),
            unit_id=uow.session.scalars(select(Unit.id)).one(),
            clearance=Secrecy.TOP_SECRET,
        )
        uow.session.flush()
        return load_actor(uow, user.id)


def _reader(office: Office, login: str) -> Actor:
    """Return somebody without a post, who sees only what is sent to them."""
    with office.database.writing() as uow:
        user = User(
            id=uow.new_id(),
            login=login,
            name=login,
            search_key=login,
            clearance=int(Secrecy.TOP_SECRET),
            created_at=uow.now,
        )
        uow.session.add(user)
        uow.session.flush()
        return load_actor(uow, user.id)


def _ids(people: list[Actor]) -> tuple[UUID, ...]:
    return tuple(each.user_id for each in people if each.user_id is not None)


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    main()
