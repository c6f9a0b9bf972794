"""Labelled filings for `benchmarks.filing`: articles of Chinese laws, and made English letters."""

import json
import random
import re
from collections import defaultdict
from pathlib import Path
from uuid import UUID

from records.filing.rules import Facts

Sample = tuple[Facts, str]
REGISTER = UUID(int=1)
_ARTICLE = re.compile(r"(.+?)第[一二三四五六七八九十百千零〇]+条(之.)?$")
_SHORT = re.compile(r"^(?:中华人民共和国|最高人民法院关于适用)")
# Matters that several of the largest laws regulate, some in the very same words (a rule and its
# trial version, a code and its interpretation): an office has one class for them. The largest law
# of each is taken.
_SAME_MATTER = {
    "刑事诉讼": "criminal procedure",
    "刑事案件": "criminal procedure",
    "民事诉讼": "civil procedure",
    "民法典": "civil law",
    "担保": "civil law",
}

# Sentences by class: what such letters speak of.
_ENGLISH = {
    "personnel": [
        "The probation period of the new colleague ends in June",
        "She applies for parental leave from the first of the month",
        "The panel interviewed four applicants for the vacant post",
        "His contract of employment is extended by two years",
        "The staff appraisal forms are due before the holidays",
        "The pension fund asks for proof of earlier service",
        "A reference is requested for a former member of staff",
        "The post of senior analyst will be advertised",
    ],
    "budget": [
        "The forecast for the third quarter exceeds the appropriation",
        "Unspent funds are carried over to the next financial year",
        "The audit of the annual accounts found no material error",
        "Please confirm the cost centre to which this is charged",
        "The reserve may be drawn on with the consent of the board",
        "The finance committee approved the revised estimates",
        "Expenditure on heating rose by nine per cent",
        "The grant will be paid in two instalments",
    ],
    "procurement": [
        "Three bids were received before the closing date of the tender",
        "The contract is awarded to the supplier with the lowest price",
        "The invoice does not agree with the purchase order",
        "Delivery of the furniture is expected within six weeks",
        "The framework agreement with the supplier expires",
        "Samples of the paper were tested before acceptance",
        "The tenderer asks for clarification of lot four",
        "Penalties for late delivery are waived",
    ],
    "buildings": [
        "The lift in the north wing is out of service",
        "Water came through the roof of the archive",
        "The landlord announces works on the facade",
        "The lease of the second floor is renewed",
        "The heating plant must be inspected before winter",
        "New locks are fitted to the doors of the basement",
        "The car park will be closed for resurfacing",
        "Asbestos was found in the ceiling panels",
    ],
    "computers": [
        "The mail server was moved to the new data centre",
        "Users report that they cannot log in after the update",
        "The licence covers two hundred workstations",
        "A backup of the database could not be restored",
        "The firewall blocks the connection of the branch office",
        "The laptops of the field staff are to be encrypted",
        "A vulnerability in the web software was patched",
        "The help desk closed ninety tickets this week",
    ],
    "law suits": [
        "The court has fixed the hearing for the tenth of May",
        "The claimant seeks damages for breach of contract",
        "Our counsel advises to settle the dispute",
        "The judgment may be appealed within one month",
        "The witness statement is enclosed with the brief",
        "The power of attorney must be certified by a notary",
        "The defendant denies liability",
        "Service of the writ is acknowledged",
    ],
    "training": [
        "The course on report writing is fully booked",
        "Participants receive a certificate after the examination",
        "The trainer sends the handouts for the workshop",
        "Two places remain in the language class",
        "The seminar on first aid takes place in the canteen",
        "Evaluation sheets of the summer school are attached",
        "The curriculum of the apprentices was revised",
        "An e-learning module replaces the lecture",
    ],
    "travel": [
        "The delegation arrives at the airport on Sunday evening",
        "The hotel confirms eleven single rooms",
        "The visa application needs a letter of invitation",
        "Mileage is refunded at the usual rate",
        "The train to the conference leaves at seven",
        "The itinerary of the minister was changed",
        "Per diem for three days is requested",
        "The boarding passes are sent by mail",
    ],
    "safety": [
        "The fire drill showed that two exits were blocked",
        "An accident in the workshop was reported to the inspectorate",
        "Protective helmets must be worn on the site",
        "The first aid boxes were found incomplete",
        "The risk assessment of the laboratory is out of date",
        "Extinguishers are to be replaced every ten years",
        "The evacuation plan hangs beside each staircase",
        "Noise in the printing room is above the limit",
    ],
    "press": [
        "A journalist asks for an interview with the director",
        "The press release is embargoed until noon",
        "Photographs of the opening may be published",
        "The newspaper printed a correction of its report",
        "The exhibition attracted two thousand visitors",
        "The brochure is reprinted with a new cover",
        "The broadcast of the ceremony begins at eight",
        "The annual report goes to the designer",
    ],
}
_COMMON = [
    "We refer to your letter of last week",
    "Please let us have your comments by the end of the month",
    "Further to our conversation on the telephone",
    "The matter was discussed at the last meeting",
    "We should be grateful for an early reply",
    "A copy is sent to the head of the department",
    "Do not hesitate to contact the undersigned",
    "The documents are enclosed in duplicate",
    "We apologise for the delay in answering",
    "As agreed the file is returned herewith",
    "This supersedes our message of the third",
    "Kindly acknowledge receipt of this letter",
]
_SENDERS = (
    *("Miller & Sons", "Ministry of Works", "City Council", "Northern Branch", "Data House Ltd"),
    *("Hall Associates", "Regional Office", "The Treasury", "Institute of Standards", "J. Okafor"),
)


def chinese(corpus: Path, classes: int) -> list[Sample]:
    """Return articles of the largest laws on different matters, each without the law's name."""
    by_law: dict[str, list[str]] = defaultdict(list)
    for line in corpus.read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        if named := _ARTICLE.match(article["name"]):
            by_law[named[1]].append(article["text"])
    chosen: dict[str, str] = {}
    for law in sorted(by_law, key=lambda each: -len(by_law[each])):
        chosen.setdefault(_matter(law), law)
    return [
        (Facts(REGISTER, text=_without(law, text)), law)
        for law in list(chosen.values())[:classes]
        for text in by_law[law]
    ]


def english(count: int, seed: int) -> list[Sample]:
    """Return letters that speak of their own class, of another one in passing, and of nothing.

    A sender writes mostly, but not only, about its own matter.
    """
    chance = random.Random(seed)
    return [_letter(chance, list(_ENGLISH)[place % len(_ENGLISH)]) for place in range(count)]


def _letter(chance: random.Random, label: str) -> Sample:
    other = chance.choice([each for each in _ENGLISH if each != label])
    lines = [
        *chance.sample(_ENGLISH[label], 2),
        chance.choice(_ENGLISH[other]),
        *chance.sample(_COMMON, 4),
    ]
    chance.shuffle(lines)
    own = list(_ENGLISH).index(label)
    sender = _SENDERS[own] if chance.random() < 0.5 else chance.choice(_SENDERS)
    return Facts(REGISTER, title="Letter", sender=sender, text=". ".join(lines)), label


def _matter(law: str) -> str:
    return next((_SAME_MATTER[each] for each in _SAME_MATTER if each in law), law)


def _without(law: str, text: str) -> str:
    short = _SHORT.sub("", law)
    return text.replace(law, "").replace(short, "").replace(short.strip("《》"), "")
