"""OFD (GB/T 33190): the text codes of each page, its template and its notes."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from lxml import etree

from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.placing import face_pages
from search.reading.source import Draft, RefusedError, Source

_POINTS_PER_MM = 72 / 25.4
_INFO = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keyword": "keywords",
    "CreationDate": "created",
    "ModDate": "modified",
    "Creator": "producer",
}


def read(source: Source, draft: Draft) -> None:
    """Read an OFD, page by page.

    Raises:
        RefusedError: It names no document.
    """
    package = Package(source)
    root = package.tree("OFD.xml")
    if root is None:
        raise RefusedError(ReasonCode.DAMAGED, "OFD.xml is missing")
    for element in root.iter("{*}DocInfo"):
        for fact in element.iter("{*}*"):
            if name := _INFO.get(etree.QName(fact).localname):
                draft.note(name, fact.text)
    pages = [
        page for document in root.iter("{*}DocRoot") for page in _pages(package, document.text)
    ]
    draft.page_count = len(pages)
    faces = face_pages(len(pages)) if source.depth == 0 else []
    for number, parts in enumerate(pages):
        lines = [line for part in parts for line in _lines(package, part, draft.room)]
        if number in faces:
            draft.place(number, [line.placed() for line in lines if line.box is not None])
        if not draft.add_page("\n".join(line.text for line in lines)):
            break
    _note_attachments(package, draft)


def _pages(package: Package, path: str | None) -> list[list[str]]:
    """Return the parts of each page: its templates, its content, its notes."""
    document = package.path("", path or "")
    root = package.tree(document)
    if root is None:
        return []
    folder = document.rpartition("/")[0]
    templates = {
        item.get("ID"): package.path(folder, item.get("BaseLoc") or "")
        for item in root.iter("{*}TemplatePage")
    }
    notes = _notes(package, folder, root)
    pages = []
    for item in root.iter("{*}Page"):
        content = package.path(folder, item.get("BaseLoc") or "")
        tree = package.tree(content)
        used = [] if tree is None else [t.get("TemplateID") for t in tree.iter("{*}Template")]
        parts = [templates[key] for key in used if key in templates]
        pages.append([*parts, content, *notes.get(item.get("ID"), [])])
    return pages


def _notes(package: Package, folder: str, root: etree._Element) -> dict[str | None, list[str]]:
    found: dict[str | None, list[str]] = {}
    for element in root.iter("{*}Annotations"):
        listing = package.path(folder, element.text or "")
        tree = package.tree(listing)
        for page in tree.iter("{*}Page") if tree is not None else ():
            files = [file.text or "" for file in page.iter("{*}FileLoc")]
            where = listing.rpartition("/")[0]
            found.setdefault(page.get("PageID"), []).extend(
                package.path(where, file) for file in files
            )
    return found


def _lines(package: Package, part: str, most_chars: int) -> "list[_Line]":
    """Return the lines of a part; what stands side by side on the page is one line."""
    root = package.tree(part)
    lines: list[_Line] = []
    before: _Box | None = None
    room = most_chars
    for item in root.iter("{*}TextObject") if root is not None else ():
        text = "".join(code.text or "" for code in item.iter("{*}TextCode"))
        room -= len(text)
        if not text or room < 0:
            continue
        box = _box(item)
        if lines and before is not None and box is not None and box.follows(before):
            lines[-1].go_on(" " if box.is_apart_from(before) else "", text, box)
        else:
            lines.append(_Line(text, box, _is_red(item), [_run(0, text, box)] if box else []))
        before = box
    return lines


def _is_red(item: etree._Element) -> bool:
    for color in item.iter("{*}FillColor"):
        parts = (color.get("Value") or "").split()
        if len(parts) == 3 and all(part.isdigit() for part in parts):
            red, green, blue = map(int, parts)
            return red > 150 and green < 100 and blue < 100
    return False


def _run(start: int, text: str, box: "_Box") -> list[float]:
    x0, x1 = (round(edge * _POINTS_PER_MM, 1) for edge in (box.x0, box.x1))
    return [start, start + len(text), x0, x1]


@dataclass(slots=True)
class _Line:
    """One line of a page, as it comes together."""

    text: str
    box: "_Box | None"
    red: bool
    runs: list[list[float]]

    def go_on(self, gap: str, text: str, box: "_Box") -> None:
        """Add what stands behind it."""
        self.text += gap
        self.runs.append(_run(len(self.text), text, box))
        self.text += text
        if self.box is not None:
            old = self.box
            edges = (min(old.x0, box.x0), min(old.y0, box.y0), max(old.x1, box.x1))
            self.box = _Box(*edges, max(old.y1, box.y1), max(old.size, box.size))

    def placed(self) -> list[Any]:
        """Return the line as `Draft.place` takes it."""
        box = self.box
        if box is None:
            return []
        edges = [round(edge * _POINTS_PER_MM, 1) for edge in (box.x0, box.y0, box.x1, box.y1)]
        return [self.text, edges, round(box.size * _POINTS_PER_MM, 1), self.red, self.runs]


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a text stands on the page, in millimetres."""

    x0: float
    y0: float
    x1: float
    y1: float
    size: float

    def follows(self, other: "_Box") -> bool:
        """Tell whether it stands on the same line, behind the other."""
        shared = min(self.y1, other.y1) - max(self.y0, other.y0)
        level = shared > min(self.y1 - self.y0, other.y1 - other.y0) / 2
        return level and other.x0 < self.x0

    def is_apart_from(self, other: "_Box") -> bool:
        """Tell whether there is room for a space between them."""
        return self.x0 - other.x1 > self.size / 4


def _box(item: etree._Element) -> _Box | None:
    try:
        x, y, width, height = map(float, (item.get("Boundary") or "").split())
        size = float(item.get("Size") or 0)
    except ValueError:
        return None
    edges = (x, y, x + width, y + height, size)
    return _Box(*edges) if all(map(isfinite, edges)) else None


def _note_attachments(package: Package, draft: Draft) -> None:
    """List the files that the documents' lists of attachments name."""
    sizes = dict(package.entries())
    for listing in package.names:
        if not listing.endswith("Attachments.xml"):
            continue
        root = package.tree(listing)
        folder = listing.rpartition("/")[0]
        for item in root.iter("{*}Attachment") if root is not None else ():
            place = next((file.text or "" for file in item.iter("{*}FileLoc")), "")
            part = package.path(folder, place)
            if part in sizes:
                name = item.get("Name") or ""
                suffix = part.rpartition(".")[2]
                full = name if name.endswith(f".{suffix}") or not name else f"{name}.{suffix}"
                draft.attach(
                    full or part.rpartition("/")[2], "application/octet-stream", sizes[part]
                )
