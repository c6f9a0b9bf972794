"""A mail server for the tests of mailboxes."""

from tests.servers import imap_server

__all__ = ["imap_server"]
