"""Pure rules of what comes in: the channels, the states of an arrival, and who may see what."""

from enum import StrEnum


class ChannelKind(StrEnum):
    """A way by which files come in."""

    BROWSER = "browser"
    REST = "rest"
    IMPORT = "import"
    FOLDER = "folder"
    MAILBOX = "mailbox"


class ArrivalState(StrEnum):
    """What became of something that was not registered when it came."""

    WAITING = "waiting"
    REGISTERED = "registered"
    GIVEN_UP = "given_up"


# Every end of an arrival is told in the log.
ENDINGS = {
    ArrivalState.REGISTERED: "arrival.registered",
    ArrivalState.GIVEN_UP: "arrival.given_up",
}
KEPT_EVENT = "arrival.kept"
DOWNLOADED_EVENT = "arrival.downloaded"

# A channel that failed waits, longer each time, before it looks again.
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 900.0


def pause_after(failures: int) -> float:
    """Return how long a channel waits after so many failures in a row, in seconds."""
    doublings = min(max(failures - 1, 0), 16)
    return min(FIRST_PAUSE_SECONDS * (1 << doublings), LONGEST_PAUSE_SECONDS)
