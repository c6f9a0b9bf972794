"""Timestamps (RFC 3161) of signatures, by the server of `CHANCERY_TIMESTAMP_URL`."""

import asyncio
from hashlib import sha256
from urllib.parse import urlsplit

import aiohttp
from asn1crypto import cms
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from records.core.config import Config
from records.core.errors import Unavailable
from records.seals.keys.fetching import SECONDS, careful_session


class Timestamper(HTTPTimeStamper):
    """A client that believes a server only when the timestamp is over what was asked."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a timestamp over a digest.

        Raises:
            Unavailable: The server does not answer, or not to what it was asked.
        """
        host = urlsplit(self.url).hostname
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            imprint = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
            stamped = imprint["hashed_message"].native
        except TimestampRequestError as error:
            raise Unavailable(
                "The timestamp server %(host)s does not answer.", {"host": host}
            ) from error
        except (ValueError, TypeError, KeyError, AttributeError, CMSExtractionError) as error:
            raise Unavailable(
                "The timestamp server %(host)s answers with something else.", {"host": host}
            ) from error
        if stamped != message_digest:
            raise Unavailable(
                "The timestamp server %(host)s answers with something else.", {"host": host}
            )
        return token


def timestamper_of(config: Config, session: aiohttp.ClientSession) -> Timestamper | None:
    """Return the client of the configured server; None when none is set."""
    if config.timestamp_url is None:
        return None
    return Timestamper(config.timestamp_url, timeout=SECONDS, session=session)


def ask_for_timestamp(config: Config) -> None:
    """Ask the configured server for a timestamp of nothing, to see whether it answers.

    Raises:
        Unavailable: It does not.
    """

    async def ask() -> None:
        async with careful_session(config) as session:
            timestamper = timestamper_of(config, session)
            if timestamper is not None:
                await timestamper.async_timestamp(sha256().digest(), "sha256")

    asyncio.run(ask())
