"""The job that presses an electronic seal: file → cage → signature → stamped copy → book.

Order against loss: the file is laid out in the cage, signed by this process, received into the
vault and kept with an intent; then one transaction binds it, writes the line and ends the request
(`stamping.finish_stamping`). Whatever dies before leaves at most an orphan with an intent; the job
comes again and presses anew. Whatever dies after finds the stamping done.

The key is opened here alone, and only when everything was checked a moment ago; the PDF is parsed
in the cage alone, and never here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from records.core.config import Config
from records.core.database import Database, UnitOfWork
from records.core.errors import Refusal, Unavailable
from records.core.jobs import Job
from records.core.runner import Apply, Handler
from records.documents.intake import keep_objects
from records.seals.base import Base, base_of
from records.seals.caged import Refused, in_cage
from records.seals.imprints.keeping import imprint_of
from records.seals.keys.revocation import gather_revocation
from records.seals.keys.signer import room_for, sign_digest
from records.seals.models import Seal, SealCertificate, SealStamping
from records.seals.pages.plan import StampingPlan
from records.seals.pages.pressing import fill, press_job, read_prepared
from records.seals.rules import StampingState
from records.seals.stamping import (
    BaseMoved,
    check_stampable,
    fail_stamping,
    finish_stamping,
    held_for_stamping,
)
from search.reading import Cage
from storage import ObjectDamaged, Received, StorageError, Vault

# After so many tries a server that does not answer is told to the keeper, who waits.
PATIENCE = 3
# Another seal may be stamped on the same file at the same moment, and then another.
MOST_MOVES = 5


@dataclass(frozen=True)
class Work:
    """What one stamping needs, read at one moment."""

    stamping: SealStamping
    base: Base
    sha256: str
    seal: Seal
    imprint: bytes
    certificate: SealCertificate
    revocation: dict[str, list[str]] | None


class StampingPress:
    """Does the jobs `seals.stamp`."""

    def __init__(self, config: Config, database: Database, vault: Vault, cage: Cage) -> None:
        self._config = config
        self._database = database
        self._vault = vault
        self._cage = cage

    @property
    def handler(self) -> Handler:
        """How the runner does these jobs."""
        return Handler(self.work, self.give_up)

    def work(self, job: Job) -> Apply:
        """Press one stamping to its end.

        Raises:
            Unavailable: The timestamp server or the token does not answer; it may later.
            StorageError: The store cannot be reached now.
        """
        assert job.subject_id is not None
        try:
            self._press_until_bound(job.subject_id)
        except Refused as refusal:
            self._fail(job.subject_id, refusal.code, refusal.message, {})
        except Unavailable as refusal:
            if job.attempts < PATIENCE:
                raise
            self._fail(job.subject_id, refusal.code, refusal.message, refusal.details)
        except Refusal as refusal:
            self._fail(job.subject_id, refusal.code, refusal.message, refusal.details)
        except StorageError as error:
            if error.retryable:
                raise
            self._fail(job.subject_id, error.code, str(error), {})
        return lambda _: None

    def give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        """Tell the keeper why the last attempt failed."""
        if job.subject_id is not None:
            code = error.code if isinstance(error, StorageError | Refusal) else "crashed"
            fail_stamping(uow, job.subject_id, code=code, message=str(error), details={})

    def _press_until_bound(self, stamping_id: UUID) -> None:
        for _ in range(MOST_MOVES):
            work = self._gather(stamping_id)
            if work is None:
                return
            received = self._received(self._pressed(work))
            try:
                self._bind(work, received)
            except BaseMoved:
                continue
            return
        raise Refused("moved", "Other seals were stamped on this file at the same time.")

    def _gather(self, stamping_id: UUID) -> Work | None:
        with self._database.reading() as uow:
            stamping = uow.session.get(SealStamping, stamping_id)
            if stamping is None or stamping.state != StampingState.WAITING:
                return None
            _, held = held_for_stamping(uow, stamping)
            base = base_of(uow, held.request)
            certificate = check_stampable(uow, held, base)
            imprint = imprint_of(uow, self._vault, held.seal.id)
            found = gather_revocation(uow, self._vault, self._config, certificate)
            asked = held.request.sha256 or ""
            return Work(
                stamping=stamping,
                base=base,
                sha256=base.lines[-1].result_sha256 or "" if base.lines else asked,
                seal=held.seal,
                imprint=imprint.png,
                certificate=certificate,
                revocation=found.to_job() if found else None,
            )

    def _pressed(self, work: Work) -> bytes:
        """Return the signed PDF.

        Raises:
            Refused: The cage cannot lay it out.
            ObjectDamaged: The stored bytes are not those that were approved.
        """
        room = room_for(self._config, work.certificate)
        digest = hashlib.sha256()
        answer, pdf = in_cage(
            self._cage, "prepare", self._job(work, room), self._hashed(work.base, digest)
        )
        if digest.hexdigest() != work.sha256:
            name = work.base.component.object_name
            raise ObjectDamaged(name, "its clear bytes are not those that were approved")
        prepared = read_prepared(
            answer,
            pdf,
            original_sha256=work.sha256,
            original_bytes=work.base.component.size_bytes,
            room=room,
        )
        with self._database.reading() as uow:
            cms = sign_digest(uow, self._vault, self._config, work.certificate, prepared.facts)
        return fill(prepared, cms)

    def _job(self, work: Work, room: int) -> dict[str, Any]:
        plan = StampingPlan.from_json(work.stamping.plan)
        return press_job(
            plan,
            imprint=work.imprint,
            width_mm=work.seal.width_mm,
            height_mm=work.seal.height_mm,
            check_address=f"{self._config.public_url}/c/{work.stamping.code}",
            signed_at=self._database.clock.now(),
            name=work.seal.name,
            reason=None,
            location=plan.place,
            room=room,
            revocation=work.revocation,
        )

    def _hashed(self, base: Base, digest: "hashlib._Hash") -> Iterator[bytes]:
        for piece in self._vault.read(base.stored.name, base.stored.wrapped_key):
            digest.update(piece)
            yield piece

    def _received(self, pdf: bytes) -> Received:
        received = self._vault.receive([pdf], limit_bytes=len(pdf), file_name="stamped.pdf")
        keep_objects(self._database, self._vault, [received])
        return received

    def _bind(self, work: Work, received: Received) -> None:
        with self._database.writing() as uow:
            finish_stamping(
                uow,
                stamping_id=work.stamping.id,
                base_id=work.base.component.id,
                certificate_id=work.certificate.id,
                received=received,
            )

    def _fail(self, stamping_id: UUID, code: str, message: str, details: dict[str, Any]) -> None:
        with self._database.writing() as uow:
            fail_stamping(uow, stamping_id, code=code, message=message, details=details)
