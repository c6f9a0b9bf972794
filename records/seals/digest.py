"""One digest of all that a document holds, frozen in a request and compared until it is used."""

import hashlib
import json
from uuid import UUID

from records.circulation.contents import present_content
from records.core.database import UnitOfWork


def content_digest(uow: UnitOfWork, document_id: UUID) -> str:
    """Return the SHA-256 of `[[component id, sha256], …]` as canonical JSON.

    Stamped copies do not count: stamping a document does not change what was asked for.
    """
    content = [[str(each), sha256] for each, sha256 in present_content(uow, document_id)]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
