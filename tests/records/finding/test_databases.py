from datetime import timedelta

from records.audit.verification import verify
from records.core.log import log_size
from records.documents.components import components_of, get_component
from records.documents.previews import Previews
from records.documents.sharing import share_document
from records.finding.reader import IndexReader
from records.finding.service import is_searchable
from records.office import Office
from records.people.rules import PrincipalKind, Role
from records.worker import Worker
from search.reading import Cage
from tests.builders import add_person, add_unit, register
from tests.letters import letter
from tests.offices import HeldClock
from tests.records.finding.desk import Desk


def test_on_each_database_a_document_is_read_found_seen_and_checked(
    any_office: Office, clock: HeldClock
) -> None:
    office = any_office
    add_unit(office, "depot")
    clerk = add_person(office, "chen", Role.CLERK)
    reader = add_person(office, "wang", Role.STAFF, unit="depot")
    assert reader.user_id is not None
    document = register(office, clerk, "Heron", files=[("a.pdf", letter([["stands still"]]))])
    with office.database.writing() as uow:
        share_document(
            uow,
            clerk,
            document_id=document.id,
            principal_kind=PrincipalKind.USER,
            principal_object_id=reader.user_id,
            reason="to know",
            until_at=clock.now() + timedelta(hours=1),
        )
    desk = Desk(office, IndexReader(office.config))
    with Worker(office) as worker:
        worker.run_until_idle()
        assert desk.titles(reader, "still") == ["Heron"]
        clock.advance(hours=2)
        assert desk.titles(reader, "still") == []
        worker.run_until_idle()
    assert desk.settled(reader, "still").total == 0
    assert desk.titles(clerk, "still") == ["Heron"]
    with office.database.reading() as uow:
        assert is_searchable(uow, desk.reader.cursor(), [document.id]) == {document.id}
        (component,) = components_of(uow, document.id)
        held = get_component(uow, clerk, component.id)
    desk.reader.close()
    with Cage() as cage:
        previews = Previews(office.database, office.vault, cage)
        image = previews.page_image(*held, page=0, width_px=240)
        assert previews.page_image(*held, page=0, width_px=240) == image
    report = verify(office)
    assert report.ok
    assert report.index_lag == 0


def test_on_each_database_a_reading_unit_sees_one_moment(any_office: Office) -> None:
    clerk = add_person(any_office, "chen", Role.CLERK)
    with any_office.database.reading() as uow:
        before = log_size(uow.session)
        register(any_office, clerk, "Meanwhile")
        assert log_size(uow.session) == before
    with any_office.database.reading() as uow:
        assert log_size(uow.session) == before + 1
