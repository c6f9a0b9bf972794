"""What the made-up office receives and sends: Chinese official documents and English letters."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from web.demo.pdf import RED, Line


@dataclass(frozen=True)
class Letter:
    """One document before it is a file; `body` are paragraphs, `klass` the code of its class."""

    register: str
    title: str
    sender: str | None
    number: str | None
    kind: str | None
    unit: str | None
    klass: str
    body: Sequence[str]
    form: str
    secrecy: str = "internal"
    urgency: str = "routine"
    keywords: Sequence[str] = field(default_factory=tuple)
    salutation: str = "各处室、各有关单位："

    @property
    def is_chinese(self) -> bool:
        """Whether it is an official document in Chinese."""
        return any(ord(each) > 0x2E7F for each in self.title)


# sender, agency code, subject, kind, unit, class, secrecy, urgency
_CHINESE = (
    (
        "省政府办公厅",
        "省府办发",
        "做好秋季森林防火工作",
        "通知",
        "bgs",
        "2.1",
        "internal",
        "urgent",
    ),
    ("省财政厅", "财预", "编制下一年度部门预算", "通知", "finance", "4.1", "internal", "routine"),
    (
        "市审计局",
        "审发",
        "开展专项资金审计调查",
        "通知",
        "finance",
        "4.3",
        "confidential",
        "routine",
    ),
    (
        "省人力资源和社会保障厅",
        "人社发",
        "调整机关工作人员培训计划",
        "通知",
        "hr",
        "3.4",
        "internal",
        "routine",
    ),
    ("市档案局", "档发", "做好年度档案移交进馆", "通知", "archives", "2.3", "internal", "routine"),
    ("省委组织部", "组通字", "开展干部年度考核", "通知", "hr", "3.1", "confidential", "routine"),
    ("市国家保密局", "保局发", "开展保密自查自评", "通知", "bgs", "2.4", "secret", "urgent"),
    (
        "市住房和城乡建设局",
        "建函",
        "商请协助核实办公用房情况",
        "函",
        "bgs",
        "5.2",
        "internal",
        "routine",
    ),
    ("省信息中心", "信函", "征求政务云迁移方案意见", "函", "it", "5.4", "internal", "routine"),
    (
        "市司法局",
        "司发",
        "开展行政规范性文件合法性审核",
        "意见",
        "legal",
        "6.1",
        "internal",
        "routine",
    ),
    ("市应急管理局", "应急明电", "启动防汛四级应急响应", "通知", "bgs", "2.1", "public", "flash"),
    ("省统计局", "统字", "报送季度综合统计数据", "通知", "finance", "1.3", "internal", "urgent"),
    ("市政府", "政发", "同意设立数据管理科", "批复", "hr", "1.4", "internal", "routine"),
    (
        "市机关事务管理局",
        "机管函",
        "办理公务用车更新配备",
        "函",
        "bgs",
        "5.3",
        "internal",
        "routine",
    ),
    ("市总工会", "工发", "组织职工疗休养", "通知", "hr", "2.5", "public", "routine"),
    ("省大数据局", "数据函", "做好公共数据目录核对", "函", "it", "5.4", "internal", "routine"),
    ("市纪委监委", "纪函", "协助核实有关问题线索", "函", "bgs", "1.5", "secret", "urgent"),
    (
        "市公共资源交易中心",
        "交易函",
        "做好档案数字化服务采购开标",
        "函",
        "archives",
        "5.1",
        "internal",
        "routine",
    ),
)
_OUTGOING = (
    ("关于报送档案数字化工作进展情况的报告", "报告", "archives", "2.3"),
    ("关于申请追加信息化运维经费的请示", "请示", "it", "4.1"),
    ("关于同意调整培训计划的批复", "批复", "hr", "3.4"),
    ("关于征求公文处理办法修改意见的函", "函", "bgs", "1.1"),
    ("关于表彰年度先进集体的通报", "通报", "hr", "2.1"),
    ("关于国庆节放假和值班安排的通知", "通知", "bgs", "2.1"),
    ("关于印发印章管理办法的通知", "通知", "bgs", "2.2"),
    ("关于商请提供历史地图资料的函", "函", "archives", "2.3"),
)
_INTERNAL = (
    ("第十二次主任办公会议纪要", "纪要", "bgs", "1.2"),
    ("第十三次主任办公会议纪要", "纪要", "bgs", "1.2"),
    ("数据安全专题会议纪要", "纪要", "it", "1.2"),
    ("关于启用新版收文登记簿的通知", "通知", "bgs", "2.2"),
    ("关于办公楼消防演练的通知", "通知", "bgs", "2.1"),
    ("新进人员岗前培训总结报告", "报告", "hr", "3.4"),
)
# sender, reference, subject, unit, class, secrecy, urgency
_ENGLISH = (
    (
        "Port Authority of Rotterdam",
        "PAR/26/118",
        "Exchange of harbour maps from 1911",
        "archives",
        "2.3",
        "internal",
        "routine",
    ),
    (
        "European Archives Group",
        "EAG-2026-44",
        "Invitation to the annual meeting",
        "archives",
        "2.5",
        "public",
        "routine",
    ),
    (
        "Northwind Logistics Ltd",
        "NW-7741",
        "Quotation for moving 1,200 boxes",
        "archives",
        "5.1",
        "internal",
        "routine",
    ),
    (
        "Ministry of Finance",
        "MF/4/2210",
        "Ceiling for the coming budget year",
        "finance",
        "4.1",
        "confidential",
        "urgent",
    ),
    (
        "Hartmann & Klein, Attorneys",
        "HK 331/26",
        "Claim concerning the water damage in the depot",
        "legal",
        "6.1",
        "confidential",
        "urgent",
    ),
    (
        "Data Protection Commissioner",
        "DPC-2026-0917",
        "Request for the register of processing activities",
        "legal",
        "2.4",
        "internal",
        "urgent",
    ),
    (
        "University of Ghent",
        "UG/HIST/58",
        "Access to personnel files for research",
        "archives",
        "3.2",
        "internal",
        "routine",
    ),
    (
        "Court of Auditors",
        "CA-26-077",
        "Announcement of an inspection of procurement",
        "finance",
        "1.5",
        "confidential",
        "routine",
    ),
    (
        "City Fire Service",
        "FS-902",
        "Result of the fire safety inspection",
        "office",
        "5.2",
        "internal",
        "urgent",
    ),
    (
        "Embassy of Finland",
        "HEL7M0-12",
        "Visit of a delegation in spring",
        "office",
        "2.5",
        "internal",
        "routine",
    ),
    (
        "Lindqvist Software AB",
        "LS-20457",
        "End of support for the scanning stations",
        "it",
        "5.4",
        "internal",
        "routine",
    ),
    (
        "Public Employment Service",
        "PES/26/3301",
        "Candidates for the post of registry clerk",
        "hr",
        "3.3",
        "confidential",
        "routine",
    ),
    (
        "National Library",
        "NL-2026-210",
        "Loan of manuscripts for an exhibition",
        "archives",
        "2.5",
        "internal",
        "routine",
    ),
    (
        "Green Energy Cooperative",
        "GEC-88",
        "Solar panels on the roof of the depot",
        "office",
        "5.2",
        "public",
        "routine",
    ),
    (
        "Council of Municipalities",
        "CM 14/26",
        "Comments on the draft records regulation",
        "legal",
        "6.1",
        "internal",
        "routine",
    ),
    (
        "Translation Centre",
        "TC-5519",
        "Invoice for translations in September",
        "finance",
        "4.2",
        "internal",
        "routine",
    ),
    (
        "Ministry of Foreign Affairs",
        "MFA/K/203",
        "Note on the custody of treaty originals",
        "legal",
        "2.4",
        "secret",
        "urgent",
    ),
    (
        "Meteorological Institute",
        "MET-1180",
        "Warning of heavy rain for the weekend",
        "office",
        "2.1",
        "public",
        "flash",
    ),
)
_LETTERS_OUT = (
    ("Answer to the claim concerning the water damage", "legal", "6.1"),
    ("Order for acid-free boxes", "archives", "5.1"),
    ("Comments on the draft records regulation", "legal", "6.1"),
    ("Confirmation of the delegation's visit", "office", "2.5"),
    ("Register of processing activities, edition of this year", "legal", "2.4"),
    ("Reminder: return of borrowed volumes", "archives", "2.3"),
)
_NOTES = (
    ("Minutes of the weekly meeting", "office", "1.2"),
    ("Plan for the change of the post room", "office", "2.1"),
    ("Notes on the test of the emergency generator", "it", "5.3"),
    ("Proposal for new opening hours of the reading room", "archives", "1.3"),
)


def letters(today: date) -> list[Letter]:
    """Return everything in the order in which it comes, the same for the same day."""
    chance = random.Random(1927)  # noqa: S311 - a story, not a secret
    made = [*_chinese(today, chance), *_english(today, chance)]
    chance.shuffle(made)
    return made


def _chinese(today: date, chance: random.Random) -> Iterator[Letter]:
    for turn in range(2):
        for sender, code, subject, kind, unit, klass, secrecy, urgency in _CHINESE:
            title = f"关于{subject}的{'补充' if turn else ''}{kind}"
            yield Letter(
                "mishou" if secrecy in ("secret", "top_secret") else "shouwen",
                title,
                sender,
                f"{code}〔{today.year}〕{chance.randint(3, 180)}号",
                kind,
                unit,
                klass,
                _chinese_body(subject, chance),
                chance.choice(("docx", "docx", "docx", "pdf")),
                secrecy,
                urgency,
                (subject[-4:], kind),
            )
    for register, stock in (("fawen", _OUTGOING), ("internal", _INTERNAL)):
        for title, kind, unit, klass in stock:
            subject = title.removeprefix("关于").rpartition("的")[0] or title
            body = _chinese_body(subject, chance)
            yield Letter(register, title, None, None, kind, unit, klass, body, "docx")


def _chinese_body(subject: str, chance: random.Random) -> list[str]:
    opening = f"为切实{subject}，根据有关法律法规和工作部署，结合本单位实际，现就有关事项说明如下。"
    stock = [
        "提高认识，加强领导。各处室要明确一名负责同志具体抓，做到责任到人、措施到位。",
        "严格程序，规范管理。收文应当逐件清点、登记、编号，传阅文件要随时掌握去向，避免漏传、误传和延误。",
        f"突出重点，务求实效。请于{chance.randint(3, 28)}日前将{subject}的情况书面报送办公室。",
        "严守纪律，确保安全。涉密文件应当按照规定的知悉范围处理，不得擅自复制、摘抄和外传。",
        "及时归档。办理完毕的文件，应当按照分类方案整理立卷，年终向档案室移交。",
    ]
    chosen = sorted(chance.sample(range(len(stock)), chance.randint(2, len(stock))))
    points = [f"{'一二三四五'[place]}、{stock[each]}" for place, each in enumerate(chosen)]
    return [f"　　{each}" for each in (opening, *points)]


def _english(today: date, chance: random.Random) -> Iterator[Letter]:
    forms = ("pdf", "pdf", "docx", "eml", "txt", "scan", "xlsx")
    for turn in range(2):
        for place, (sender, reference, subject, unit, klass, secrecy, urgency) in enumerate(
            _ENGLISH
        ):
            yield Letter(
                "restricted" if secrecy in ("confidential", "secret") else "incoming",
                subject if turn else f"{subject}: first letter",
                sender,
                reference if turn else f"{reference}a",
                None,
                unit,
                klass,
                _english_body(subject, today, chance),
                forms[(place + turn) % len(forms)],
                secrecy,
                urgency if turn else "routine",
                tuple(each for each in subject.lower().split() if len(each) > 4)[:2],
            )
    for register, stock in (("outgoing", _LETTERS_OUT), ("internal", _NOTES)):
        for title, unit, klass in stock:
            body = _english_body(title, today, chance)
            yield Letter(register, title, None, None, None, unit, klass, body, "pdf")


def _english_body(subject: str, today: date, chance: random.Random) -> list[str]:
    plain = subject[0].lower() + subject[1:]
    stock = [
        (
            f"We write to you about {plain}. The matter was last discussed in the spring, and both "
            "sides agreed to settle it before the end of the year."
        ),
        (
            f"Please let us have your answer within {chance.randint(2, 6)} weeks. If you need more "
            "time, a short note to our registry is enough."
        ),
        (
            f"The costs are estimated at {chance.randint(4, 98)},{chance.randint(100, 999)} euros; "
            "a breakdown is enclosed. Nothing will be ordered before you have agreed in writing."
        ),
        (
            "Two copies of this letter are enclosed. We ask you to return one of them signed and "
            "stamped, and to keep the other with your records."
        ),
        (
            "Our colleagues would be glad to explain the details on the telephone or at a "
            "meeting in your offices, on any weekday except Thursday."
        ),
        f"This letter replaces ours of {today.year - 1}, which can be destroyed.",
    ]
    return ["Dear Sir or Madam,", stock[0], *chance.sample(stock[1:], chance.randint(2, 4))]


def page(letter: Letter, written_on: date) -> list[Line]:
    """Return the lines of a letter as they stand on paper."""
    if letter.is_chinese:
        return _official(letter, written_on)
    lines = [Line(letter.sender or "Office of Records", 16, rule=True)]
    if letter.number:
        lines.append(Line(f"Our reference: {letter.number}", 10))
    lines.append(Line(f"{written_on:%d %B %Y}", 10))
    if letter.sender:
        lines += [Line(""), Line("Binjiang Municipal Archives"), Line("12 Harbour Street")]
    lines += [Line(""), Line(letter.title, 13), Line("")]
    lines += [Line(each) for each in letter.body]
    return [*lines, Line(""), Line("Yours faithfully,"), Line(letter.sender or "Anna Weber")]


def _official(letter: Letter, written_on: date) -> list[Line]:
    """Set a document as GB/T 9704-2012 has it: head in red, red line, title, body, date."""
    issuer = letter.sender or "市档案馆办公室"
    lines: list[Line] = []
    secret = {"confidential": "秘密★3年", "secret": "机密★5年"}.get(letter.secrecy)
    urgent = {"urgent": "加急", "flash": "特急"}.get(letter.urgency)
    lines += [Line(each, 14) for each in (secret, urgent) if each]
    lines.append(Line(f"{issuer}文件", 28, None, RED))
    number = letter.number or ""
    lines.append(Line(number, 14, None, RED, rule=True))
    lines += [Line("", 8), Line(letter.title, 20, None), Line(letter.salutation, 14)]
    lines += [Line(each, 14) for each in letter.body]
    signed = f"{written_on.year}年{written_on.month}月{written_on.day}日"
    return [*lines, Line("", 8), Line(issuer, 14, 250), Line(signed, 14, 250)]
