"""All tables in one place, for whoever needs the whole schema."""

from records.assessment import models as assessment
from records.audit import models as audit
from records.channels import models as channels
from records.circulation import models as circulation
from records.classification import models as classification
from records.core import idempotency, jobs, log, refusals
from records.core.base import Base
from records.documents import models as documents
from records.documents import uploads
from records.filing import models as filing
from records.finding import models as finding
from records.fixity import models as fixity
from records.notify import models as notify
from records.people import models as people
from records.registration import models as registration
from records.related import models as related
from records.scans import models as scans
from records.seals import models as seals
from records.tasks import models as tasks

metadata = Base.metadata

__all__ = [
    "assessment",
    "audit",
    "channels",
    "circulation",
    "classification",
    "documents",
    "filing",
    "finding",
    "fixity",
    "idempotency",
    "jobs",
    "log",
    "metadata",
    "notify",
    "people",
    "refusals",
    "registration",
    "related",
    "scans",
    "seals",
    "tasks",
    "uploads",
]
