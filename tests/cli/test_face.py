"""`face`: reads a page face without an office, and says why it could not."""

from pathlib import Path

from records.classification.face import no_face
from tests.cli.shell import answer, refused, run
from tests.letters import letter

NOTICE = """滨海市水务局文件
滨水〔2024〕7号　　　　签发人：张三
滨海市水务局关于报送防汛总结的报告
市人民政府：
现将有关情况报告如下。
滨海市水务局
2024年4月30日
"""


def test_a_page_face_is_read_without_registering(tmp_path: Path) -> None:
    file, home = tmp_path / "报告.txt", tmp_path / "home"
    file.write_text(NOTICE, encoding="utf-8")
    face = answer("face", file, "--home", home)
    assert list(face) == list(no_face())
    assert face["document_number"]["value"] == "滨水〔2024〕7号"
    assert face["document_number"]["evidence"]["text"] == "滨水〔2024〕7号"
    assert face["kind"]["value"] == "报告"
    assert face["signer"]["value"] == "张三"
    assert face["printed_on"] is None
    assert not home.exists()


def test_places_come_with_pages(tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(
        letter(
            [["Acme Ltd", "Our ref: A/17", "3 May 2024", "Dear Sir,", "Re: The bridge", "Text."]]
        )
    )
    face = answer("face", file)
    reference = face["our_reference"]
    assert (reference["value"], reference["evidence"]["page"]) == ("A/17", 1)
    x0, y0, x1, y1 = reference["evidence"]["box"]
    assert 60 < x0 < x1 < 160
    assert 60 < y0 < y1 < 90
    assert face["title"]["value"] == "The bridge"


def test_people_get_a_table(tmp_path: Path) -> None:
    file = tmp_path / "报告.txt"
    file.write_text(NOTICE, encoding="utf-8")
    lines = run("face", file).stdout.splitlines()
    assert lines[0] == "document_number\t滨水〔2024〕7号\tfilled 0.98\tpage 1"
    assert len(lines) == 7
    empty = tmp_path / "empty.txt"
    empty.write_text("x")
    assert run("face", empty).stdout == "Nothing was found on the page face.\n"


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"%PDF-1.7\nbroken")
    done = run("face", file, "--json", status=1)
    assert "broken.pdf could not be read (damaged" in done.stderr
    assert "null" in done.stdout
    assert "does not exist" in refused("face", tmp_path / "nothing.pdf")
    assert "Missing argument" in refused("face")
