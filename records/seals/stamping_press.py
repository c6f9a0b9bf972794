"""The job that presses an electronic seal: file → cage → signature → stamped copy → book.

Order against loss: the file is laid out in the cage, signed by this process, received into the
vault and kept with an intent; then one transaction binds it, writes the line and ends the request
(`stamping.finish_stamping`). Whatever dies before leaves at most an orphan with an intent; the job
comes again and presses anew. Whatever dies after finds the stamping done.

The key is opened here alone, and only when everything was checked a moment ago; the PDF is parsed
in the cage alone, and never here.
"""

import hashlib
from base64 import b64encode
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
from records.seals.caged import Refused, in_cage, seal_cage
from records.seals.chain import Base, base_of
from records.seals.imprints import Imprint, imprint_of
from records.seals.models import SealCertificate, SealStamping
from records.seals.press import fill
from records.seals.revocation import gather_revocation
from records.seals.rules import StampingState
from records.seals.signer import room_for, sign_digest
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
    imprint: Imprint
    certificate: SealCertificate
    size_mm: tuple[float, float]
    shape: str
    seal_name: str
    revocation: dict[str, Any] | None


class StampingPress:
    """Does the jobs `seals.stamp`; its cage begins with the first."""

    def __init__(self, database: Database, vault: Vault, config: Config) -> None:
        self._database = database
        self._vault = vault
        self._config = config
        self._cage: Cage = seal_cage()

    def close(self) -> None:
        """Stop the cage."""
        self._cage.close()

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
            self._fail(job.subject_id, error.code, str(error).replace("%", "%%"), {})
        return lambda _: None

    def give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        """Tell the keeper why the last attempt failed."""
        if job.subject_id is not None:
            code = error.code if isinstance(error, StorageError | Refusal) else "crashed"
            fail_stamping(uow, job.subject_id, code=code, message=_plain(error), details={})

    def _press_until_bound(self, stamping_id: UUID) -> None:
        for _ in range(MOST_MOVES):
            work = self._gather(stamping_id)
            if work is None:
                return
            received = self._received(work, self._pressed(work))
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
            certificate = check_stampable(uow, self._vault, held, base)
            imprint = imprint_of(uow, self._vault, held.seal.id)
            assert imprint is not None
            found = gather_revocation(uow, self._vault, self._config, certificate)
            asked = held.request.sha256 or ""
            return Work(
                stamping=stamping,
                base=base,
                sha256=base.lines[-1].result_sha256 or "" if base.lines else asked,
                imprint=imprint,
                certificate=certificate,
                size_mm=(held.seal.width_mm, held.seal.height_mm),
                shape=held.seal.shape,
                seal_name=held.seal.name,
                revocation=found.to_job() if found else None,
            )

    def _pressed(self, work: Work) -> bytes:
        """Return the signed PDF.

        Raises:
            Refused: The cage cannot lay it out.
            ObjectDamaged: The stored bytes are not those that were approved.
        """
        digest = hashlib.sha256()
        facts, prepared = in_cage(
            self._cage, "prepare", self._job(work), self._hashed(work.base, digest)
        )
        if digest.hexdigest() != work.sha256:
            name = work.base.component.object_name
            raise ObjectDamaged(name, "its clear bytes are not those that were approved")
        with self._database.reading() as uow:
            cms = sign_digest(uow, self._vault, self._config, work.certificate, facts)
        return fill(prepared, facts, cms)

    def _job(self, work: Work) -> dict[str, Any]:
        return {
            "plan": work.stamping.plan,
            "imprint": b64encode(work.imprint.png).decode(),
            "size_mm": list(work.size_mm),
            "shape": work.shape,
            "others": [each.to_json() for each in work.base.boxes],
            "check_url": f"{self._config.public_url}/c/{work.stamping.code}",
            "name": work.seal_name,
            "signature_bytes": room_for(self._config, work.certificate),
            "revocation": work.revocation,
        }

    def _hashed(self, base: Base, digest: "hashlib._Hash") -> Iterator[bytes]:
        for piece in self._vault.read(base.stored.name, base.stored.wrapped_key):
            digest.update(piece)
            yield piece

    def _received(self, work: Work, pdf: bytes) -> Received:
        received = self._vault.receive([pdf], limit_bytes=len(pdf), file_name="stamped.pdf")
        keep_objects(self._database, self._vault, [received])
        return received

    def _bind(self, work: Work, received: Received) -> None:
        with self._database.writing() as uow:
            finish_stamping(
                uow,
                self._vault,
                stamping_id=work.stamping.id,
                base_id=work.base.component.id,
                certificate_id=work.certificate.id,
                received=received,
            )

    def _fail(self, stamping_id: UUID, code: str, message: str, details: dict[str, Any]) -> None:
        with self._database.writing() as uow:
            fail_stamping(uow, stamping_id, code=code, message=message, details=details)


def _plain(error: BaseException) -> str:
    """Return what an error says as a message without placeholders."""
    return str(error).replace("%", "%%")
