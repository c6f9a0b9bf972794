"""Make the built-in list of known passwords from a text file with one password in a line."""

import sys
from pathlib import Path

from records.people.known_passwords import FILE, digest


def main() -> None:
    """Read the text file that is named, and write the list."""
    words = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    FILE.write_bytes(b"".join(sorted({digest(each.casefold()) for each in words if each})))


if __name__ == "__main__":
    main()
