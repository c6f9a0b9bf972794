"""What happens to an account is told to its owner, whoever did it, in the product and by mail.

Whoever has learned a password changes it first, or sets up a factor of their own: the owner must
hear of that. The notice names the act and who did it, and nothing that opens anything.
"""

from uuid import UUID

from records.core.database import UnitOfWork
from records.core.news import tell
from records.people.rules import Actor


def tell_owner(uow: UnitOfWork, user_id: UUID, way: str, *, by: Actor | None = None) -> None:
    """Have the owner of an account told what was done to it.

    Args:
        way: What was done, as `password_changed`; `records.notify.wording` knows the words.
        by: Who did it, where that can be somebody else.
    """
    facts = {"way": way}
    if by is not None and by.user_id is not None:
        facts["by"] = str(by.user_id)
    cause = f"account {way} {uow.new_id()}"
    tell(uow, "account.changed", to=[user_id], cause=cause, subject_id=user_id, facts=facts)
