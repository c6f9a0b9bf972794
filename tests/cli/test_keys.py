from pathlib import Path

from tests.cli.shell import answer, refused, run


def test_keys_are_listed_rotated_and_everything_opens_afterwards(tmp_path: Path) -> None:
    home, paper = tmp_path / "home", tmp_path / "a.txt"
    paper.write_text("a paper")
    run("import", paper, "--register", "incoming", "--home", home)
    (first,) = answer("keys", "list", "--home", home)
    assert first["current"]
    assert first["wraps"] >= 1
    done = answer("keys", "rotate", "--home", home)
    assert (done["unopened"], done["rewrapped"]) == ([], first["wraps"])
    earlier, current = answer("keys", "list", "--home", home)
    assert (earlier["id"], earlier["wraps"], earlier["current"]) == (first["id"], 0, False)
    assert (current["id"], current["wraps"]) == (done["key"], first["wraps"])
    assert answer("verify", "--home", home)["ok"]
    said = refused("keys", "forget", current["id"], "--yes", "--home", home)
    assert "current master key" in said
    assert "a day after" in refused("keys", "forget", earlier["id"], "--yes", "--home", home)
    assert answer("keys", "rewrap", "--home", home)["rewrapped"] == 0


def test_a_lost_key_file_is_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    home, paper = tmp_path / "home", tmp_path / "a.txt"
    paper.write_text("a paper")
    run("import", paper, "--register", "incoming", "--home", home)
    keys, safe = home / "keys" / "master.json", tmp_path / "safe.json"
    keys.rename(safe)
    paper.write_text("another paper")
    said = refused("import", paper, "--register", "incoming", "--home", home)
    assert "no key file" in said
    assert not keys.exists()
    safe.rename(keys)
    assert answer("verify", "--home", home)["ok"]
