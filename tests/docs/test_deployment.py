"""The unit and the proxies of the documentation: systemd takes them, the cage works in there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.shell import ROOT

UNIT = ROOT / "docs" / "how-to" / "systemd.md"
PROXY = ROOT / "docs" / "how-to" / "behind-a-proxy.md"
DEMANDED = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "CapabilityBoundingSet=",
    "ProtectHome=yes",
)


def unit() -> str:
    found = re.search(r"```ini\n(.*?)```", UNIT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_unit_lets_nothing_be_written_outside_and_gives_no_rights() -> None:
    lines = unit().splitlines()
    assert [each for each in DEMANDED if each not in lines] == []
    writable = [each for each in lines if each.startswith("ReadWritePaths=")]
    assert writable == ["ReadWritePaths=/srv/chancery /etc/chancery"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="apt-get install systemd")
def test_systemd_knows_every_line_of_the_unit(tmp_path: Path) -> None:
    file = tmp_path / "chancery.service"
    started = re.search(r"^ExecStart=(\S+)", unit(), re.MULTILINE)
    assert started is not None
    file.write_text(unit().replace(started[1], sys.executable), encoding="utf-8")
    program = shutil.which("systemd-analyze")
    assert program is not None
    done = subprocess.run(
        [program, "verify", "--man=no", "--recursive-errors=no", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "chancery.service" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="apt-get install util-linux")
def test_the_cage_achieves_the_same_without_capabilities_and_without_new_privileges() -> None:
    ask = (
        "import json\n"
        "from search.reading import Cage\n"
        "with Cage() as cage:\n"
        "    print(json.dumps(cage.describe()))\n"
    )
    bare = [sys.executable, "-c", ask]
    as_in_the_unit = ["setpriv", "--no-new-privs", "--inh-caps=-all"]
    if os.getuid() == 0:
        # Only with this may root map its own name into a namespace; the unit's user needs nothing.
        as_in_the_unit += ["--bounding-set=-all,+setfcap"]
    told = [
        subprocess.run([*prefix, *bare], cwd=ROOT, capture_output=True, check=True).stdout
        for prefix in ([], [*as_in_the_unit, "--"])
    ]
    assert told[0] == told[1]


def test_the_proxies_set_who_is_asking_and_do_not_pass_on_what_is_claimed() -> None:
    text = PROXY.read_text(encoding="utf-8")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert "header_up X-Forwarded-For {remote_host}" in text
