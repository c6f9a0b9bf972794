"""What each file name extension promises, and which contents keep that promise.

A promise has the type it stands for, the contents that it makes more precise (an archive whose
kind does not show yet, called `.docx`, is a Word document), and other contents that honest
programs write under it (Word writes RTF into `.doc`), which keep their own type.
"""

from dataclasses import dataclass

from storage.containers import (
    DRAWING,
    EPUB,
    JAVA,
    ODF,
    OFD,
    OPC,
    SHEET,
    SLIDES,
    WORD,
    ZIP,
)

OLE = "application/x-ole-storage"
ENCRYPTED = "application/encrypted"
UNKNOWN = "application/octet-stream"
EMPTY = "application/x-empty"
PDF = "application/pdf"
PLAIN = "text/plain"
HTML = "text/html"
XML = "text/xml"
MAIL = "message/rfc822"
RTF = "text/rtf"
SVG = "image/svg+xml"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"

ZIP_BASED = frozenset({ZIP, OPC, ODF, WORD, SHEET, SLIDES, DRAWING, OFD, EPUB, JAVA})


@dataclass(frozen=True)
class Promise:
    """What an extension stands for; see the module."""

    media_type: str
    refines: frozenset[str] = frozenset()
    allows: frozenset[str] = frozenset()


def _promises(
    extensions: str,
    media_type: str,
    refines: set[str] | frozenset[str] = frozenset(),
    allows: set[str] | frozenset[str] = frozenset(),
) -> dict[str, Promise]:
    promise = Promise(media_type, frozenset(refines), frozenset(allows))
    return dict.fromkeys(extensions.split(), promise)


def _macro(document: str) -> str:
    return f"application/vnd.ms-{document}.macroenabled.12"


# A password turns an OOXML document into an OLE container.
_LOCKED = {OLE, ENCRYPTED}
_TEXTS = {PLAIN, HTML, XML, SVG, MAIL, EMPTY, UNKNOWN, "text/csv", "application/json"}
_ODF = f"{ODF}."

PROMISES: dict[str, Promise] = {
    **_promises("pdf", PDF),
    **_promises("docx", WORD, {OPC}, _LOCKED),
    **_promises("docm", _macro("word.document"), {OPC, WORD}, _LOCKED),
    **_promises("dotx", WORD.replace("document", "template"), {OPC, WORD}, _LOCKED),
    **_promises("xlsx", SHEET, {OPC}, _LOCKED),
    **_promises("xlsm", _macro("excel.sheet"), {OPC, SHEET}, _LOCKED),
    **_promises("xlsb", _macro("excel.sheet.binary"), {OPC, SHEET}, _LOCKED),
    **_promises("pptx ppsx", SLIDES, {OPC}, _LOCKED),
    **_promises("pptm", _macro("powerpoint.presentation"), {OPC, SLIDES}, _LOCKED),
    **_promises("vsdx", DRAWING, {OPC}, _LOCKED),
    **_promises("doc dot", DOC, {OLE}, {RTF, WORD, ENCRYPTED}),
    **_promises("xls xlt", XLS, {OLE}, {SHEET, ENCRYPTED}),
    **_promises("ppt pps", PPT, {OLE}, {SLIDES, ENCRYPTED}),
    **_promises("wps", "application/vnd.ms-works", {OLE}, {DOC, WORD, RTF, ENCRYPTED}),
    **_promises("et", XLS, {OLE}, {SHEET, ENCRYPTED}),
    **_promises("dps", PPT, {OLE}, {SLIDES, ENCRYPTED}),
    **_promises("msg", MSG, {OLE}),
    **_promises("vsd", "application/vnd.visio", {OLE}),
    **_promises("mpp", "application/vnd.ms-project", {OLE}),
    **_promises("odt", _ODF + "text", {ODF}),
    **_promises("ott", _ODF + "text-template", {ODF}, {_ODF + "text"}),
    **_promises("ods", _ODF + "spreadsheet", {ODF}),
    **_promises("ots", _ODF + "spreadsheet-template", {ODF}, {_ODF + "spreadsheet"}),
    **_promises("odp", _ODF + "presentation", {ODF}),
    **_promises("otp", _ODF + "presentation-template", {ODF}, {_ODF + "presentation"}),
    **_promises("odg", _ODF + "graphics", {ODF}),
    **_promises("ofd", OFD),
    **_promises("epub", EPUB, {ODF}),
    **_promises("zip", ZIP, allows=ZIP_BASED),
    **_promises("jar", JAVA, {ZIP}),
    **_promises("rtf", RTF),
    **_promises("txt text log", PLAIN, _TEXTS),
    **_promises("md markdown", "text/markdown", _TEXTS),
    **_promises("csv", "text/csv", _TEXTS),
    **_promises("tsv", "text/tab-separated-values", _TEXTS),
    **_promises("json", "application/json", _TEXTS),
    **_promises("html htm", HTML, {PLAIN, XML, EMPTY}, {"application/xhtml+xml"}),
    **_promises("xml", XML, {PLAIN, HTML, EMPTY}, {SVG}),
    **_promises("svg", SVG, {PLAIN, XML, HTML}),
    **_promises("eml mht mhtml", MAIL),
    **_promises("mbox", "application/mbox", {MAIL}),
    **_promises("png", "image/png"),
    **_promises("jpg jpeg jpe jfif", "image/jpeg"),
    **_promises("tif tiff", "image/tiff"),
    **_promises("gif", "image/gif"),
    **_promises("bmp", "image/bmp", {"image/x-ms-bmp"}),
    **_promises("webp", "image/webp"),
    **_promises("heic heif", "image/heic", allows={"image/heif"}),
    **_promises("7z", "application/x-7z-compressed"),
    **_promises("rar", "application/x-rar", {"application/vnd.rar"}),
    **_promises("tar", "application/x-tar", {UNKNOWN}),
    **_promises("gz tgz", "application/gzip", {"application/x-gzip"}),
}
"""By extension in lower case without its dot."""

MAIL_EXTENSIONS = frozenset({"eml", "mht", "mhtml", "mbox"})

PROGRAMS = frozenset(
    {
        "application/x-dosexec",
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-pie-executable",
        "application/x-sharedlib",
        "application/x-mach-binary",
        "application/x-msi",
    }
)
PROGRAM_EXTENSIONS = frozenset({"exe", "dll", "sys", "scr", "com", "msi", "so", "dylib", "bin"})
