"""What the papers of the intake stories say: letters that answer, hand on or repeat each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from web.demo.letters import Letter


@dataclass(frozen=True)
class Mail:
    """One mail of a conversation.

    Attributes:
        follows: Place in the conversation of the mail that it answers.
        attached: Names of the files that come with it.
    """

    register: str
    sender: str
    to: str
    subject: str
    text: str
    follows: int | None = None
    attached: Sequence[str] = ()


def chinese_request(today: date) -> Letter:
    """Return a letter that waits for its answer, 来文."""
    return _chinese(
        "shouwen",
        "关于商请提供滨江近代航运档案的函",
        "函",
        (
            (
                "为编纂《滨江航运史》，需查阅贵馆所藏一九一一年至一九四九年的航运档案，主要包括轮船公司"
                "登记、码头租约和航道测绘图。"
            ),
            "请贵馆协助提供档案目录，并告知查阅和复制的手续。联系人：赵敏。",
        ),
        sender="省文化和旅游厅",
        number=f"文旅函〔{today.year}〕118号",
    )


def chinese_answer(today: date) -> Letter:
    """Return what answers it, 复文."""
    return _chinese(
        "fawen",
        "关于提供滨江近代航运档案的复函",
        "函",
        (
            (
                f"贵厅《关于商请提供滨江近代航运档案的函》（文旅函〔{today.year}〕118号）收悉。经研究，"
                "现函复如下。"
            ),
            (
                "我馆藏有近代航运档案三百二十卷，目录随函附上；凭介绍信可在阅览室查阅，复制件加盖档案"
                "证明章。"
            ),
        ),
        to="省文化和旅游厅",
    )


def chinese_circular(today: date) -> Letter:
    """Return a circular that the office will hand on."""
    return _chinese(
        "shouwen",
        "关于进一步加强电子文件管理工作的通知",
        "通知",
        (
            "电子文件应当在形成时登记，在办理完毕后及时归档，不得以个人存储代替。",
            "各单位于年底前完成一次电子文件完整性检查，并书面报告结果。",
        ),
        to="各市、县人民政府",
        sender="省政府办公厅",
        number=f"府办函〔{today.year}〕205号",
    )


def chinese_forward(today: date) -> Letter:
    """Return what hands it on, 转发."""
    return _chinese(
        "fawen",
        "关于转发《关于进一步加强电子文件管理工作的通知》的通知",
        "通知",
        (
            (
                "现将省政府办公厅《关于进一步加强电子文件管理工作的通知》"
                f"（府办函〔{today.year}〕205号）转发给你们，请认真贯彻执行。"
            ),
            "各处室的检查结果请于十二月十日前送办公室汇总。",
        ),
        to="各处室",
    )


def english_request() -> Letter:
    """Return an English letter that waits for its answer."""
    return _english(
        "incoming",
        "Request for copies of the ferry timetables of 1926",
        (
            (
                "We are preparing an exhibition on a century of ferry traffic and ask you for "
                "copies of the timetables of 1926 that are kept in your archives."
            ),
            "Photographs of good quality would be enough. We shall name the source on each panel.",
        ),
        sender="Harbour Museum Hamburg",
        number="HMH-2026/311",
    )


def english_answer() -> Letter:
    """Return what answers it."""
    return _english(
        "outgoing",
        "Copies of the ferry timetables of 1926",
        (
            "Thank you for your letter ref. HMH-2026/311.",
            (
                "We have found eleven timetables of that year. Photographs of all of them will "
                "reach you by the end of the month; there is no charge for museums."
            ),
        ),
    )


def repeated(today: date, *, is_chinese: bool) -> Letter:
    """Return a letter that comes first as a file and days later once more on paper."""
    if is_chinese:
        return _chinese(
            "shouwen",
            "关于开展档案库房消防设施检查的通知",
            "通知",
            (
                "为确保档案安全，定于本月下旬对全市档案库房的消防设施进行检查。",
                "检查内容包括气体灭火装置、烟感探测器、疏散通道和值班记录。",
                "各单位应当先行自查，发现问题立即整改，并于检查前将自查报告送我局。",
            ),
            sender="市消防救援支队",
            number=f"消发〔{today.year}〕64号",
        )
    return _english(
        "incoming",
        "Inspection of the sprinkler system in the strong rooms",
        (
            (
                "We shall inspect the sprinkler system of your strong rooms on the first Tuesday "
                "of next month, between eight and eleven in the morning."
            ),
            (
                "Please have the log of the last inspection ready, and see that all doors can be "
                "opened. Records on the upper shelves should be covered while the pumps are tested."
            ),
            "The report will reach you within ten days.",
        ),
        sender="Binjiang Fire Safety Services",
        number="BFS-4471",
    )


def scanned(today: date, *, is_chinese: bool) -> Letter:
    """Return a letter that comes on paper alone."""
    if is_chinese:
        return _chinese(
            "shouwen",
            "关于协助查找知青档案的函",
            "函",
            (
                "我单位退休职工周建国同志因办理工龄认定，需查找其一九六八年至一九七五年的知青档案。",
                "据本人回忆，档案当时存放于滨江县知青办公室，后移交贵馆。请协助查找，并出具证明。",
            ),
            sender="市第二纺织厂",
            number=f"纺函〔{today.year}〕9号",
        )
    return _english(
        "incoming",
        "Question about the deeds of Mill Lane 7",
        (
            (
                "My grandparents bought the house in Mill Lane 7 in 1938. The land register names "
                "a deed that was handed over to your archives after the flood of 1954."
            ),
            "Could you tell me whether it still exists, and how I can get a certified copy of it?",
        ),
        sender="Helene Brandt",
        number="HB-1",
    )


def stacked(today: date, *, is_chinese: bool) -> list[Letter]:
    """Return the letters of one post bag, scanned together."""
    if is_chinese:
        return [
            _chinese(
                "shouwen",
                title,
                kind,
                (body, "请按照要求办理，并及时反馈情况。"),
                sender=sender,
                number=number,
            )
            for title, kind, sender, number, body in (
                (
                    "关于报送档案工作年度计划的通知",
                    "通知",
                    "市委办公室",
                    f"滨办发〔{today.year}〕31号",
                    "请各单位于月底前报送下一年度档案工作计划，内容包括任务、进度和经费。",
                ),
                (
                    "关于借用会议室的函",
                    "函",
                    "市图书馆",
                    f"图函〔{today.year}〕12号",
                    "我馆拟于下周三举办古籍保护讲座，商请借用贵馆一号会议室半天。",
                ),
            )
        ]
    return [
        _english("incoming", title, body, sender=sender, number=number)
        for title, sender, number, body in (
            (
                "Invoice for shelving, second part",
                "Regal and Sons",
                "RS-9087",
                ("Please find below our invoice for forty metres of shelving, delivered in May.",),
            ),
            (
                "Return of borrowed volumes",
                "City Library",
                "CL-552",
                ("We return the three volumes that you lent us for the reading of last week.",),
            ),
        )
    ]


CONVERSATION = (
    Mail(
        "incoming",
        "Ines Duarte <ines.duarte@harbour-university.example>",
        "Registry <registry@example.org>",
        "Reading room for forty students",
        "We should like to bring forty students of history to your reading room in the second week "
        "of next month. Their topics and a plan of the week are attached.",
        attached=("Plan of the week.pdf", "Topics.xlsx"),
    ),
    Mail(
        "outgoing",
        "Anna Weber <registry@example.org>",
        "Ines Duarte <ines.duarte@harbour-university.example>",
        "Re: Reading room for forty students",
        "You are welcome. The reading room has twenty seats, so please come in two groups, on "
        "Tuesday and on Thursday. The rules of the house are attached.",
        follows=0,
        attached=("Rules of the reading room.pdf",),
    ),
    Mail(
        "incoming",
        "Ines Duarte <ines.duarte@harbour-university.example>",
        "Registry <registry@example.org>",
        "Re: Reading room for forty students",
        "Two groups suit us well. The names of both groups will follow a week before.",
        follows=1,
    ),
)


def _chinese(
    register: str,
    title: str,
    kind: str,
    body: Sequence[str],
    *,
    sender: str | None = None,
    number: str | None = None,
    to: str = "市档案馆",
) -> Letter:
    paragraphs = [f"　　{each}" for each in body]
    return Letter(
        register,
        title,
        sender,
        number,
        kind,
        "archives",
        "2.3",
        paragraphs,
        "docx",
        salutation=f"{to}：",
    )


def _english(
    register: str,
    title: str,
    body: Sequence[str],
    *,
    sender: str | None = None,
    number: str | None = None,
) -> Letter:
    paragraphs = ["Dear Sir or Madam,", *body]
    return Letter(register, title, sender, number, None, "archives", "2.3", paragraphs, "pdf")
