"""Provinces of China in document numbers: the short name that an agency's code begins with.

The short names are rare characters outside of numbers (粤, 沪, 鄂), and the engine reads common
ones for them. The issuer at the head of the page says in common characters which one it was.
"""

import re
from collections.abc import Iterable

# What is printed in full, by what its numbers begin with (GB/T 2260, and custom).
SHORT_NAMES = {
    "北京": "京",
    "天津": "津",
    "河北": "冀",
    "山西": "晋",
    "内蒙古": "内",
    "辽宁": "辽",
    "吉林": "吉",
    "黑龙江": "黑",
    "上海": "沪",
    "江苏": "苏",
    "浙江": "浙",
    "安徽": "皖",
    "福建": "闽",
    "江西": "赣",
    "山东": "鲁",
    "河南": "豫",
    "湖北": "鄂",
    "湖南": "湘",
    "广东": "粤",
    "广西": "桂",
    "海南": "琼",
    "重庆": "渝",
    "四川": "川",
    "贵州": "黔",
    "云南": "云",
    "西藏": "藏",
    "陕西": "陕",
    "甘肃": "甘",
    "青海": "青",
    "宁夏": "宁",
    "新疆": "新",
}
# Other first characters of codes that belong to the same places.
_ALSO = frozenset("蒙贵滇蜀秦陇")
KNOWN = frozenset(SHORT_NAMES.values()) | _ALSO
# Cities whose codes are customary; what begins with them was read well.
_CITIES = frozenset(
    "穗深珠汕佛韶莞杭甬温嘉湖绍金衢丽锡常通连淮盐扬镇泰宿徐济潍烟威郑洛汴"
    "汉宜襄长株潭衡成绵昆筑邕柳榕厦泉漳合芜沈大哈石太呼兰银西乌拉"
)
_MOST_HEAD_LINES = 8
_PROVINCE = re.compile("|".join(SHORT_NAMES))
# An agency of a whole province, as its own head names it; a city or county below it is none.
_HEAD = re.compile(
    rf"^(?:中共)?(?P<name>{_PROVINCE.pattern})(?:省|市|(?:回族|壮族|维吾尔)?自治区)?"
    r"(?:人民政府|政府|委员会|办公厅)"
)
# What follows the short name in the codes of a government, its office, and a party committee.
_OF_A_GOVERNMENT = re.compile("[府政办委]")


def province_of(head: Iterable[str]) -> str | None:
    """Return the short name of the one province whose agencies stand at the head of a page."""
    texts = ("".join(text.split()) for text in list(head)[:_MOST_HEAD_LINES])
    found = {SHORT_NAMES[match["name"]] for text in texts if (match := _HEAD.match(text))}
    return found.pop() if len(found) == 1 else None


def with_province(code: str, province: str) -> str:
    """Return the code of a number as the province writes it that issued the page.

    Only what is read in place of a short name is replaced: a page may quote the number of another
    province, or of the State Council.
    """
    first, rest = code[:1], code[1:]
    if first in KNOWN | _CITIES or first in "国中" or not _OF_A_GOVERNMENT.match(rest):
        return code
    return province + rest
