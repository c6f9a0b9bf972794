import sqlite3
from pathlib import Path

import pytest

from tests.cli.shell import answer, refused, run


def test_an_empty_home_becomes_an_office_with_a_link_for_the_first_administrator(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    said = run("init", "--home", home, "--language", "zh_CN", bind="127.0.0.1:9009").stdout
    assert "http://localhost:9009/welcome/" in said
    names = [each["pattern"] for each in answer("register", "list", "--home", home)]
    assert "收〔{year}〕{number}号" in names
    assert answer("verify", "--home", home)["ok"] is True


def test_nobody_else_on_the_machine_reads_what_the_commands_write(tmp_path: Path) -> None:
    home, letter, target = tmp_path / "home", tmp_path / "letter.txt", tmp_path / "export"
    home.mkdir(mode=0o755)  # as an administrator makes it, before the first start
    letter.write_text("Dear Sir")
    run("user", "add", "anna", "--role", "clerk", "--home", home)
    files = ("--register", "incoming", "--as", "anna", "--wait")
    run("import", letter, *files, "--home", home)
    run("export", target, "--home", home)
    made = [each for folder in (home, target) for each in folder.rglob("*")]
    assert (home / "index").exists()
    assert [each for each in made if each.stat().st_mode & 0o077] == []


def test_a_person_added_to_an_empty_home_can_sign_in(tmp_path: Path) -> None:
    from records.office import open_office
    from records.people.signing_in import verify_password
    from tests.offices import office_config

    home = tmp_path / "home"
    made = answer("user", "add", "Anna", "--role", "clerk", "--role", "staff", "--home", home)
    office = open_office(office_config(home))
    with office.database.reading() as uow:
        user = verify_password(uow, login="anna", password=made["password"], address="127.0.0.1")
        assert user.password_is_temporary
    office.close()
    assert "taken" in refused("user", "add", "anna", "--role", "clerk", "--home", home)
    assert answer("token", "add", "anna", "--expires", "3", "--home", home)["token"]
    run("user", "disable", "anna", "--home", home)
    assert answer("user", "list", "--home", home)[0]["disabled"] is True
    assert "closed" in refused("token", "add", "anna", "--home", home)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"searchurl": "whoosh:"}, "nearest known one is CHANCERY_SEARCH_URL"),
        ({"secret_key": "secret"}, "at least 32 random characters"),
        ({"database_url": "nonsense"}, "CHANCERY_DATABASE_URL is not the address"),
        ({"database_url": "mysql://x"}, "CHANCERY_DATABASE_URL is not the address of a database"),
        ({"search_url": "elastic:"}, "CHANCERY_SEARCH_URL is not the address of a search engine"),
        ({"bind": "nonsense"}, "CHANCERY_BIND is a host and a port"),
        ({"public_url": "nonsense"}, "CHANCERY_PUBLIC_URL is an address"),
        ({"secret_key": "please-change-me-please-1234567890"}, "too plain or known"),
        ({"time_zone": "Mars/Olympus"}, "there is no time zone Mars/Olympus"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    sentence = refused("init", "--home", tmp_path / "home", **settings)
    assert said in sentence
    assert len(sentence.splitlines()) == 1


def test_a_reading_command_refuses_an_empty_home_and_an_old_schema(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert "Run chancery init" in refused("user", "list", "--home", home)
    assert not home.exists()
    run("init", "--home", home)
    with sqlite3.connect(home / "chancery.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    assert "another version" in refused("user", "list", "--home", home)
    assert "does not know (0000)" in refused("token", "add", "x", "--home", home)


def test_the_doctor_names_what_helps_and_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found = {each["name"]: each for each in answer("doctor", "--home", home)}
    assert found["Database"]["state"] == "missing"
    assert found["Database"]["mend"] == "chancery init"
    assert not home.exists()
    broken = answer(
        "doctor", "--home", home, status=1,
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
    )  # fmt: skip
    assert {each["name"]: each["state"] for each in broken}["Database"] == "missing"


def test_the_doctor_says_where_rights_address_and_proxy_do_not_fit(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run("init", "--home", home)
    fine = {each["name"]: each["state"] for each in answer("doctor", "--home", home)}
    assert (fine["Address"], fine["Proxy"], fine["Clock"]) == ("ok", "ok", "ok")
    assert "Rights" not in fine
    home.chmod(0o755)
    told = answer("doctor", "--home", home, public_url="https://a.example", bind="0.0.0.0:80")
    found = {each["name"]: each for each in told}
    assert found["Rights"]["mend"] == f"chmod 700 {home}"
    assert found["Address"]["state"] == "ok"
    assert "CHANCERY_TRUSTED_PROXIES" in found["Proxy"]["mend"]
    told = answer("doctor", "--home", home, public_url="http://a.example", bind="0.0.0.0:80")
    found = {each["name"]: each for each in told}
    assert "clear" in found["Address"]["text"]
    assert "CHANCERY_BIND" in found["Proxy"]["mend"]


def test_a_lost_factor_is_taken_away_from_a_shell(tmp_path: Path) -> None:
    from base64 import b32decode

    from records.office import open_office
    from records.people import second_factor as factors
    from records.people.actors import actor_by_login
    from tests.offices import office_config

    home = tmp_path / "home"
    run("user", "add", "anna", "--role", "system_admin", "--home", home)
    refused("user", "reset-factor", "anna", "--home", home)
    office = open_office(office_config(home))
    with office.database.writing() as uow:
        anna = actor_by_login(uow, "anna")
        secret = b32decode(factors.begin_factor(uow, office.vault, anna))
    with office.database.writing() as uow:
        code = factors.code_at(secret, factors.step_of(uow.now))
        factors.confirm_factor(uow, office.vault, anna, code=code)
    office.close()
    said = run("user", "reset-factor", "anna", "--reason", "phone lost", "--home", home).stdout
    assert "anna signs in by password alone." in said
    office = open_office(office_config(home))
    with office.database.reading() as uow:
        assert anna.user_id is not None
        assert not factors.has_factor(uow, anna.user_id)
    office.close()
    assert answer("verify", "--home", home)["ok"] is True
