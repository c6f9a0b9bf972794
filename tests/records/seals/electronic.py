"""Electronic seals in tests: a seal with imprint and certificate, and the worker that stamps."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from records.core.jobs import Job
from records.core.runner import Runner
from records.documents.components import components_of
from records.documents.models import Component, StoredObject
from records.office import Office
from records.people.rules import Actor
from records.seals.imprints.keeping import set_imprint
from records.seals.keys.authority import authority_in_use, make_authority
from records.seals.keys.certificates import issue_certificate
from records.seals.models import SealRequest, SealStamping, SealUsage
from records.seals.pages.placing import Placement, StampingPlan
from records.seals.stamping import STAMP_JOB, ask_stamping
from records.seals.stamping_press import StampingPress
from search.reading import Cage
from tests.letters import letter
from tests.records.seals.approved import approved, contract
from tests.records.seals.offices import SealOffice
from tests.records.seals.stamps import imprint

A4 = (210.0, 297.0)
PLAN = StampingPlan((Placement(0, 120.0, 200.0),))


@dataclass(frozen=True)
class Stamped:
    """A stamped copy with its line and its bytes."""

    line: SealUsage
    component: Component
    pdf: bytes


def equip(seals: SealOffice, seal_id: UUID | None = None) -> None:
    """Give a seal its imprint, and a certificate of the office's own authority."""
    office = seals.office
    with office.database.writing() as uow:
        if authority_in_use(uow) is None:
            make_authority(uow, office.vault, seals.security)
        wanted = seal_id or seals.seal_id
        issue_certificate(uow, office.vault, office.config, seals.security, seal_id=wanted)
        set_imprint(uow, office.vault, seals.admin, seal_id=wanted, png=imprint())


def pdf_contract(seals: SealOffice, pages: int = 1) -> UUID:
    """Register a contract that is a PDF of so many pages."""
    content = letter([[f"Contract, page {page + 1}"] for page in range(pages)])
    return contract(seals, files=(("contract.pdf", content),))


def to_stamp(seals: SealOffice, document_id: UUID | None = None, **columns: object) -> UUID:
    """Have an electronic request approved."""
    document_id = document_id or pdf_contract(seals)
    return approved(seals, document_id, medium="electronic", **columns)


def ask(
    seals: SealOffice,
    request_id: UUID,
    plan: StampingPlan = PLAN,
    *,
    pages: int = 1,
    actor: Actor | None = None,
) -> SealStamping:
    """Lay the imprints down."""
    with seals.office.database.writing() as uow:
        return ask_stamping(
            uow,
            actor or seals.keeper,
            request_id=request_id,
            plan=plan,
            page_sizes_mm=[A4] * pages,
        )


def press_all(office: Office, cage: Cage) -> None:
    """Do the stampings that are due, as the worker does."""
    press = StampingPress(office.config, office.database, office.vault, cage)
    runner = Runner(office.database, {STAMP_JOB: press.handler}, parallel=2)
    try:
        while runner.turn(0.2):
            pass
    finally:
        runner.close()


def stamped(office: Office, request_id: UUID) -> Stamped:
    """Return what became of a request that was stamped."""
    with office.database.reading() as uow:
        line = uow.session.scalars(
            select(SealUsage).where(SealUsage.request_id == request_id)
        ).one()
        component = uow.session.get_one(Component, line.result_id)
        held = uow.session.get_one(StoredObject, component.object_name)
    pdf = b"".join(office.vault.read(held.name, held.wrapped_key))
    return Stamped(line, component, pdf)


def latest(office: Office, request_id: UUID) -> SealStamping:
    """Return the last attempt to stamp on a request."""
    with office.database.reading() as uow:
        query = select(SealStamping).where(SealStamping.request_id == request_id)
        return uow.session.scalars(query.order_by(SealStamping.id.desc())).first() or SealStamping()


def request_now(office: Office, request_id: UUID) -> SealRequest:
    """Return a request as it is now."""
    with office.database.reading() as uow:
        return uow.session.get_one(SealRequest, request_id)


def files_of(office: Office, document_id: UUID) -> list[Component]:
    """Return the files of a document in order."""
    with office.database.reading() as uow:
        return components_of(uow, document_id)


def jobs(office: Office) -> list[Job]:
    """Return the stampings that are not settled."""
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(Job).where(Job.kind == STAMP_JOB)))
