"""XLSX by openpyxl: the values of each sheet, row by row."""

import re
import warnings
from typing import Any

import openpyxl
from lxml import etree

from search.reading.cells import shown
from search.reading.markup import Rules, xml_pages
from search.reading.packages import Package
from search.reading.source import Draft, Source

_SIDES = ("Header", "Footer")
_MAIN = "xl/workbook.xml"
_BESIDE = ("comments", "threadedComment", "drawing")
_DEEPER = ("chart", "chartEx", "diagramData")
_NOTES = Rules(
    text=frozenset({"t", "text", "v"}),
    skip=frozenset({"Fallback", "rPh"}),
    after={"p": "\n", "comment": "\n", "threadedComment": "\n", "v": "\n", "pt": "\n"},
)
_MARGINS = Rules(
    text=frozenset(f"{page}{side}" for page in ("odd", "even", "first") for side in _SIDES),
    after=dict.fromkeys(
        (f"{page}{side}" for page in ("odd", "even", "first") for side in _SIDES), "\n"
    ),
)
_CODE = re.compile(r'&(?:"[^"]*"|\d+|K[0-9A-Fa-f]{6}|[A-Za-z])|&(?=&)')


def read(source: Source, draft: Draft) -> None:
    """Read an XLSX, one page of text per sheet, cells parted by tabs."""
    package = Package(source)
    package.note_attributes(draft, "docProps/core.xml", "docProps/app.xml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of what it leaves aside
        workbook = openpyxl.load_workbook(source.file(), read_only=True, data_only=True)
        sheets = workbook.worksheets
        draft.page_count = len(sheets)
        parts = _parts(package)
        for sheet in sheets:
            # The stated extent of a sheet is often wrong; without it all rows are read.
            sheet.reset_dimensions()
            text = _text(sheet, draft.room)
            beside = _beside(package, parts.get(sheet.title), draft.room)
            if not draft.add_page("\n".join((text, *beside))):
                break
    for name, size in package.entries():
        if name.startswith("xl/embeddings/"):
            draft.attach(name.rpartition("/")[2], "application/octet-stream", size)


def _parts(package: Package) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name."""
    main = package.main(_MAIN)
    root, related = package.tree(main), package.related(main)
    found = {}
    for sheet in root.iter("{*}sheet") if root is not None else ():
        key = next((value for name, value in sheet.items() if name.endswith("}id")), "")
        if key in related:
            found[str(sheet.get("name"))] = related[key][1]
    return found


def _beside(package: Package, part: str | None, most_chars: int) -> list[str]:
    """Return headers, footers, comments, text boxes and charts of a sheet."""
    if part is None:
        return []
    margins = _markup(package, part, _MARGINS, most_chars)
    texts = [" ".join(_CODE.sub(" ", margins).replace("&&", "&").split())]
    for kind, beside in package.related(part).values():
        if kind not in _BESIDE:
            continue
        texts.append(_markup(package, beside, _NOTES, most_chars))
        deeper = package.related(beside).values() if kind == "drawing" else ()
        texts += [_markup(package, n, _NOTES, most_chars) for k, n in deeper if k in _DEEPER]
    return [text for text in texts if text]


def _markup(package: Package, part: str, rules: Rules, most_chars: int) -> str:
    try:
        with package.open(part) as file:
            return "".join(xml_pages(file, rules, most_chars)).strip("\n")
    except etree.XMLSyntaxError:
        return ""


def _format(cell: Any) -> str | None:
    """Return a cell's number format; an empty cell of a read-only sheet has none."""
    found = getattr(cell, "number_format", None) if cell.value is not None else None
    return found if isinstance(found, str) else None


def _text(sheet: Any, most_chars: int) -> str:
    lines = [sheet.title]
    room = most_chars
    for row in sheet.iter_rows():
        line = "\t".join(shown(cell.value, _format(cell)) for cell in row).rstrip("\t")
        if line:
            lines.append(line)
            room -= len(line)
        if room < 0:
            break
    return "\n".join(lines)
