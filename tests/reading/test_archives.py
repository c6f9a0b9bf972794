"""Archives as they are made to harm or to hide: what comes out, what stays inside, and why."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import py7zr
import pytest

from search.reading import Cage, Limits, ReasonCode, Unpacked, UnreadableError

Make = Callable[[dict[str, bytes]], bytes]
FILES = {"收文/公文.txt": "关于港口的通知".encode(), "收文/two.bin": bytes(range(256)) * 40}


def seven_zip(
    files: dict[str, bytes], *, password: str | None = None, hide_names: bool = False
) -> bytes:
    packed = io.BytesIO()
    with py7zr.SevenZipFile(
        packed, "w", password=password, header_encryption=hide_names
    ) as archive:
        if password is None:
            archive.set_encoded_header_mode(False)
        for name, content in files.items():
            archive.writestr(content, name)
    return packed.getvalue()


def zip_file(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def unpack(cage: Cage, content: bytes, name: str) -> Unpacked:
    return cage.unpack([content], file_name=name, media_type="application/octet-stream")


def parts(found: Unpacked) -> dict[str, bytes]:
    return {each.name: bytes(each.data) for each in found.parts}


def refusal(cage: Cage, content: bytes, name: str) -> ReasonCode:
    with pytest.raises(UnreadableError) as refused:
        unpack(cage, content, name)
    return refused.value.reason.code


def test_a_solid_7z_gives_its_files_byte_for_byte(cage: Cage) -> None:
    found = unpack(cage, seven_zip(FILES), "all.7z")
    assert parts(found) == {Path(name).name: content for name, content in FILES.items()}
    assert found.left_out == []


@pytest.mark.parametrize("hide_names", [False, True])
def test_a_7z_with_a_password_stays_whole(cage: Cage, hide_names: bool) -> None:
    locked = seven_zip(FILES, password="secret", hide_names=hide_names)
    assert refusal(cage, locked, "all.7z") is ReasonCode.ENCRYPTED
    reading = cage.read([locked], file_name="all.7z", media_type="")
    assert reading.outcome == "failed"
    assert reading.reason is not None
    assert reading.reason.code is ReasonCode.ENCRYPTED


@pytest.mark.parametrize(("make", "name"), [(seven_zip, "all.7z"), (zip_file, "all.zip")])
def test_an_archive_that_unpacks_to_far_more_stays_whole(make: Make, name: str) -> None:
    content = make({"zeros.bin": bytes(4 << 20)})
    assert len(content) < 20_000
    with Cage(Limits(unpack_free_bytes=1 << 20)) as strict:
        assert refusal(strict, content, name) is ReasonCode.BOMB


@pytest.mark.parametrize(("make", "name"), [(seven_zip, "all.7z"), (zip_file, "all.zip")])
def test_an_archive_with_too_many_members_stays_whole(make: Make, name: str) -> None:
    content = make({f"{number}.txt": b"x" for number in range(30)})
    with Cage(Limits(entries=20)) as strict:
        assert refusal(strict, content, name) is ReasonCode.BOMB
    with Cage(Limits(parts=20)) as few:
        found = unpack(few, content, name)
        assert len(found.parts) == 20
        assert [reason for _, reason in found.left_out] == ["too_many"] * 10


def test_a_bomb_in_an_archive_is_one_of_its_files_and_no_more(cage: Cage) -> None:
    inner = zip_file({"zeros.bin": bytes(40 << 20)})
    for outer in (zip_file({"in.zip": inner}), seven_zip({"in.zip": inner})):
        found = parts(unpack(cage, outer, "outer"))
        assert found == {"in.zip": inner}
    assert refusal(cage, inner, "in.zip") is ReasonCode.BOMB


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "..\\..\\passwd"])
@pytest.mark.parametrize(("make", "kind"), [(seven_zip, "7z"), (zip_file, "zip")])
def test_a_name_that_points_elsewhere_is_a_name_alone(
    cage: Cage, make: Make, kind: str, name: str
) -> None:
    harmless = "x" * len(name)
    if kind == "7z":
        old, new = (each.encode("utf-16-le") for each in (harmless, name))
        content = make({harmless: b"root", "good.txt": b"good"})
        content = _with_header(content, lambda header: header.replace(old, new))
    else:
        content = make({name: b"root", "good.txt": b"good"})
    found = unpack(cage, content, f"all.{kind}")
    assert parts(found) == {"passwd": b"root", "good.txt": b"good"}


def test_files_of_the_same_name_all_come_out_of_a_7z(cage: Cage) -> None:
    found = unpack(cage, seven_zip({"a/one.txt": b"first", "b/one.txt": b"second"}), "all.7z")
    assert parts(found) == {"one.txt": b"first", "one (2).txt": b"second"}


def test_links_in_archives_stay_inside(cage: Cage, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_bytes(b"good")
    (tmp_path / "link").symlink_to("/etc/passwd")
    packed = io.BytesIO()
    with py7zr.SevenZipFile(packed, "w") as archive:
        archive.writeall(tmp_path, "in")
    linked = zipfile.ZipInfo("link")
    linked.create_system, linked.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as other:
        other.writestr("good.txt", b"good")
        other.writestr(linked, b"/etc/passwd")
    for content in (packed.getvalue(), zipped.getvalue()):
        found = unpack(cage, content, "all")
        assert parts(found) == {"good.txt": b"good"}
        assert found.left_out == [("link", "link")]


def test_a_7z_that_asks_for_a_huge_dictionary_is_refused_and_harms_nobody() -> None:
    packed = io.BytesIO()
    filters = [{"id": py7zr.FILTER_LZMA2, "preset": 1, "dict_size": 1 << 16}]
    with py7zr.SevenZipFile(packed, "w", filters=filters) as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(bytes(1000), "zeros.bin")
    # The coder LZMA2, one byte of properties: the dictionary grows from 64 KiB to 4 GiB.
    huge = _with_header(packed.getvalue(), lambda header: header.replace(
        b"\x21\x21\x01\x08", b"\x21\x21\x01\x28"))  # fmt: skip
    assert huge != packed.getvalue()
    with Cage() as cage:
        assert refusal(cage, huge, "huge.7z") in (ReasonCode.OUT_OF_MEMORY, ReasonCode.DAMAGED)
        assert parts(unpack(cage, seven_zip(FILES), "all.7z"))


def _with_header(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the header at the end of a 7z, and the sums over it at the start."""
    offset, length = struct.unpack_from("<QQ", content, 12)
    begin = 32 + offset
    header = change(content[begin : begin + length])
    start = struct.pack("<QQI", offset, len(header), zlib.crc32(header))
    head = content[:8] + struct.pack("<I", zlib.crc32(start)) + start
    return head + content[32:begin] + header
