"""All tables in one place, for whoever needs the whole schema."""

from records.classification import models as classification
from records.core import idempotency, jobs, log, refusals
from records.core.base import Base
from records.documents import models as documents
from records.documents import uploads
from records.people import models as people
from records.registration import models as registration

metadata = Base.metadata

__all__ = [
    "classification",
    "documents",
    "idempotency",
    "jobs",
    "log",
    "metadata",
    "people",
    "refusals",
    "registration",
    "uploads",
]
