"""How a checkpoint gets to a place outside: one short function for each way.

Every courier returns what the place gave for it, or raises `NotTaken` with the reason. To bring the
same checkpoint twice does no harm anywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from records.audit.posting import NotPosted, post
from records.audit.timestamping import ask_for_timestamp
from records.core.config import Config
from records.core.outside import Outside, Way
from records.notify.smtp import MailFailure, MailServer
from storage import StorageError, open_deposit


class NotTaken(Exception):
    """The place has not taken the checkpoint; the message says why."""


@dataclass(frozen=True)
class Parcel:
    """What is to be brought.

    Attributes:
        note: The checkpoint.
        growth: The proof that it continues the last one that this place took.
        key: Public key of the log, for people who read along.
    """

    size: int
    note: str
    growth: str
    key: str
    signed_at: datetime

    @property
    def name(self) -> str:
        """A file name that sorts by size."""
        return f"{self.size:012d}.checkpoint"


def bring(config: Config, place: Outside, parcel: Parcel) -> bytes:
    """Bring a checkpoint to a place and return its receipt.

    Raises:
        NotTaken: The place has not taken it.
    """
    try:
        return _COURIERS[place.way](config, place, parcel)
    except (NotPosted, MailFailure, StorageError) as error:
        raise NotTaken(str(error) or type(error).__name__) from error


def _leave(config: Config, place: Outside, parcel: Parcel) -> bytes:  # noqa: ARG001
    until = parcel.signed_at + timedelta(days=place.retain_days) if place.retain_days else None
    deposit = open_deposit(place.address)
    later = deposit.later(parcel.name)
    if later is not None:
        raise NotTaken(f"{later} lies there already: the log was rolled back or forked")
    return deposit.put(parcel.name, parcel.note.encode(), locked_until=until).encode()


def _post(config: Config, place: Outside, parcel: Parcel) -> bytes:  # noqa: ARG001
    # The form in which witnesses (C2SP tlog-witness) take it; theirs is a signature of their own.
    return post(place.address, parcel.growth.encode(), media_type="text/plain; charset=utf-8")


def _stamp(config: Config, place: Outside, parcel: Parcel) -> bytes:  # noqa: ARG001
    return ask_for_timestamp(place.address, parcel.note.encode())


def _mail(config: Config, place: Outside, parcel: Parcel) -> bytes:
    server = MailServer.of(config)
    if server is None:
        raise NotTaken("no mail server is set: CHANCERY_SMTP_URL")
    address = unquote(urlsplit(place.address).path)
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = address
    message["Date"] = format_datetime(parcel.signed_at)
    message["Message-ID"] = made_id = make_msgid(domain=server.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message["Subject"] = f"Checkpoint of the log: {parcel.size} entries / 日志检查点"
    message.set_content(
        f"Keep this message. Whoever holds it can prove later whether the log was changed.\n"
        f"请妥善保存本邮件：凭所附检查点可以证明日志此后是否被改动。\n\n{parcel.note}\n"
        f"Key of the log / 日志公钥: {parcel.key}\n"
    )
    # As bytes: a checkpoint must come out as it went in, to the last line end.
    message.add_attachment(
        parcel.note.encode(),
        maintype="text",
        subtype="plain",
        filename=parcel.name,
        params={"charset": "utf-8"},
    )
    server.deliver(message, address)
    return str(made_id).encode()


_COURIERS: dict[Way, Callable[[Config, Outside, Parcel], bytes]] = {
    Way.FOLDER: _leave,
    Way.BUCKET: _leave,
    Way.WEBHOOK: _post,
    Way.TIMESTAMP: _stamp,
    Way.MAIL: _mail,
}
