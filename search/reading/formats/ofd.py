"""OFD (GB/T 33190): the text codes of each page, its template and its notes."""

from dataclasses import dataclass

from lxml import etree

from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.source import Draft, RefusedError, Source

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
    for parts in pages:
        texts = (_text(package, part, draft.room) for part in parts)
        if not draft.add_page("\n".join(text for text in texts if text)):
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


def _text(package: Package, part: str, most_chars: int) -> str:
    """Return the text of a part; what stands side by side on the page is one line."""
    root = package.tree(part)
    lines: list[str] = []
    before: _Box | None = None
    room = most_chars
    for item in root.iter("{*}TextObject") if root is not None else ():
        text = "".join(code.text or "" for code in item.iter("{*}TextCode"))
        room -= len(text)
        if not text or room < 0:
            continue
        box = _box(item)
        if lines and before is not None and box is not None and box.follows(before):
            lines[-1] += (" " if box.is_apart_from(before) else "") + text
        else:
            lines.append(text)
        before = box
    return "\n".join(lines)


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
        return _Box(x, y, x + width, y + height, float(item.get("Size") or 0))
    except ValueError:
        return None


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
