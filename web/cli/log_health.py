"""What `doctor` says of checkpoints: whether they are signed, and whether copies get outside."""

from pathlib import Path
from typing import TYPE_CHECKING

from web.cli.doctor import Finding, State

if TYPE_CHECKING:
    from records.audit.copies import PlaceState
    from records.core.config import Config

NAME = "Checkpoints"
NOBODY_OUTSIDE = "no copy leaves this machine: an old database or a log written anew goes unseen"


def checkpoint_finding(config: "Config") -> Finding | None:
    """Look at the places outside; None where there is no office yet."""
    from sqlalchemy.exc import SQLAlchemyError

    from records.audit.copies import place_states
    from records.core.database import Database
    from records.core.errors import Refusal
    from records.core.outside import outside_places
    from records.core.schema import check_schema

    if not config.checkpoint_copies:
        return Finding(NAME, State.WARN, NOBODY_OUTSIDE, "Set CHANCERY_CHECKPOINT_COPIES.")
    prefix = "sqlite:///"
    path = config.database_url.removeprefix(prefix)
    if config.database_url.startswith(prefix) and not Path(path).exists():
        return None
    database = Database(config.database_url, zone=config.time_zone)
    try:
        check_schema(database)
        with database.reading() as uow:
            states = place_states(uow, outside_places(config.checkpoint_copies))
    except (Refusal, SQLAlchemyError):
        # The line about the database says why.
        return None
    finally:
        database.close()
    return _finding(states)


def _finding(states: "list[PlaceState]") -> Finding:
    for each in states:
        if each.failing is not None:
            text = f"{each.place.name} does not take its copy: {each.failing.error}"
            return Finding(NAME, State.WARN, text, "chancery log copies")
        if each.is_late:
            text = f"{each.place.name} has waited long for its copy"
            return Finding(NAME, State.WARN, text, "Start the worker: chancery worker")
    return Finding(NAME, State.OK, f"copies go to {', '.join(each.place.name for each in states)}")
