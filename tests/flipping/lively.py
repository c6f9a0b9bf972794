"""A small office in which something of everything that is sealed or signed is kept."""

from random import Random
from uuid import UUID

from sqlalchemy import select

from records.audit.checkpoints import issue_checkpoint
from records.audit.proofs import integrate
from records.circulation.rules import Decision
from records.circulation.signing import Opinion, sign_item
from records.core.database import UnitOfWork
from records.core.idempotency import Answer, Asked, keep
from records.core.runner import Runner
from records.documents.models import Component, StoredObject
from records.documents.previews import Previews
from records.documents.reading import ComponentReader
from records.documents.texts import READ_JOB
from records.filing.knowledge import LABEL as MODEL_LABEL
from records.filing.models import FilingModel, FilingTrait
from records.filing.traits import LABEL as TRAIT_LABEL
from records.office import Office
from records.people.passkeys import keep_question
from records.people.rules import Actor
from records.scans.models import RecognisedPage, Stack
from records.scans.pages import seal_page
from records.scans.plans import SeenPage
from records.scans.stacks import seal_stack
from records.seals.caged import seal_cage
from search.reading import Cage
from search.reading.model import Recognised
from tests.builders import actor, id_of, register
from tests.letters import letter
from tests.records.circulation.desks import Desks
from tests.records.circulation.test_signing import drawn
from tests.records.seals.electronic import ask, equip, press_all, to_stamp
from tests.records.seals.offices import seal_office

ORIGIN = "office.example/log"


def fill(office: Office) -> None:
    """Let an empty office have worked: registered, read, circulated, signed, and stamped."""
    seals = seal_office(office)
    desks = Desks(office, seals.clerk)
    chance = Random(7)  # noqa: S311 - the same office every time
    for number, size in enumerate((10, 5_000, 200_000)):
        register(office, seals.clerk, f"Paper {number}", files=[("a.bin", chance.randbytes(size))])
    read = register(office, seals.clerk, "Read", files=[("a.pdf", letter([["One"], ["Two"]]))])
    round_id = desks.send(desks.document(), ["li", "wang"])
    for name in ("li", "wang"):
        with office.database.writing() as uow:
            opinion = Opinion(Decision.READ, "Seen", drawn() if name == "li" else None)
            item_id = desks.item(round_id, name)
            sign_item(uow, office.vault, actor(office, name), item_id=item_id, opinion=opinion)
    equip(seals)
    for _ in range(2):
        ask(seals, to_stamp(seals))
    with seal_cage() as cage:
        press_all(office, cage)
    with Cage() as cage:
        handler = ComponentReader(office.database, office.vault, cage).handler
        runner = Runner(office.database, {READ_JOB: handler}, parallel=1)
        while runner.turn(0.2):
            pass
        runner.close()
        component, held = _file_of(office, read.id)
        Previews(office.database, office.vault, cage).page_sizes(component, held)
    with office.database.writing() as uow:
        _keep_derived(uow, office, component, held)
        _keep_questions(uow, office, seals.clerk)
        for number in range(260):  # enough for a node of the tree
            uow.record("test.happened", actor_id=None, objects=[], payload={"count": number})
    integrate(office.database)
    with office.database.writing() as uow:
        issue_checkpoint(uow, office.vault, origin=ORIGIN)


def _file_of(office: Office, document_id: UUID) -> tuple[Component, StoredObject]:
    with office.database.reading() as uow:
        row = uow.session.execute(
            select(Component, StoredObject)
            .join(StoredObject, StoredObject.name == Component.object_name)
            .where(Component.document_id == document_id)
        ).one()
        return row[0], row[1]


def _keep_derived(
    uow: UnitOfWork, office: Office, component: Component, held: StoredObject
) -> None:
    """Keep what recognition, the look at stacks, and learning make, without their engines."""
    vault, key = office.vault, held.wrapped_key
    page = Recognised(
        page=0, width_pt=595, height_pt=842, rotation=0, skew_degrees=0, lines=[], confidence=1
    )
    for model, values in (
        (RecognisedPage, {"page": 0, "rotation": 0, "sealed": seal_page(vault, key, page)}),
        (
            Stack,
            {
                "page_count": 2,
                "sheets": 0,
                "sealed": seal_stack(vault, key, [SeenPage(1, None, False)]),
                "looked_at": uow.now,
            },
        ),
    ):
        uow.session.add(model(component_id=component.id, **values))
    features = vault.seal(key, TRAIT_LABEL, b"features")
    trait = {"document_id": component.document_id, "component_id": component.id}
    uow.session.merge(FilingTrait(**trait, sealed=features))
    _, own = vault.keyring.new_data_key()
    model_bytes = vault.seal(own, MODEL_LABEL, b"learned")
    uow.session.add(
        FilingModel(
            name="filing", wrapped_key=own, sealed=model_bytes, examples=1, learned_at=uow.now
        )
    )


def _keep_questions(uow: UnitOfWork, office: Office, clerk: Actor) -> None:
    vault, user_id = office.vault, id_of(clerk)
    keep_question(uow, vault, user_id=user_id, challenge=b"a challenge", frozen=b"a question")
    keep(uow, vault, Asked(user_id, "a key", bytes(32)), Answer({"number": "IN-2026-0001"}))
