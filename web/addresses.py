"""Addresses inside this site: where a reader is, and where a form may send them back to."""

from urllib.parse import urlencode, urlsplit

from flask import Flask, request


def here() -> str:
    """Return the path and query of this request, or of the page that sent it as a form."""
    if request.method not in ("GET", "HEAD"):
        return previous()
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path


def inside(address: str | None, otherwise: str = "/") -> str:
    r"""Return the address if it is a path of this site, and `otherwise` if it leads elsewhere.

    Browsers read `//host`, `/\host` and control characters inside an address as ways out, so
    anything but a plain absolute path is refused.
    """
    if address is None or not address.startswith("/") or address.startswith("//"):
        return otherwise
    if "\\" in address or any(
        ord(character) <= 32 or ord(character) == 127 for character in address
    ):
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else address


def previous(otherwise: str = "/") -> str:
    """Return the path of the page that sent this form, when it was one of ours."""
    referrer = request.referrer
    if not referrer or not referrer.startswith(request.host_url):
        return otherwise
    return inside("/" + referrer[len(request.host_url) :], otherwise)


def address(**changes: object) -> str:
    """Return this page's address with other query values; None takes a value out.

    A change other than the cursor begins the list anew, so the cursor goes with it.
    """
    query = request.args.to_dict(flat=False)
    if "cursor" not in changes:
        query.pop("cursor", None)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = [str(value)]
    text = urlencode(query, doseq=True)
    return f"{request.path}?{text}" if text else request.path


def init_app(app: Flask) -> None:
    """Offer `address()` to templates."""
    app.add_template_global(address)
