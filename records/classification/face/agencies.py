"""Names of agencies: what looks like one, and how several stand together."""

import re

from records.classification.face.printed import plain

_ENDS = (
    "国务院|中央|办公厅|办公室|委员会|人民政府|政府|省政府|市政府|主席|总工会|工会|联合会|协会|学会|"
    "商会|基金会|理事会|董事会|代表大会|常委会|人大|政协|法院|检察院|公司|集团|银行|分行|支行|大学|"
    "学院|学校|中学|小学|研究院|研究所|医院|中心|总局|分局|总署|总社|总队|支队|大队|军区|司令部|政治部|"
    "指挥部|领导小组|小组|党组|党委|纪委|书记处|事务所|管委会|街道|居委会|村委会|出版社|报社|电视台|"
    "图书馆|档案馆|博物馆|使馆|领事馆|共和国|委|部|局|署|厅|院|会|室|处|科|所|站|办|社|司|团|队|府|馆|"
    "庭|校|厂|央行|总行|商行|军委|军|镇|乡"
)
_END = re.compile(rf"(?:{_ENDS})$")
_NAME = re.compile('[\u3400-\u9fff·（）()“”"A-Za-z0-9—-]{2,45}')
_NO_NAME = re.compile(
    "关于|的通知|的决定|如下|附件|通过|同意|规定|说明|以上|特此|此致|敬礼|施行|执行|起|年|月|日起"
)
# Names that are whole only behind another one.
_PARTS = frozenset(
    ("办公厅", "办公室", "委员会", "人民政府", "政府", "常委会", "党组", "党委", "总局", "领导小组")
)
_SEPARATORS = re.compile(r"[、，,；;/]|\s+")
_COMMON = re.compile(r"^(?:各|有关|所属|全体|本|该|你)")


def ends_as_agency(name: str) -> bool:
    """Tell whether a name ends as names of agencies do."""
    return len(name) >= 2 and _END.search(name) is not None


def is_agency(name: str) -> bool:
    """Tell whether a text is the name of one agency."""
    return (
        name not in _PARTS
        and _NAME.fullmatch(name) is not None
        and _END.search(name) is not None
        and _NO_NAME.search(name) is None
        and _COMMON.match(name) is None
    )


def agencies_of(text: str) -> list[str] | None:
    """Return the agencies that a line names and nothing else; None when it says more.

    Names may be parted by 、, by commas or by spaces, and a name may be spaced out (国 务 院).
    """
    line = plain(text).strip()
    if not line or len(line) > 300:
        return None
    whole = "".join(line.split())
    parts = [part for part in _SEPARATORS.split(line) if part]
    if len(parts) > 1 and all(len(part) <= 2 for part in parts) and is_agency(whole):
        return [whole]
    if len(parts) > 1 and all(is_agency(part) for part in parts):
        return parts
    if len(parts) > 1 and re.search("[、，,；;/]", line):
        closer = [
            re.sub(r"\s+", "", part) for part in re.split("[、，,；;/]", line) if part.strip()
        ]
        return closer if all(is_agency(part) for part in closer) else None
    return [whole] if is_agency(whole) else None
