"""The face of letters and memoranda in English: sender, references, day, subject, addressee."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from records.classification.face.dates import english_dates
from records.classification.face.headlines import is_headline, straight
from records.classification.face.orders import read_order
from records.classification.face.printed import PrintedLine
from records.classification.face.values import Evidence, Face, Found, joined

_LABELS = {
    "our_reference": r"our ref(?:erence|\.)?(?: no\.?)?|our file(?: no\.?)?",
    "your_reference": r"your (?:ref(?:erence|\.)?|file)(?: no\.?)?|your letter(?: of)?",
    "reference": r"ref(?:erence|\.)?(?: no\.?| number)?|file (?:no\.?|ref(?:erence|\.)?)|letter no",
    "written_on": r"date(?:d)?|date of letter",
    "title": r"subject(?: line)?|subj\.?|sub\.?|re|regarding|title",
    "sender": r"from|sender",
    "addressee": r"to|attention|attn\.?|memorandum for|memorandum to",
    "copies_to": r"cc|c\.c\.|copies? to|bcc|copy",
    "attachments": r"encl(?:osures?|\.|s\.)?|attachments?|annex(?:es)?|att\.",
}
_LABEL = re.compile(
    r"(?:(?<=\s)|^)(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + r") {0,3}[:：#] {0,20}",
    re.IGNORECASE,
)
_MEMORANDUM = re.compile(r"MEMORANDUM (?:FOR|TO):? {0,3}(?P<to>\S.{0,200})", re.IGNORECASE)
_SYMBOL = re.compile(r"[A-Z]{1,8}(?:[/.-][A-Z0-9]{1,12}){1,6}(?<=\d)")
_SALUTATION = re.compile(
    r"(?:dear\b|to whom it may concern|gentlemen\b|excellenc|your excellenc|sirs?[,:]|madam[,:]|"
    r"ladies and gentlemen)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:yours (?:sincerely|faithfully|truly|respectfully)|sincerely|respectfully|very truly yours|"
    r"best regards|kind regards|with (?:best|kind) (?:regards|wishes)|faithfully)",
    re.IGNORECASE,
)
_SECRECY = re.compile(
    r"(?:private (?:and|&) |strictly )?"
    r"(?P<level>top secret|secret|confidential|restricted|internal)(?: use only)?",
    re.IGNORECASE,
)
_LEVELS = {
    "top secret": "top_secret",
    "secret": "secret",
    "confidential": "confidential",
    "restricted": "internal",
    "internal": "internal",
}
_URGENCY = re.compile(r"(?:most )?(?P<word>urgent|immediate|priority|flash)!?", re.IGNORECASE)
_COPY = re.compile(r"Copy (?:No\.? ?)?(?P<copy>\d{1,6})(?: of \d{1,6}(?: copies)?)?", re.IGNORECASE)
_HEAD_LINES = 60
_TAIL_LINES = 60
_MOST_ADDRESS_LINES = 8


@dataclass(slots=True)
class _Letter:
    """What has been found so far, and which lines are used up."""

    fields: dict[str, Found] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def keep(self, name: str, value: str | list[str], sure: float, evidence: Evidence) -> None:
        """Keep the first value of a field."""
        if value and name not in self.fields:
            self.fields[name] = Found(value, sure, evidence)


def read_letter(lines: Sequence[PrintedLine]) -> Face:
    """Read the face of a letter, a memorandum or a numbered act in English."""
    letter = _Letter()
    order = read_order(lines)
    salutation = _salutation(lines)
    head_end = salutation if salutation is not None else _HEAD_LINES
    head = list(lines[: min(head_end, _HEAD_LINES)])
    _read_marks(letter, head)
    _read_labels(letter, head, lines)
    if order is None:
        _read_day(letter, head)
        _read_subject(letter, lines, salutation)
        if salutation is not None:
            _read_address(letter, head)
            _read_letterhead(letter, head)
        elif "title" not in letter.fields:
            _read_headline(letter, head)
    _read_ending(letter, lines)
    found = letter.fields
    ours = found.get("our_reference") or found.get("reference")
    return Face(
        document_number=order.number if order else None,
        title=(order.title if order else None) or found.get("title"),
        addressee=found.get("addressee"),
        copies_to=found.get("copies_to"),
        attachments=found.get("attachments"),
        written_on=(order.written_on if order else None) or found.get("written_on"),
        signer=found.get("signer"),
        secrecy=found.get("secrecy"),
        urgency=found.get("urgency"),
        copy_number=found.get("copy_number"),
        sender=found.get("sender"),
        our_reference=ours,
        your_reference=found.get("your_reference"),
    )


def _salutation(lines: Sequence[PrintedLine]) -> int | None:
    for at, line in enumerate(lines[:_HEAD_LINES]):
        if _SALUTATION.match(line.plain) and len(line.plain) < 80:
            return at
    return None


def _read_marks(letter: _Letter, head: Sequence[PrintedLine]) -> None:
    for at, line in enumerate(head[:14]):
        if (found := _SECRECY.fullmatch(line.plain)) is not None:
            sure = 0.9 if line.plain.isupper() else 0.7
            letter.keep("secrecy", _LEVELS[found["level"].lower()], sure, line.evidence())
        elif (found := _URGENCY.fullmatch(line.plain)) is not None:
            word = found["word"].lower()
            urgency = "flash" if word in ("flash", "immediate") else "urgent"
            letter.keep("urgency", urgency, 0.85, line.evidence())
        elif (found := _COPY.fullmatch(line.plain)) is not None:
            letter.keep("copy_number", found["copy"], 0.9, line.evidence())
        elif _SYMBOL.fullmatch(line.plain) is not None:
            letter.keep("reference", line.text, 0.7, line.evidence())
        else:
            continue
        letter.used.add(at)


def _read_labels(
    letter: _Letter, head: Sequence[PrintedLine], lines: Sequence[PrintedLine]
) -> None:
    for at, line in enumerate(head):
        memorandum = _MEMORANDUM.fullmatch(line.plain)
        if memorandum is not None:
            span = memorandum.span("to")
            letter.keep("addressee", straight(line.text[slice(*span)]), 0.9, line.evidence(*span))
            letter.used.add(at)
            continue
        labels = [each for each in _LABEL.finditer(line.plain[:400]) if _is_label(each)]
        for label, following in zip(labels, [*labels[1:], None], strict=False):
            end = following.start() if following else len(line.text)
            if not line.plain[label.end() : end].strip() and at + 1 < len(lines):
                # The value may stand below its label.
                below = lines[at + 1]
                if _LABEL.match(below.plain) is None and following is None:
                    _keep_labelled(letter, str(label.lastgroup), below, 0, len(below.text))
                    letter.used.add(at + 1)
            else:
                _keep_labelled(letter, str(label.lastgroup), line, label.end(), end)
            letter.used.add(at)


def _is_label(found: re.Match[str]) -> bool:
    """Tell whether a label stands at the beginning, behind a gap, or cannot be anything else."""
    start = found.start()
    return (
        start == 0
        or found.string[max(0, start - 2) : start] in ("  ", " \t", "\t ")
        or found.lastgroup in ("our_reference", "your_reference", "written_on")
    )


def _keep_labelled(letter: _Letter, name: str, line: PrintedLine, start: int, end: int) -> None:
    text = line.text[start:end].strip()
    evidence = line.evidence(start, end)
    if name == "written_on":
        day = next(english_dates(line.plain[start:end]), None)
        if day is not None:
            letter.keep(name, day.day.isoformat(), 0.95 if day.sure else 0.6, evidence)
    elif name in ("copies_to", "attachments"):
        letter.keep(name, _items(text), 0.9, evidence)
    elif name in ("our_reference", "your_reference", "reference"):
        letter.keep(name, text.rstrip(".,;"), 0.95, evidence)
    elif text:
        letter.keep(name, straight(" ".join(text.split())), 0.95, evidence)


def _items(text: str) -> list[str]:
    return [part.strip(" .") for part in re.split(r"[;,]|\s{3,}|\t", text) if part.strip(" .")]


def _read_day(letter: _Letter, head: Sequence[PrintedLine]) -> None:
    for at, line in enumerate(head):
        if "received" in line.plain.lower() or len(line.plain) > 80:
            continue
        for day in english_dates(line.plain):
            rest = f"{line.plain[: day.start]}{line.plain[day.end :]}".strip(" ,.")
            alone = not rest
            sure = 0.93 if alone else 0.82 if len(rest) < 40 else 0.5
            evidence = line.evidence(day.start, day.end)
            letter.keep("written_on", day.day.isoformat(), sure if day.sure else 0.6, evidence)
            if alone or len(rest) < 20:
                letter.used.add(at)
            break


def _read_subject(letter: _Letter, lines: Sequence[PrintedLine], salutation: int | None) -> None:
    """Find the subject that stands below the salutation, with or without its label."""
    if salutation is None or "title" in letter.fields:
        return
    for line in lines[salutation + 1 : salutation + 3]:
        label = _LABEL.match(line.plain)
        if label is not None and label["title"]:
            _keep_labelled(letter, "title", line, label.end(), len(line.text))
            return
        if len(line.plain) < 120 and not line.plain.endswith((".", ",", ":")) and is_headline(line):
            letter.keep("title", straight(line.text), 0.85, line.evidence())
            return


def _read_address(letter: _Letter, head: Sequence[PrintedLine]) -> None:
    """Take the block just above the salutation for the addressee."""
    taken: list[PrintedLine] = []
    for at in range(len(head) - 1, -1, -1):
        line = head[at]
        if at in letter.used or len(line.plain) > 90 or len(taken) == _MOST_ADDRESS_LINES:
            break
        taken.insert(0, line)
    # Without a day or reference above it, the block runs into the letterhead.
    bounded = len(taken) < len(head)
    if taken:
        value = straight(", ".join(line.text.rstrip(",") for line in taken))
        evidence = joined(line.evidence() for line in taken)
        letter.keep("addressee", value, 0.85 if bounded else 0.4, evidence)


def _read_letterhead(letter: _Letter, head: Sequence[PrintedLine]) -> None:
    for at, line in enumerate(head[:3]):
        if at not in letter.used and any(map(str.isalpha, line.plain)) and len(line.plain) < 90:
            later = any(used > at for used in letter.used)
            letter.keep("sender", straight(line.text), 0.82 if later else 0.4, line.evidence())
            return


def _read_headline(letter: _Letter, head: Sequence[PrintedLine]) -> None:
    """Offer the largest or else the first headline of a paper that is no letter."""
    lines = [
        line for at, line in enumerate(head[:20]) if at not in letter.used and is_headline(line)
    ]
    lines = [line for line in lines if sum(map(str.isalpha, line.plain)) > 3]
    if not lines:
        return
    largest = max(line.size for line in lines)
    chosen = next(line for line in lines if line.size >= largest)
    letter.keep("title", straight(chosen.text), 0.6 if largest else 0.5, chosen.evidence())


def _read_ending(letter: _Letter, lines: Sequence[PrintedLine]) -> None:
    """Read who signed, whom copies go to, and what is enclosed."""
    tail = lines[max(0, len(lines) - _TAIL_LINES) :]
    for at, line in enumerate(tail):
        if _CLOSING.match(line.plain) and len(line.plain) < 50:
            for below in tail[at + 1 : at + 4]:
                name = below.plain.strip(" ()")
                if re.fullmatch(r"[A-Z][\w.'’-]*(?: [A-Za-z][\w.'’-]*){1,5}", name):
                    letter.keep("signer", straight(name), 0.85, below.evidence())
                    break
        if line.plain.startswith("THE WHITE HOUSE"):
            evidence = line.evidence(0, len("THE WHITE HOUSE"))
            letter.keep("sender", "The White House", 0.9, evidence)
        label = _LABEL.match(line.plain)
        if label is not None and label.lastgroup in ("copies_to", "attachments"):
            _keep_labelled(letter, label.lastgroup, line, label.end(), len(line.text))
