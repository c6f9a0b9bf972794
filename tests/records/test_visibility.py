from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import NotFound, NotSignedIn
from records.documents.listing import count_documents, list_documents
from records.documents.models import Access, Document, Grant
from records.documents.visibility import capacities, get_document, visible, visible_ids
from records.office import Office
from records.people.actors import load_actor
from records.people.rules import SERVICE, Actor, Role
from tests.records.worlds import LEVELS, Held, Ids, Paper, Person, Share, World, build, sees

STATES = ("registered", "checked", "filed", "voided")
# The people of the table work in the branch; the section is below it, the office above.
TREE = {"top": None, "branch": "top", "section": "branch", "neighbour": "top"}
PLACES = (None, "branch", "section", "top", "neighbour")
WINDOWS = {
    "always": (None, None),
    "before": (-60, -30),
    "just over": (-60, 0),
    "from now": (0, 60),
    "now": (-30, 30),
    "open end": (-30, None),
    "later": (30, None),
    "until later": (None, 30),
}
SHARED_WITH = (
    ("user", "everybody"),
    ("user", "stranger"),
    ("unit", "branch"),
    ("unit", "section"),
    ("unit", "top"),
    ("group", "committee"),
    ("group", "others"),
)


def table_people() -> list[Person]:
    """Every role at every clearance, all in the branch and on the committee."""
    return [
        Person(f"{role} {level}", level, [Held("branch", frozenset({role.value}))], ["committee"])
        for role, level in product(Role, LEVELS)
    ]


def table_papers(people: list[Person]) -> list[Paper]:
    """Every secrecy, state, unit relation and keeper; then every grant."""
    found = [
        Paper(f"{secrecy} {state} {unit} {keeper}", secrecy, state, unit, keeper)
        for secrecy, state, unit, keeper in product(LEVELS, STATES, PLACES, ("branch", "neighbour"))
    ]
    for secrecy, (kind, to), (name, window), revoked in product(
        ("internal", "secret"), SHARED_WITH, WINDOWS.items(), (False, True)
    ):
        named = [each.name for each in people] if to == "everybody" else [to]
        given_to = [Share(kind, each, *window, revoked=revoked) for each in named]
        title = f"{secrecy} to {kind} {to}, {name}, {revoked=}"
        found.append(Paper(title, secrecy, "registered", "neighbour", "neighbour", given_to))
    return found


def table_world(people: list[Person]) -> World:
    stranger = Person("stranger", "top_secret", [Held("neighbour", frozenset({"staff"}))])
    other = Person("other", "top_secret", [Held("neighbour", frozenset({"staff"}))], ["others"])
    return World(dict(TREE), [other, stranger, *people], table_papers(people))


@contextmanager
def undone(office: Office) -> Iterator[UnitOfWork]:
    """A unit that is thrown away, so that each world begins in an empty office."""
    with office.database.writing() as uow:
        yield uow
        uow.session.rollback()
        uow.events.clear()


def walk(uow: UnitOfWork, actor: Actor) -> list[UUID]:
    """Every line that the list shows, page by page."""
    found: list[UUID] = []
    page = list_documents(uow, actor, limit=100)
    found += [line.id for line in page.items]
    while page.next:
        page = list_documents(uow, actor, limit=100, cursor=page.next)
        found += [line.id for line in page.items]
    return found


def indexed(uow: UnitOfWork, actor: Actor, documents: list[Document]) -> set[UUID]:
    """What the search filter lets through: the terms of a document against those of a person."""
    grants: dict[UUID, list[Grant]] = {}
    for grant in uow.session.scalars(select(Grant)):
        grants.setdefault(grant.document_id, []).append(grant)
    return {
        document.id
        for document in documents
        if document.secrecy <= actor.clearance
        and any(
            each.holds_at(uow.now) and each.principal in actor.principals
            for each in capacities(document, grants.get(document.id, []))
        )
    }


