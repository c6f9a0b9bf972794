import pytest

from records.office import Office
from tests.authorities import authority, authority_server
from tests.records.seals.offices import SealOffice, seal_office
from tests.tokens import soft_token

__all__ = ["authority", "authority_server", "soft_token"]


@pytest.fixture
def seals(office: Office) -> SealOffice:
    """An office on SQLite with a seal in custody."""
    return seal_office(office)


@pytest.fixture
def any_seals(any_office: Office) -> SealOffice:
    """The same on each database in turn."""
    return seal_office(any_office)
