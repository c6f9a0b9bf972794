"""Routes that a unit keeps, and the ones that follow from the posts that there are."""

import pytest

from records.circulation.plans import ReaderChoice, StagePlan
from records.circulation.routes import (
    RouteStage,
    Template,
    remove_route,
    route_stages,
    routes_for,
    save_route,
    template_stages,
)
from records.circulation.rules import Purpose
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from records.core.ids import new_id
from records.people.organization import add_post, assign, unit_by_code
from records.people.rules import SERVICE, Actor, Role
from records.people.service import disable_user
from tests.builders import add_group, add_person, add_unit, id_of
from tests.records.circulation.desks import Desks


def lead(desks: Desks, person: Actor, unit: str, rank: int) -> None:
    """Give somebody a leader's post of a rank."""
    with desks.office.database.writing() as uow:
        post = add_post(
            uow,
            SERVICE,
            unit_id=unit_by_code(uow, unit).id,
            title=f"Leader {rank}",
            roles=frozenset({Role.LEADER}),
            rank=rank,
        )
        assign(uow, SERVICE, user_id=id_of(person), post_id=post.id)


def test_a_unit_keeps_its_routes(any_desks: Desks) -> None:
    desks, office = any_desks, any_desks.office
    group = add_group(office, "Committee", [desks.reader("wang"), desks.reader("zhao")])
    li = id_of(desks.reader("li"))
    stages = (
        RouteStage((ReaderChoice("user", li), ReaderChoice("group", group)), 3),
        RouteStage((ReaderChoice("user", li),)),
    )
    with office.database.writing() as uow:
        unit = unit_by_code(uow, "office").id
        route = save_route(
            uow,
            desks.clerk,
            route_id=None,
            unit_id=unit,
            name="Weekly",
            purpose=Purpose.READ,
            stages=stages,
        )
    with office.database.reading() as uow:
        (line,) = routes_for(uow, desks.clerk)
        assert (line.name, line.stages) == ("Weekly", stages)
        assert line.names == {li: "li", group: "Committee"}
        wang, zhao = id_of(desks.reader("wang")), id_of(desks.reader("zhao"))
        plans = (StagePlan((li, wang, zhao), 3), StagePlan((li,)))
        assert route_stages(uow, route.id) == plans
    with pytest.raises(Conflict), office.database.writing() as uow:
        save_route(
            uow,
            desks.clerk,
            route_id=None,
            unit_id=unit,
            name="Weekly",
            purpose=Purpose.READ,
            stages=stages,
        )
    for version, name in ((line.version, "Monthly"), (line.version, "Yearly")):
        act = office.database.writing()
        if name == "Yearly":
            with pytest.raises(Stale), act as uow:
                save_again(desks, uow, line, name, version)
        else:
            with act as uow:
                save_again(desks, uow, line, name, version)
    with office.database.writing() as uow:
        remove_route(uow, desks.clerk, route_id=route.id)
    with office.database.reading() as uow:
        assert routes_for(uow, desks.clerk) == []
        with pytest.raises(NotFound):
            route_stages(uow, route.id)


def save_again(desks: Desks, uow, line, name: str, version: int) -> None:  # type: ignore[no-untyped-def]
    save_route(
        uow,
        desks.clerk,
        route_id=line.id,
        unit_id=line.unit_id,
        name=name,
        purpose=Purpose.COMMENT,
        stages=line.stages,
        version=version,
    )


def test_only_those_who_circulate_in_a_unit_keep_its_routes(desks: Desks) -> None:
    office = desks.office
    unit = add_unit(office, "finance")
    staff = add_person(office, "staff", Role.STAFF, unit="finance")
    choice = (RouteStage((ReaderChoice("user", id_of(staff)),)),)
    for who in (staff, desks.clerk):
        with pytest.raises(NotAllowed), office.database.writing() as uow:
            save_route(
                uow,
                who,
                route_id=None,
                unit_id=unit,
                name="Weekly",
                purpose=Purpose.READ,
                stages=choice,
            )


def test_a_route_without_readers_or_with_unknown_ones_is_refused(desks: Desks) -> None:
    with desks.office.database.reading() as uow:
        unit = unit_by_code(uow, "office").id
    wrong: list[tuple[RouteStage, ...]] = [
        (),
        (RouteStage(()),),
        (RouteStage((ReaderChoice("user", new_id()),)),),
        (RouteStage((ReaderChoice("everybody", id_of(desks.clerk)),)),),
        (RouteStage((ReaderChoice("user", id_of(desks.clerk)),), due_days=-1),),
    ]
    for stages in wrong:
        with pytest.raises(Invalid), desks.office.database.writing() as uow:
            save_route(
                uow,
                desks.clerk,
                route_id=None,
                unit_id=unit,
                name="Weekly",
                purpose=Purpose.READ,
                stages=stages,
            )


def test_templates_follow_the_posts_of_today(any_desks: Desks) -> None:
    desks, office = any_desks, any_desks.office
    add_unit(office, "finance")
    add_unit(office, "pay", parent="finance")
    first, second, third = (desks.reader(name) for name in ("first", "second", "third"))
    head, below, gone = (desks.reader(name) for name in ("head", "below", "gone"))
    for person, unit, rank in (
        (second, "office", 2),
        (third, "office", 2),
        (first, "office", 1),
        (gone, "office", 1),
        (head, "finance", 5),
        (below, "pay", 1),
    ):
        lead(desks, person, unit, rank)
    with office.database.writing() as uow:
        disable_user(uow, SERVICE, user_id=id_of(gone))
    with office.database.reading() as uow:
        ranks = template_stages(uow, Template.LEADERS_BY_RANK)
        assert ranks == (StagePlan((id_of(first),)), StagePlan((id_of(second), id_of(third))))
        heads = template_stages(uow, Template.DEPARTMENT_HEADS)
        assert heads == (StagePlan((id_of(head),)),)
        (everybody,) = template_stages(uow, Template.ALL_STAFF)
        people = {id_of(each) for each in (first, second, third, head, below, desks.clerk)}
        assert set(everybody.readers) == people
        assert len(everybody.readers) == len(people)