def check_world(uow: UnitOfWork, world: World, ids: Ids) -> None:
    """Compare both tellings of the rule for everybody, at every door."""
    documents = list(uow.session.scalars(select(Document)))
    for person in world.people:
        if person.disabled:
            with pytest.raises(NotSignedIn):
                load_actor(uow, ids.people[person.name])
            continue
        actor = load_actor(uow, ids.people[person.name])
        expected = {ids.papers[each.name] for each in world.papers if sees(world, person, each)}
        names = {paper_id: name for name, paper_id in ids.papers.items()}

        def told(found: set[UUID], names: dict[UUID, str] = names) -> list[str]:
            return sorted(names[each] for each in found)

        assert told(visible_ids(uow, actor, ids.papers.values())) == told(expected)
        listed = walk(uow, actor)
        assert len(listed) == len(set(listed))
        assert told(set(listed)) == told(expected)
        assert count_documents(uow, actor) == (len(expected), False)
        assert told(indexed(uow, actor, documents)) == told(expected)
        for document in documents[:: 1 + len(documents) // 100]:
            assert can_get(uow, actor, document.id) == (document.id in expected)


def can_get(uow: UnitOfWork, actor: Actor, document_id: UUID) -> bool:
    try:
        return get_document(uow, actor, document_id).id == document_id
    except NotFound:
        return False


def test_the_truth_table_holds_cell_by_cell(office: Office) -> None:
    with undone(office) as uow:
        world = table_world(table_people())
        check_world(uow, world, build(uow, world))


def test_the_truth_table_holds_on_every_database(any_office: Office) -> None:
    with undone(any_office) as uow:
        world = table_world([each for each in table_people() if "leader s" in each.name])
        check_world(uow, world, build(uow, world))


def _ending(held: Held) -> Held:
    if held.last_day is not None:
        held.last_day = max(held.last_day, held.first_day)
    return held


UNITS = ("a", "b", "c", "d")
people = st.builds(
    Person,
    name=st.just(""),
    clearance=st.sampled_from(LEVELS),
    posts=st.lists(
        st.builds(
            Held,
            unit=st.sampled_from(UNITS),
            roles=st.frozensets(st.sampled_from([each.value for each in Role]), min_size=1),
            first_day=st.sampled_from((-9, -1, 0, 1)),
            last_day=st.sampled_from((None, 0, 1, 9)),
        ).map(_ending),
        max_size=3,
    ),
    groups=st.lists(st.sampled_from(("g", "h")), unique=True),
    disabled=st.booleans(),
)
shares = st.builds(
    Share,
    kind=st.sampled_from(("user", "unit", "group")),
    to=st.sampled_from(("p0", "p1", "a", "b", "g", "h")),
    begins=st.sampled_from((None, -5, 0, 5)),
    ends=st.sampled_from((None, 9)),
    revoked=st.booleans(),
)
papers = st.builds(
    Paper,
    name=st.just(""),
    secrecy=st.sampled_from(LEVELS),
    state=st.sampled_from(STATES),
    unit=st.sampled_from((None, *UNITS)),
    kept_by=st.sampled_from(UNITS),
    shares=st.lists(shares, max_size=3),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    above: dict[str, str | None] = {"a": None}
    for name in UNITS[1:]:
        above[name] = draw(st.sampled_from(list(above)))
    drawn_people = draw(st.lists(people, min_size=1, max_size=3))
    drawn_papers = draw(st.lists(papers, min_size=1, max_size=6))
    for number, person in enumerate(drawn_people):
        person.name = f"p{number}"
    for number, paper in enumerate(drawn_papers):
        paper.name = f"d{number}"
    return World(above, drawn_people, drawn_papers)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds())
def test_the_rule_holds_in_any_world(office: Office, world: World) -> None:
    with undone(office) as uow:
        check_world(uow, world, build(uow, world))


def test_a_hidden_document_answers_as_if_it_never_existed(office: Office) -> None:
    with undone(office) as uow:
        me_row = Person("me", "internal", [Held("branch", frozenset({"staff"}))])
        ids = build(uow, table_world([me_row]))
        me = load_actor(uow, ids.people["me"])
        hidden = ids.papers["secret filed neighbour neighbour"]
        answers = []
        for document_id in (hidden, uuid4()):
            with pytest.raises(NotFound) as caught:
                get_document(uow, me, document_id)
            answers.append((caught.value.code, str(caught.value), caught.value.details))
        assert answers[0] == answers[1]


def test_the_service_itself_sees_everything(office: Office) -> None:
    with undone(office) as uow:
        ids = build(uow, table_world([]))
        found = uow.session.scalars(select(Document.id).where(visible(uow, SERVICE))).all()
        assert set(found) == set(ids.papers.values())


def test_access_holds_one_row_for_each_capacity_and_window(office: Office) -> None:
    with undone(office) as uow:
        shared = [Share("user", "me", begins=minute, ends=60) for minute in (-3, -2, -2)]
        world = World(dict(TREE), [Person("me", "internal", [])], [])
        world.papers = [Paper("one", "internal", "filed", "branch", "neighbour", shared)]
        build(uow, world)
        rows = uow.session.execute(select(Access.principal, Access.window)).all()
        assert len(rows) == len(set(rows)) == 5  # clerks, unit, archivists, two windows
