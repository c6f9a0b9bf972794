"""What was seen on the pages of a stack: kept sealed beside its component, read by its clerk."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from records.core.database import UnitOfWork
from records.documents.components import components_of
from records.documents.models import Component, Document, StoredObject
from records.documents.rules import ComponentRole, DocumentState
from records.documents.visibility import get_document
from records.people.rules import Act, Actor, check_clerk
from records.scans.caged import STACKS, Look
from records.scans.models import Split, Stack
from records.scans.plans import Part, SeenPage, propose
from records.scans.sheets import read_sheet, sheet_key, sheet_of
from storage import Vault

LABEL = "stack"
OPEN = (DocumentState.REGISTERED, DocumentState.CHECKED)


@dataclass(frozen=True)
class StackView:
    """A stack as the clerk sees it before it is split.

    Attributes:
        pages: What was seen on each page; without a look at them only their numbers.
        was_looked_at: Whether separator sheets have been looked for.
        parts: What is proposed, or what was asked for and not done yet.
        split: How far splitting is, None while nobody asked for it.
    """

    document: Document
    component: Component
    pages: list[SeenPage]
    was_looked_at: bool
    parts: list[Part]
    split: Split | None

    @property
    def sheets(self) -> int:
        """How many separator sheets there are."""
        return sum(each.sheet is not None for each in self.pages)


def may_split(actor: Actor, document: Document, component: Component | None) -> bool:
    """Return whether a page offers to split a document; the service decides again."""
    keeps = actor.may(Act.REGISTER) and document.clerk_unit_id in actor.clerk_units
    return keeps and document.state in OPEN and is_stack(component)


def is_stack(component: Component | None) -> bool:
    """Return whether a component is a file of several pages that can be taken apart."""
    return (
        component is not None
        and component.role == ComponentRole.ORIGINAL
        and component.media_type in STACKS
        and (component.page_count or 0) > 1
    )


def seal_stack(vault: Vault, wrapped_key: bytes, pages: Iterable[SeenPage]) -> bytes:
    """Return what was seen on the pages of a component, encrypted under its data key."""
    told = [
        [each.sheet.values() if each.sheet is not None else None, each.is_blank] for each in pages
    ]
    return vault.seal(wrapped_key, LABEL, zlib.compress(json.dumps(told).encode()))


def open_stack(vault: Vault, wrapped_key: bytes, sealed: bytes) -> list[SeenPage]:
    """Return what `seal_stack` closed."""
    told = json.loads(zlib.decompress(vault.unseal(wrapped_key, LABEL, sealed)))
    return [
        SeenPage(number, sheet_of(said) if said is not None else None, is_blank)
        for number, (said, is_blank) in enumerate(told, start=1)
    ]


def seen_pages(vault: Vault, looks: Iterable[Look]) -> list[SeenPage]:
    """Return which pages are separator sheets of this office, and which are blank."""
    key = sheet_key(vault.keyring)
    found = []
    for number, look in enumerate(looks, start=1):
        sheets = (read_sheet(key, code) for code in look.codes)
        sheet = next((each for each in sheets if each is not None), None)
        found.append(SeenPage(number, sheet, look.is_blank))
    return found


def stack_of(uow: UnitOfWork, actor: Actor, vault: Vault, document_id: UUID) -> StackView | None:
    """Return the stack that the first file of a document is; None when it is none.

    Raises:
        NotFound: There is no such document, or the person may not know of it.
        NotAllowed: The person is not clerk of its register.
        StorageError: The key was destroyed.
    """
    document = get_document(uow, actor, document_id)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    component = next(iter(components_of(uow, document.id)), None)
    split = uow.session.get(Split, document_id)
    if component is None or (split is None and not is_stack(component)):
        return None
    stack = uow.session.get(Stack, component.id)
    if stack is None:
        pages = [SeenPage(number) for number in range(1, (component.page_count or 0) + 1)]
    else:
        stored = uow.session.get_one(StoredObject, component.object_name)
        pages = open_stack(vault, stored.wrapped_key, stack.sealed)
    wanted = [Part.from_json(each) for each in split.wanted or ()] if split is not None else []
    return StackView(document, component, pages, stack is not None, wanted or propose(pages), split)
