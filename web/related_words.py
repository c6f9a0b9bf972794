"""What is said of links and near duplicates."""

from flask_babel import gettext, ngettext

from records.related.links import Link
from records.related.rules import Direction, LinkKind, TwinReason
from records.related.twins import TwinLine
from web.formats import joined


def link_words(kind: LinkKind, direction: Direction) -> str:
    """Return what this document does to the other, or the other to this one."""
    said = {
        (LinkKind.ANSWERS, Direction.OUTGOING): gettext("Answers"),
        (LinkKind.ANSWERS, Direction.INCOMING): gettext("Answered by"),
        (LinkKind.FORWARDS, Direction.OUTGOING): gettext("Forwards"),
        (LinkKind.FORWARDS, Direction.INCOMING): gettext("Forwarded by"),
        (LinkKind.REPEALS, Direction.OUTGOING): gettext("Repeals"),
        (LinkKind.REPEALS, Direction.INCOMING): gettext("Repealed by"),
        (LinkKind.AMENDS, Direction.OUTGOING): gettext("Amends"),
        (LinkKind.AMENDS, Direction.INCOMING): gettext("Amended by"),
        (LinkKind.CITES, Direction.OUTGOING): gettext("Cites"),
        (LinkKind.CITES, Direction.INCOMING): gettext("Cited by"),
        (LinkKind.BELONGS, Direction.OUTGOING): gettext("Belongs with"),
        (LinkKind.BELONGS, Direction.INCOMING): gettext("Belongs with"),
    }
    return str(said[kind, direction])


def link_choices() -> list[tuple[str, str]]:
    """Return the ways in which a person can link, as a select field takes them."""
    return [
        (f"{kind}:{direction}", link_words(kind, direction))
        for kind in (LinkKind.ANSWERS, LinkKind.BELONGS, LinkKind.FORWARDS, LinkKind.CITES)
        for direction in Direction
        if kind is not LinkKind.BELONGS or direction is Direction.OUTGOING
    ] + [
        (f"{kind}:{Direction.OUTGOING}", link_words(kind, Direction.OUTGOING))
        for kind in (LinkKind.AMENDS, LinkKind.REPEALS)
    ]


def grouped(links: tuple[Link, ...]) -> list[tuple[str, list[Link]]]:
    """Return links by what they say, in their order."""
    groups: dict[str, list[Link]] = {}
    for link in links:
        groups.setdefault(link_words(link.kind, link.direction), []).append(link)
    return list(groups.items())


def twin_words(twin: TwinLine) -> str:
    """Return why two documents are taken for the same, as a sentence."""
    said = []
    for reason in twin.reasons:
        if reason is TwinReason.NUMBER:
            said.append(gettext("the same number of the same sender"))
        elif reason is TwinReason.MESSAGE:
            said.append(gettext("the same mail"))
        else:
            said.append(gettext("nearly the same text"))
    return joined([str(each) for each in said])


def difference_words(count: int) -> str:
    """Return how many passages differ."""
    if not count:
        return str(gettext("The texts are the same."))
    return str(ngettext("%(num)d passage differs.", "%(num)d passages differ.", count))
