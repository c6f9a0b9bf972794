"""Why a file has no text or no pages, in plain words: what it means and what can be done."""

from flask_babel import LazyString, lazy_gettext

# By the codes of `search.reading.ReasonCode`, of `storage` and of the reading job.
REASONS: dict[str, LazyString] = {
    "image_only": lazy_gettext(
        "This is a picture without text, such as a scan. It is found by its metadata."
    ),
    "garbled": lazy_gettext(
        "The text in this file is garbled: it says nothing that could be found or read aloud."
    ),
    "partly_scanned": lazy_gettext(
        "Some of its pages are scans without text. The text of the others is found."
    ),
    "no_ocr": lazy_gettext(
        "This is a scan, and no recognition is installed here. The administrator can install it: "
        "apt-get install tesseract-ocr tesseract-ocr-chi-sim"
    ),
    "nothing_recognised": lazy_gettext("No text was found on the pages of this scan."),
    "split": lazy_gettext("Its pages were split into documents of their own."),
    "empty": lazy_gettext("The file contains no text."),
    "encrypted": lazy_gettext(
        "The file is protected by a password, so nobody here can read it. "
        "Ask the sender for an open copy."
    ),
    "damaged": lazy_gettext("The file is damaged or incomplete. Ask the sender to send it again."),
    "unsupported": lazy_gettext(
        "This kind of file cannot be read here. The original can be downloaded."
    ),
    "too_large": lazy_gettext("The file is too large to be read. The original can be downloaded."),
    "timeout": lazy_gettext("Reading this file took too long and was stopped."),
    "out_of_memory": lazy_gettext("Reading this file would take too much memory and was stopped."),
    "crashed": lazy_gettext("The file broke the program that reads it. The original is unharmed."),
    "bomb": lazy_gettext(
        "The file unpacks to far more than its size, as harmful files do. It was not opened."
    ),
    "unreadable": lazy_gettext("The file could not be read. The original can be downloaded."),
}
STORED_BADLY = lazy_gettext(
    "The stored file is missing or damaged. The administrator has to look at the store."
)
# Codes of `storage.StorageError`: they concern our store, not what the sender sent.
_OF_THE_STORE = frozenset(
    {"object_missing", "object_damaged", "key_missing", "key_damaged", "seal_damaged"}
)


# Why a file stays inside a container: codes of `records.documents.unpacking` and of the cage.
LEFT_INSIDE: dict[str, LazyString] = {
    "too_many": lazy_gettext("There are too many files in it; this one was left inside."),
    "too_deep": lazy_gettext("It lies too deep in other containers and was left whole."),
    "too_large": lazy_gettext("It is too large to be taken out."),
    "inline": lazy_gettext("A picture that belongs to the text of the mail."),
    "link": lazy_gettext("It is no file, it only points elsewhere."),
    "encrypted": lazy_gettext(
        "It is protected by a password, so nothing was taken out. Ask the sender for an open copy."
    ),
    "damaged": lazy_gettext("It is damaged and could not be taken out."),
    "bomb": lazy_gettext(
        "It unpacks to far more than its size, as harmful files do. It was not taken out."
    ),
}


def left_out_text(code: str) -> str:
    """Return why a file was left inside its container."""
    return str(LEFT_INSIDE.get(code) or reason_text(code))


def reason_text(code: str | None) -> str | None:
    """Return the sentence for a reason, None where there is none."""
    if code is None:
        return None
    if code in _OF_THE_STORE:
        return str(STORED_BADLY)
    return str(REASONS.get(code, REASONS["unreadable"]))
