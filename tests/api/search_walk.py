"""A walk through synonyms and one's own searches, for the check of answers against their words."""

from collections.abc import Callable
from typing import Any


def look_for_things(ask: Callable[..., Any]) -> None:
    """Keep, read, change and remove a group of synonyms and a saved search; miss some."""
    group = ask("archivist", "POST", "/synonyms", json={"words": ["memo", "memorandum"]})
    ask("archivist", "POST", "/synonyms", json={"words": ["memo", "note"]})
    ask("archivist", "GET", "/synonyms?limit=1")
    path, tag = f"/synonyms/{group['id']}", {"If-Match": '"1"'}
    ask("archivist", "PATCH", path, json={"words": ["memo", "note"]}, headers=tag)
    ask("archivist", "DELETE", path)
    body = {"name": "Bridges", "question": "bridge", "filters": {"kind": ["函"]}, "tells": True}
    kept = ask("clerk", "POST", "/saved-searches", json=body)
    ask("clerk", "POST", "/saved-searches", json=body)
    ask("clerk", "GET", "/saved-searches")
    path = f"/saved-searches/{kept['id']}"
    ask("clerk", "GET", path)
    ask("leader", "GET", path)
    ask("clerk", "PATCH", path, json={"tells": False}, headers={"If-Match": '"1"'})
    ask("clerk", "DELETE", path)
    ask("clerk", "GET", "/recent-searches")
    ask("clerk", "DELETE", "/recent-searches")
