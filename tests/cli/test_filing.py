"""`filing rebuild`: what was learned is made anew from the records."""

from pathlib import Path

from tests.cli.shell import answer, run


def test_filings_are_learned_from_anew(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "letters"
    folder.mkdir()
    lines = ["path,title,sender,class"]
    for place in range(8):
        (folder / f"{place}.txt").write_text(f"letter {place}", encoding="utf-8")
        sender, code = ("Treasury", "4.1") if place % 2 else ("Staff College", "3.4")
        lines.append(f"{place}.txt,Letter {place},{sender},{code}")
    manifest = tmp_path / "m.csv"
    manifest.write_text("\n".join(lines), encoding="utf-8")
    assert "too few" in run("filing", "rebuild", "--home", home).stdout
    run("import", folder, "--register", "incoming", "--manifest", manifest, "--home", home)
    assert answer("filing", "rebuild", "--home", home) == {"examples": 8}
    assert "Learned from 8 filings." in run("filing", "rebuild", "--home", home).stdout
