"""ZIP-based formats, opened with an eye on bombs before and while they unpack."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from lxml import etree

from search.reading.active import ACTIVE, EXTERNAL, MACROS, has_macros, loads_content
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source

_CORE = {
    "title": "title",
    "creator": "author",
    "subject": "subject",
    "keywords": "keywords",
    "keyword": "keywords",
    "created": "created",
    "creation-date": "created",
    "modified": "modified",
    "date": "modified",
    "generator": "producer",
    "Application": "producer",
    "initial-creator": "author",
}
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MOST_RELATED = 200


class Package:
    """An opened ZIP container whose sizes have been found bearable.

    Raises:
        RefusedError: `bomb` when it promises or yields too much, `damaged` when it is no ZIP,
            `encrypted` when its entries need a password.
    """

    def __init__(self, source: Source) -> None:
        self._limits = source.limits
        self._unpacked = 0
        try:
            self._zip = zipfile.ZipFile(source.file())
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise RefusedError(ReasonCode.DAMAGED, f"no readable ZIP: {error}") from error
        self._check(len(source.data))

    def _check(self, packed_bytes: int) -> None:
        entries = self._zip.infolist()
        promised = sum(entry.file_size for entry in entries)
        if len(entries) > self._limits.entries:
            raise RefusedError(ReasonCode.BOMB, f"{len(entries)} entries")
        self._weigh(promised, packed_bytes)
        if any(entry.flag_bits & 1 for entry in entries):
            raise RefusedError(ReasonCode.ENCRYPTED, "entries need a password")
        self._packed_bytes = packed_bytes

    def _weigh(self, unpacked: int, packed: int) -> None:
        if unpacked > self._limits.unpacked_bytes:
            raise RefusedError(ReasonCode.BOMB, f"unpacks to {unpacked} bytes")
        steep = unpacked > packed * self._limits.unpack_ratio
        if steep and unpacked > self._limits.unpack_free_bytes:
            raise RefusedError(ReasonCode.BOMB, f"unpacks {packed} to {unpacked} bytes")

    @property
    def names(self) -> list[str]:
        """Names of all entries, in the container's order."""
        return self._zip.namelist()

    def entries(self) -> Iterator[tuple[str, int]]:
        """Yield name and unpacked size of every file."""
        for entry in self._zip.infolist():
            if not entry.is_dir():
                yield entry.filename, entry.file_size

    def infos(self) -> list[zipfile.ZipInfo]:
        """Return all entries, in the container's order."""
        return self._zip.infolist()

    def open_entry(self, entry: zipfile.ZipInfo) -> IO[bytes]:
        """Open an entry, also one of several with the same name."""
        self._unpacked += entry.file_size
        self._weigh(self._unpacked, self._packed_bytes)
        return self._zip.open(entry)

    def open(self, name: str) -> IO[bytes]:
        """Open an entry; the sum of what was opened is weighed like the container itself."""
        self._unpacked += self._zip.getinfo(name).file_size
        self._weigh(self._unpacked, self._packed_bytes)
        return self._zip.open(name)

    def tree(self, name: str) -> etree._Element | None:
        """Parse a small entry as XML; None when it is missing or no XML."""
        if name not in self._zip.NameToInfo:
            return None
        with self.open(name) as part:
            try:
                return etree.parse(part, safe_parser()).getroot()
            except etree.XMLSyntaxError:
                return None

    def is_locked(self) -> bool:
        """Tell whether an OpenDocument file is encrypted, which its list of entries says."""
        root = self.tree("META-INF/manifest.xml")
        return root is not None and next(root.iter("{*}encryption-data"), None) is not None

    def path(self, folder: str, target: str) -> str:
        """Return the name of an entry that a part in `folder` refers to."""
        return _resolve(folder, target.strip())

    def main(self, usual: str) -> str:
        """Return the main part of an OOXML file, which need not have its usual name."""
        if usual in self._zip.NameToInfo:
            return usual
        named = [name for kind, name in self.related("").values() if kind == "officeDocument"]
        return named[0] if named else usual

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """Return what an OOXML part refers to: id to (kind, name of the part)."""
        folder, _, file = part.rpartition("/")
        root = self.tree(f"{folder}/_rels/{file}.rels".removeprefix("/"))
        found: dict[str, tuple[str, str]] = {}
        for relation in root.iter(_RELATIONSHIP) if root is not None else ():
            if relation.get("TargetMode") == "External":
                continue
            kind = (relation.get("Type") or "").rpartition("/")[2]
            name = _resolve(folder, relation.get("Target") or "")
            if name in self._zip.NameToInfo:
                found[relation.get("Id") or ""] = (kind, name)
        return found

    def note_attributes(self, draft: Draft, *parts: str) -> None:
        """Take title, author and the like from the parts that hold them."""
        for part in parts:
            root = self.tree(part)
            for element in root.iter("*") if root is not None else ():
                name = _CORE.get(etree.QName(element).localname)
                if name and element.text and name not in draft.attributes:
                    draft.note(name, element.text)
        found = [MACROS] if has_macros(self.names) else []
        if loads_content(self._relations()):
            found.append(EXTERNAL)
        draft.note(ACTIVE, " ".join(found))

    def _relations(self) -> Iterator[tuple[str, str]]:
        """Yield kind and mode of everything that the parts of an OOXML file refer to."""
        listed = [name for name in self.names if name.endswith(".rels")]
        for name in listed[:_MOST_RELATED]:
            root = self.tree(name)
            for relation in root.iter(_RELATIONSHIP) if root is not None else ():
                kind = (relation.get("Type") or "").rpartition("/")[2]
                yield kind, relation.get("TargetMode") or ""


def safe_parser() -> etree.XMLParser:
    """Return a parser that resolves no entity, reads no DTD and opens no other file."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _resolve(folder: str, target: str) -> str:
    path = target if target.startswith("/") else f"{folder}/{target}"
    parts: list[str] = []
    for step in re.split(r"[/\\]+", path):
        if step == "..":
            del parts[-1:]
        elif step not in ("", "."):
            parts.append(step)
    return "/".join(parts)
