"""From a container to its parts. Used in the cage's processes alone."""

import importlib
from collections.abc import Callable

from search.reading import kinds
from search.reading.bundle import Bundle
from search.reading.model import ReasonCode
from search.reading.source import RefusedError, Source
from search.reading.wire import Answer

Unpack = Callable[[Source, Bundle], None]

_UNPACKERS = {
    kinds.MAIL: "mail",
    kinds.MBOX: "mailbox",
    kinds.MSG: "outlook",
    kinds.TNEF: "tnef",
    kinds.ZIP: "archives",
    kinds.TAR: "archives",
    kinds.SEVEN_ZIP: "sevenzip",
    kinds.SIGNED: "signed",
}


def unpack(source: Source) -> tuple[Answer, bytes]:
    """Take the files out of one container, not further down.

    Raises:
        RefusedError: It is no container, or is left whole for a known reason.
    """
    media_type = kinds.media_type_of(source)
    name = _UNPACKERS.get(media_type)
    if name is None:
        raise RefusedError(ReasonCode.UNSUPPORTED, f"{media_type} is no container")
    bundle = Bundle(source)
    module = importlib.import_module(f"search.reading.formats.{name}")
    run: Unpack = module.unpack
    run(source, bundle)
    return bundle.answer()
