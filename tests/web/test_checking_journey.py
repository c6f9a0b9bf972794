"""A clerk's day: a hundred documents checked without touching the mouse, and the time it takes."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, expect

from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from tests import builders
from tests.browser import DESKTOP, PHONE, fits, new_page, press, serve, sign_in
from tests.letters import letter
from tests.typeset import has_font, official_pdf
from tests.web.visitor import document

pytestmark = pytest.mark.browser

COUNT = 100
UNDONE_AFTER = 50
FILED_AT = 70
# What a document may take of the machine; people add the time that they look.
MOST_SECONDS = 3.0
SIZE: ViewportSize = {"width": DESKTOP[0], "height": DESKTOP[1]}
GUARD_MS = 400


@dataclass(frozen=True)
class Piece:
    """A document that came in, and what it has to say once it is checked.

    Attributes:
        typed: What the page does not say, typed into the field that asks for a look.
    """

    name: str
    content: bytes
    values: dict[str, str]
    typed: str | None = None


# Words of no language, so that no two documents are taken for the same.
_CHARACTERS = "山川河海田林石沙云雨风雪松柏桃李梅兰竹菊春夏秋冬晨昏晴阴寒暑金银铜铁珠玉丝绸茶酒"
_SYLLABLES = ("lo", "ra", "mi", "ten", "dor", "vas", "kel", "un", "por", "fi", "gan", "sel")


def _sentences(number: int) -> str:
    dice = random.Random(number)  # noqa: S311 - nothing secret
    return "".join("".join(dice.choices(_CHARACTERS, k=24)) + "。" for _ in range(4))


def _english_sentences(number: int) -> list[str]:
    dice = random.Random(number)  # noqa: S311 - nothing secret
    words = [["".join(dice.choices(_SYLLABLES, k=3)) for _ in range(8)] for _ in range(6)]
    return [f"The {' '.join(each)}." for each in words]


def _official(number: int) -> Piece:
    title = f"滨海市水务局关于做好第{number}号闸防汛工作的通知"
    # Every fifth lost the last sign of its number in a copy: it is offered, not filled in.
    printed = f"滨水[2026] {number}" if number % 5 == 0 else f"滨水〔2026〕{number}号"
    content = official_pdf(
        head="滨海市水务局文件",
        number=printed,
        title=[title[:10], title[10:]],
        addressee="各科室、各闸站：",
        text=[_sentences(number), "滨海市水务局", "2026年3月14日"],
    )
    values = {
        "title": title,
        "sender": "滨海市水务局",
        "document_number": f"滨水〔2026〕{number}号",
        "written_on": "2026-03-14",
        "kind": "通知",
    }
    return Piece(f"扫描{number:03}.pdf", content, values)


def _letter(number: int) -> Piece:
    lines = [
        *("Northern Mills Ltd.", "12 Harbour Road, Riverton", ""),
        *(f"Our ref: NM/2026/{number:03}", "Date: 14 March 2026", "", "To: The Registry", ""),
        *(f"Subject: Repair of the dyke at lock {number}", "", "Dear Sir or Madam,", ""),
        *(*_english_sentences(number), "", "Yours faithfully,", ""),
        *("Anna Berg", "Northern Mills Ltd."),
    ]
    values = {
        "title": f"Repair of the dyke at lock {number}",
        "sender": "Northern Mills Ltd.",
        "document_number": f"NM/2026/{number:03}",
        "addressee": "The Registry",
        "written_on": "2026-03-14",
    }
    return Piece(f"letter {number}.pdf", letter([lines]), values)


def _mail(number: int) -> Piece:
    head = (
        "From: Li Wei <li.wei@example.org>\r\nTo: registry@example.org\r\n"
        f"Subject: Report on lock {number}\r\nDate: Sat, 14 Mar 2026 10:00:00 +0800\r\n"
        f"Message-ID: <{number}@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    content = head + "\r\n".join([f"My report on lock {number}.", *_english_sentences(number)])
    values = {
        "title": f"Report on lock {number}",
        "sender": "Li Wei <li.wei@example.org>",
        "written_on": "2026-03-14",
    }
    return Piece(f"mail {number}.eml", content.encode(), values)


def _note(number: int) -> Piece:
    """Nothing that a face would have: its title and sender are typed."""
    values = {"title": f"note {number}", "sender": "The mill"}
    return Piece(f"note {number}.txt", b"water %d cm" % number, values, typed="The mill")


MADE: tuple[Callable[[int], Piece], ...] = (
    *(_official, _letter, _official, _mail, _official, _letter),
    *(_official, _mail, _official, _note),
)


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")


@pytest.fixture
def address(app: Flask, holder: Actor) -> Iterator[str]:  # noqa: ARG001
    with serve(app) as running:
        yield running


def _register(office: Office, holder: Actor, pieces: list[Piece]) -> list[Document]:
    made = [
        builders.register(office, holder, _stem(each.name), files=[(each.name, each.content)])
        for each in pieces
    ]
    with Worker(office) as worker:
        worker.run_until_idle()
    return made


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _sign_in(page: Page, address: str) -> None:
    sign_in(page, address, "chen", to="/registration")
    page.locator("[data-drop].live").wait_for()


def _seen(page: Page, made: Document) -> None:
    """Wait until a document is in sight: its fields and the first of its pages."""
    page.wait_for_url(f"**/registration/check/{made.id}*")
    page.locator("[data-queue][data-live]").wait_for()
    page.locator(".leaf img, .plain-text").first.wait_for()
    page.wait_for_timeout(GUARD_MS)


def _check(page: Page, piece: Piece) -> int:
    """Confirm the document in sight; return how many keys that took."""
    before, keys = page.url, 0
    while True:
        if piece.typed and page.evaluate("document.activeElement.id") == "sender":
            page.keyboard.type(piece.typed)
            keys += len(piece.typed)
        # The button names the key that presses it now.
        confirms = page.locator("[data-confirm] kbd").text_content() == "⏎"
        press(page, "Enter")
        keys += 1
        if confirms:
            break
        assert keys < 20
    page.wait_for_url(lambda url: url != before)
    return keys


def _values(office: Office, made: Document) -> dict[str, str]:
    now = document(office, made.id)
    names = ("title", "sender", "document_number", "addressee", "written_on", "kind")
    return {name: str(getattr(now, name) or "") for name in names}


@pytest.mark.skipif(not has_font(), reason="apt-get install fonts-noto-cjk")
def test_a_hundred_documents_are_checked_without_a_mouse(
    browser: Browser,
    office: Office,
    holder: Actor,
    address: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pieces = [MADE[each % len(MADE)](each + 1) for each in range(COUNT)]
    made = _register(office, holder, pieces)
    keys: list[int] = []
    # A page whose console may tell of forms that were refused.
    with browser.new_context(viewport=SIZE, locale="en", reduced_motion="reduce") as context:
        page = context.new_page()
        _sign_in(page, address)
        press(page, "g")
        press(page, "c")
        began = time.monotonic()
        for each in range(COUNT):
            _seen(page, made[each])
            expect(page.locator(".check-position")).to_have_text(f"{each + 1} of {COUNT}")
            if each == UNDONE_AFTER:
                _undo_and_check_again(page, office, made, pieces, each)
            if each == FILED_AT:
                keys.append(_file(page))
            else:
                keys.append(_check(page, pieces[each]))
        page.wait_for_url("**/registration")
        seconds = (time.monotonic() - began) / COUNT
        expect(page.locator("#toasts")).to_contain_text("Everything is checked.")
    for piece, one in zip(pieces, made, strict=True):
        assert _values(office, one).items() >= piece.values.items(), piece.name
    states = [document(office, one.id).state for one in made]
    assert states.count("checked") == COUNT - 1
    assert states[FILED_AT] == "filed"
    one_key = sum(count == 1 for count in keys)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{COUNT} documents checked by keyboard: {seconds:.2f} s each, of which "
            f"{GUARD_MS / 1000:.1f} s to look; {one_key} by one key, {sum(keys)} keys in all"
        )
    # All but the numbers that were misread, the notes that say nothing, and the one that is filed.
    assert one_key >= COUNT - COUNT // 5 - COUNT // 10 - 1
    assert seconds < MOST_SECONDS


def _undo_and_check_again(
    page: Page, office: Office, made: list[Document], pieces: list[Piece], each: int
) -> None:
    """Take the last confirmation back by the keyboard, and give it again."""
    before = made[each - 1]
    assert document(office, before.id).state == "checked"
    press(page, "Control+z")
    _seen(page, before)
    undone = document(office, before.id)
    assert (undone.state, undone.title) == ("registered", before.title)
    _check(page, pieces[each - 1])
    _seen(page, made[each])


def _file(page: Page) -> int:
    """File with nothing known of the class, and put right what is missing, all by keys."""
    before = page.url
    for field, typed in (("class", "1.1"), ("unit", "office")):
        with page.expect_response(lambda answer: answer.status == 422):
            press(page, "Control+Shift+Enter")
        page.locator(f"#{field}_text[aria-invalid]").wait_for()
        expect(page.locator(f"#{field}_text")).to_be_focused()
        page.keyboard.type(typed)
        page.locator(f"#{field}_text_list [role=option]").first.wait_for()
        press(page, "Enter")
    press(page, "Control+Shift+Enter")
    page.wait_for_url(lambda url: url != before)
    return 14


def test_the_place_of_a_value_is_outlined_while_its_field_has_the_focus(
    browser: Browser, office: Office, holder: Actor, address: str
) -> None:
    (made,) = _register(office, holder, [_letter(7)])
    with new_page(browser) as page:
        _sign_in(page, address)
        page.goto(f"{address}/registration/check/{made.id}")
        for field, line in (("title", "Subject"), ("sender", "Northern"), ("written_on", "Date")):
            page.locator(f"#{field}").focus()
            frame, words = page.locator(".evidence"), page.locator(".leaf-text span", has_text=line)
            expect(frame).to_have_count(1)
            box, said = frame.bounding_box(), words.first.bounding_box()
            assert box is not None
            assert said is not None
            assert box["y"] - 4 <= said["y"] + said["height"] / 2 <= box["y"] + box["height"] + 4
        page.locator("#remarks").focus()
        expect(page.locator(".evidence")).to_have_count(0)


def test_words_without_a_place_are_marked_in_the_text(
    browser: Browser, office: Office, holder: Actor, address: str
) -> None:
    (made,) = _register(office, holder, [_mail(3)])
    with new_page(browser) as page:
        _sign_in(page, address)
        page.goto(f"{address}/registration/check/{made.id}")
        page.locator("#written_on").focus()
        expect(page.locator(".field:focus-within .says")).to_be_visible()
        page.locator("#title").focus()
        marked = "[...(CSS.highlights.get('evidence') ?? [])].map(String)"
        page.wait_for_function(f"({marked}).length > 0")
        assert page.evaluate(marked) == ["Report on lock 3"]


def test_a_page_that_was_opened_too_early_fills_itself_and_keeps_what_was_typed(
    browser: Browser, office: Office, holder: Actor, address: str
) -> None:
    piece = _letter(9)
    made = builders.register(office, holder, "letter 9", files=[(piece.name, piece.content)])
    with new_page(browser) as page:
        _sign_in(page, address)
        page.goto(f"{address}/registration/check/{made.id}")
        expect(page.locator("[data-being-read]")).to_be_visible()
        page.fill("#remarks", "by hand")
        page.fill("#addressee", "Mrs Sun")
        reader = threading.Thread(target=_read, args=(office,))
        reader.start()
        expect(page.locator("#title")).to_have_value(piece.values["title"], timeout=15_000)
        reader.join()
        expect(page.locator("#sender")).to_have_value("Northern Mills Ltd.")
        expect(page.locator("#addressee")).to_have_value("Mrs Sun")
        expect(page.locator("#remarks")).to_have_value("by hand")
        expect(page.locator("[data-being-read]")).to_have_count(0)


def _read(office: Office) -> None:
    with Worker(office) as worker:
        worker.run_until_idle()


def test_keys_go_back_and_forth_and_a_take_is_taken_back(
    browser: Browser, office: Office, holder: Actor, address: str
) -> None:
    first, second = _register(office, holder, [_official(5), _letter(6)])
    with new_page(browser) as page:
        _sign_in(page, address)
        page.goto(f"{address}/registration/check/{first.id}")
        number = page.locator("#document_number")
        expect(number).to_be_focused()
        expect(number).to_have_value("")
        press(page, "Alt+ArrowRight")
        _seen(page, second)
        press(page, "Alt+ArrowLeft")
        _seen(page, first)
        page.locator(".is-offered [data-take]").click()
        expect(number).to_have_value("滨水〔2026〕5号")
        press(page, "Control+z")
        expect(number).to_have_value("")
        press(page, "Enter")
        page.wait_for_url(f"**/{second.id}*")
        assert document(office, first.id).document_number == "滨水〔2026〕5号"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_on_a_phone_the_page_stands_above_the_fields(
    browser: Browser, office: Office, holder: Actor, address: str, language: str
) -> None:
    first, second = _register(office, holder, [_letter(1), _letter(2)])
    with new_page(browser, size=PHONE, language=language) as page:
        _sign_in(page, address)
        page.goto(f"{address}/registration/check/{first.id}")
        pages, fields = (
            page.locator(".viewer").bounding_box(),
            page.locator("#title").bounding_box(),
        )
        assert pages is not None
        assert fields is not None
        assert pages["y"] + pages["height"] <= fields["y"]
        fits(page)
        expect(page.locator("[data-confirm]")).to_be_in_viewport()
        page.locator("[data-confirm]").tap()
        page.wait_for_url(f"**/{second.id}*")
        page.locator(".toast-undo").tap()
        page.wait_for_url(f"**/{first.id}*")
        assert document(office, first.id).state == "registered"


def test_what_may_be_registered_already_is_compared_before_it_is_confirmed(
    browser: Browser, office: Office, holder: Actor, address: str
) -> None:
    piece = _letter(4)
    first, second = _register(office, holder, [piece, piece])
    with new_page(browser) as page:
        _sign_in(page, address)
        page.goto(f"{address}/registration/check/{first.id}")
        expect(page.locator(".compare")).to_have_count(1)
        expect(page.locator("#title")).to_be_focused()
        page.goto(f"{address}/registration/check/{second.id}")
        expect(page.locator(".compare")).to_be_focused()
        expect(page.locator("[data-confirm] kbd")).to_have_text("Ctrl ⏎")
        press(page, "Enter")
        page.wait_for_url(f"**/documents/{second.id}/compare/{first.id}?checking=0")
        page.get_by_role("button", name="Keep both").click()
        page.wait_for_url(f"**/registration/check/{second.id}?done=0")
        # Compared once, it goes on as any other.
        expect(page.locator("#title")).to_be_focused()
