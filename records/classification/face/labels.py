"""Fields that a page names itself, as the tables above official documents on web pages do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from records.classification.face.dates import chinese_dates
from records.classification.face.numbers import parse_number
from records.classification.face.opening import is_prose
from records.classification.face.printed import PrintedLine, without_gaps
from records.classification.face.values import Found

_LABELS = {
    "发文字号": "document_number",
    "公文字号": "document_number",
    "发文文号": "document_number",
    "文号": "document_number",
    "文件编号": "document_number",
    "发文机关": "issuer",
    "发文单位": "issuer",
    "发布机构": "issuer",
    "发布机关": "issuer",
    "制发机关": "issuer",
    "标题": "title",
    "名称": "title",
    "信息名称": "title",
    "公文名称": "title",
    "成文日期": "written_on",
    "成文时间": "written_on",
    "发文日期": "written_on",
    "签发日期": "written_on",
}
_NO_FACE = (
    "索引号",
    "主题分类",
    "发布日期",
    "发布时间",
    "生成日期",
    "公开日期",
    "主题词",
    "有效性",
    "来源",
)
_LABEL = re.compile(r"(?P<name>[\u3400-\u9fff](?: {0,6}[\u3400-\u9fff]){1,5}) ?[:：] ?")
_SEARCHED_LINES = 60
_MOST_CELLS = 12
_LEAST_ROWS = 2


@dataclass(frozen=True, slots=True)
class _Cell:
    line: PrintedLine
    start: int
    end: int

    @property
    def plain(self) -> str:
        return self.line.plain[self.start : self.end].strip()


def read_labels(lines: Sequence[PrintedLine]) -> tuple[dict[str, Found], list[PrintedLine]]:
    """Return the labelled fields by name, and the lines that have no label of such a table."""
    found: dict[str, Found] = {}
    left: list[PrintedLine] = []
    waiting: str | None = None
    text_at = next((at for at, line in enumerate(lines) if is_prose(line)), len(lines))
    for at, line in enumerate(lines):
        if at >= min(_SEARCHED_LINES, text_at):
            left.append(line)
            continue
        labelled = False
        for cell in _cells(line):
            name, value_at = _label(cell)
            if name is None:
                if waiting is not None and not labelled and not cell.plain:
                    continue
                if waiting:
                    _keep(found, waiting, cell, 0)
                    labelled = True
                waiting = None
                continue
            labelled = True
            waiting = _LABELS.get(name, "") or None
            if cell.plain[value_at:].strip():
                if waiting:
                    _keep(found, waiting, cell, value_at)
                waiting = None
        if not labelled:
            waiting = None
            left.append(line)
    # A lone 名称： may be anything; a table of a page says more.
    lone = len(lines) - len(left) < _LEAST_ROWS
    return ({} if lone and set(found) == {"title"} else found), (list(lines) if lone else left)


def _cells(line: PrintedLine) -> list[_Cell]:
    cells, start = [], 0
    for part in line.text.split("\t")[:_MOST_CELLS]:
        cells.append(_Cell(line, start, start + len(part)))
        start += len(part) + 1
    return cells


def _label(cell: _Cell) -> tuple[str | None, int]:
    found = _LABEL.match(cell.plain)
    if found is None:
        return None, 0
    name = found["name"].replace(" ", "")
    if name in _LABELS or name in _NO_FACE:
        return name, found.end()
    return None, 0


def _keep(found: dict[str, Found], field: str, cell: _Cell, value_at: int) -> None:
    if field in found:
        return
    lead = len(cell.line.plain[cell.start : cell.end]) - len(
        cell.line.plain[cell.start : cell.end].lstrip()
    )
    start = cell.start + lead + value_at
    text = cell.line.text[start : cell.end].strip()
    evidence = cell.line.evidence(start, cell.end)
    value = _value(field, text, cell.plain[value_at:])
    if value is not None:
        raw = text if field == "document_number" else None
        found[field] = Found(value, 0.95, evidence, raw)


def _value(field: str, text: str, plain: str) -> str | list[str] | None:
    if field == "document_number":
        number = parse_number(text)
        return number.value if number else None
    if field == "written_on":
        return next((each.day.isoformat() for each in chinese_dates(plain)), None)
    if field == "issuer":
        return [part for part in re.split(r"[、,，;；]\s*|\s+", text) if part] or None
    return without_gaps(text) or None
