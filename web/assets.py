"""Style sheets, scripts and icons: read once, compressed once, cached by browsers for a year.

The address carries a digest of the whole tree (`/static/<digest>/css/base.css`), so modules that
import one another by relative path change address together with what they import.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from markupsafe import Markup

from web.permissions import PUBLIC
from web.routes import route

assets = Blueprint("assets", __name__)

_ROOT = Path(__file__).parent / "static"
_EXTENSION = "chancery_assets"
_ONE_YEAR = "public, max-age=31536000, immutable"
_SMALLEST_COMPRESSED_BYTES = 512
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One static file, held in memory in both of its forms."""

    body: bytes
    compressed: bytes | None
    media_type: str
    etag: str


@dataclass(frozen=True)
class AssetTree:
    """All static files by their path below `static`, and the digest of them all.

    Attributes:
        addresses: Of files that a page has asked for, by the root of the service and the name; a
            page draws dozens of icons, and their address never changes.
    """

    files: dict[str, Asset]
    digest: str
    addresses: dict[tuple[str, str], str] = field(default_factory=dict)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
    compressed = None
    if len(body) >= _SMALLEST_COMPRESSED_BYTES and not media_type.startswith("image/png"):
        compressed = gzip.compress(body, 9, mtime=0)
    return Asset(body, compressed, media_type, hashlib.sha256(body).hexdigest()[:20])


def read_tree(root: Path) -> AssetTree:
    """Read every file below a folder; hidden files and what only the build needs are left out."""
    files = {
        path.relative_to(root).as_posix(): _read(path)
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    digest = hashlib.sha256()
    for name, asset in files.items():
        digest.update(f"{name}\0{asset.etag}\0".encode())
    return AssetTree(files, digest.hexdigest()[:12])


def asset_url(name: str) -> str:
    """Return the address of a static file, for example `css/base.css`."""
    tree: AssetTree = current_app.extensions[_EXTENSION]
    key = (request.script_root, name)
    found = tree.addresses.get(key)
    if found is None:
        found = tree.addresses[key] = url_for("assets.file", digest=tree.digest, name=name)
    return found


@route(assets, "/static/<digest>/<path:name>", permission=PUBLIC)
def file(digest: str, name: str) -> Response:
    """Answer one static file."""
    tree: AssetTree = current_app.extensions[_EXTENSION]
    asset = tree.files.get(name)
    if asset is None:
        abort(404)
    response = Response(asset.body, mimetype=asset.media_type)
    response.set_etag(asset.etag)
    if asset.compressed is not None and request.accept_encodings["gzip"] > 0:
        response.set_data(asset.compressed)
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    # An old page asks by an old digest: it gets today's file, but must not keep it under that name.
    response.headers["Cache-Control"] = _ONE_YEAR if digest == tree.digest else "no-cache"
    response.make_conditional(request)
    return response


def icon(name: str) -> Markup:
    """Draw a symbol of the icon sprite, as high as the text around it."""
    return _drawn(asset_url("vendor/icons.svg"), name)


@lru_cache(1024)
def _drawn(sprite: str, name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        sprite, name
    )


def init_app(app: Flask) -> None:
    """Read the tree; offer `asset('css/base.css')` and `icon('check')` to templates."""
    app.extensions[_EXTENSION] = read_tree(_ROOT)
    app.register_blueprint(assets)
    app.add_template_global(asset_url, "asset")
    app.add_template_global(icon)
