"""Time as the office sees it: aware UTC instants, and business days in the office's time zone."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Where the time comes from; tests hold it still."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


def business_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the day on which an instant falls in the office's time zone."""
    return instant.astimezone(zone).date()
