"""The named points at which the office is killed, scene by scene."""

from collections.abc import Iterator

from tests.killing.hooks import Moment

POINTS = {
    "registration": (
        "after open spool",
        "before close spool",
        "after close spool",
        "after insert object_intent",
        "after commit",
        "before fsync",
        "before rename",
        "after rename",
        "after put",
        "after insert register_counter",
        "after insert document",
        "after insert registration",
        "after delete object_intent",
        "after insert stored_object",
        "after insert component",
        "after insert access",
        "after update log_head",
        "after insert log_object",
        "before commit 2",
        "after commit 2",
    ),
    "signing": (
        "after begin",
        "after insert signing_key",
        "after update reading_item",
        "after insert receipt",
        "after update log_head",
        "after insert log_object",
        "before commit",
        "after commit",
    ),
    "stamping": (
        "after commit",
        "after close spool",
        "after commit 2",
        "after rename",
        "after put",
        "after insert component",
        "after update seal_request",
        "after insert seal_counter",
        "after insert seal_usage",
        "before commit 3",
        "after commit 3",
        "before commit 4",
    ),
    "import": (
        "after close spool",
        "after commit",
        "after rename",
        "after put 2",
        "after insert document",
        "after insert component 2",
        "after insert source_key 2",
        "after insert log_object",
        "before commit 2",
        "after commit 2",
    ),
    "watched folder": (
        "after close spool 2",
        "after put",
        "after insert document",
        "after insert component 2",
        "before commit 2",
        "after commit 2",
        "after rename 3",
        "after rename 4",
    ),
    "reading job": (
        "after commit",
        "after update component",
        "after insert component_text",
        "after insert page_face",
        "after delete job",
        "before commit 2",
        "after commit 2",
    ),
    "split": (
        "after commit",
        "after close spool 2",
        "after commit 2",
        "after put",
        "after insert document",
        "after insert document 2",
        "after insert split_part 2",
        "after update registration",
        "before commit 3",
        "after commit 3",
        "after delete job",
        "after commit 4",
    ),
    "key rotation": (
        "before rename",
        "after rename",
        "after insert log_entry",
        "after commit",
        "after commit 2",
        "after update stored_object",
        "before update stored_object 2",
        "after update stored_object 2",
    ),
    "back-up": (
        "after insert checkpoint",
        "before close spool",
        "after put",
        "before rename 5",
        "after rename 10",
        "after put 20",
        "after update log_head",
        "before commit 3",
    ),
}


def all_points() -> Iterator[tuple[str, Moment]]:
    """Yield every scene with each of its moments."""
    for scene, names in POINTS.items():
        for name in names:
            yield scene, Moment.read(name)


def is_everywhere(moment: Moment) -> bool:
    """Whether a moment comes on PostgreSQL as well, where nobody says BEGIN IMMEDIATE."""
    return moment.act != "begin"
