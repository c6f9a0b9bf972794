"""LibreOffice, when it is there: office files to PDF, without macros, network or traces."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from search.reading.model import ReasonCode

if TYPE_CHECKING:
    from search.reading.source import Source

LEGACY_TYPES = frozenset(
    {
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        "application/vnd.ms-visio.drawing",
        "application/vnd.ms-works",
    }
)
_PROGRAMS = ("soffice", "libreoffice")
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
</item></oor:items>
"""


@cache
def program() -> str | None:
    """Return the path of LibreOffice, if it is installed."""
    search_path = "/usr/local/bin:/usr/bin:/bin:/opt/libreoffice/program:/snap/bin"
    return next(
        (found for name in _PROGRAMS if (found := shutil.which(name, path=search_path))), None
    )


def office_available() -> bool:
    """Tell whether office files can be shown as pages."""
    return program() is not None


def convert(source: "Source", folder: Path) -> bytes:
    """Return a file as PDF; runs in the cage, with `folder` in private memory.

    Raises:
        RefusedError: LibreOffice is missing or makes nothing of the file.
    """
    from search.reading.source import RefusedError

    office = program()
    if office is None:
        raise RefusedError(ReasonCode.UNSUPPORTED, "LibreOffice is not installed")
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_SETTINGS)
    suffix = source.suffix if source.suffix.isalnum() else "bin"
    document = folder / f"document.{suffix}"
    document.write_bytes(source.data)
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{folder}/profile",
            *("--headless", "--norestore", "--nologo", "--nodefault", "--convert-to", "pdf"),
            *("--outdir", str(folder), str(document)),
        ],
        env={
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
        },
        check=False,
    )
    result = folder / "document.pdf"
    if not result.is_file():
        raise RefusedError(ReasonCode.DAMAGED, "LibreOffice makes nothing of it")
    return result.read_bytes()
