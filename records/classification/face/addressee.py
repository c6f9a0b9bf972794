"""The addressee (主送机关): between title and text, closed by a colon."""

import re
from collections.abc import Sequence

from records.classification.face.printed import PrintedLine, without_gaps
from records.classification.face.values import Found, joined

_SENTENCE = re.compile(
    "现将|现予|现就|为了|为(?:进一步|贯彻|深入|认真|切实|加强|规范|全面|推动|推进|做好|促进)|"
    "近年来|近日|近期|兹|你(?:省|市|区|县|委|部|局|院|厅|司|校|公司|办|单位|们)"
)
_LEAD_IN = re.compile(
    "(?:如下|以下|下列|下|公告|通知|决定|规定|通报|批复|函复|函告|意见|名单|任命|免去|任免|要求|认为|指出|强调|"
    "提出|内容|包括|附件|附|注|说明|抄送|抄报|签发人|电话|传真|邮编|地址|联系人|日期|时间|编号)$"
)
_IN_A_SENTENCE = re.compile("如下|下列|以下|决定，|会议，|现就|现将")
_NO_START = re.compile(
    "附件|抄送|抄报|现将|为|根据|按照|经(?![贸济委信])|一、|二、|（一）|第[一二三四五六七八九十百]{1,4}[条章]|"
    "发文|成文|索引|标题|主题|来源|签发|联系|印发|公告|议题|出席|列席|主持|时间|地点"
)
_LABEL = re.compile("主 ?送(?:机关|单位)? ?[:：] ?")
_MOST_LINES = 12
_MOST_CHARS = 1_500


def closes_addressee(line: PrintedLine) -> bool:
    """Tell whether a line ends as the line before the text does, and not as a sentence would."""
    text = line.squeezed
    if not text.endswith(("：", ":")) or "。" in text or ("；" in text[:-1] and len(text) > 400):
        return False
    body = text[:-1]
    return (
        1 < len(body) <= _MOST_CHARS
        and _LEAD_IN.search(body) is None
        and _IN_A_SENTENCE.search(body) is None
        and _NO_START.match(body) is None
        and _SENTENCE.match(body) is None
    )


def goes_before(line: PrintedLine) -> bool:
    """Tell whether a line can be the beginning of an addressee that the next line closes."""
    text = line.squeezed
    return not re.search("[。：:！？]", text) and _NO_START.match(text) is None


def labelled_addressee(lines: Sequence[PrintedLine]) -> Found | None:
    """Return the addressee that a line names as such (主送：…)."""
    for line in lines:
        label = _LABEL.match(line.plain)
        if label is not None and label.end() < len(line.plain):
            value = without_gaps(line.text[label.end() :]).rstrip("。:：")
            if value:
                return Found(value, 0.9, line.evidence(label.end()))
    return None


def addressee_of(lines: Sequence[PrintedLine]) -> Found | None:
    """Return the addressee that fills these lines."""
    if not lines or len(lines) > _MOST_LINES:
        return None
    value = without_gaps("".join(line.text for line in lines)).rstrip("：:").rstrip()
    if not value:
        return None
    sure = 0.97 if re.search("[各省市县区部委局厅院司校公会府军办室]", value) else 0.85
    return Found(value, sure, joined(line.evidence() for line in lines))
