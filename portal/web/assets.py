"""Static files: read and compressed once at start, served for ever under an address that changes with any of them.

The five stylesheets go out as one, in the order of their layers: one request, and they compress better together.
All files share one fingerprint, so that a script can name its neighbour.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from flask import Flask, abort, request
from werkzeug.wrappers import Response

from portal import programme as programmes
from portal.web.colour import brand_css
from portal.web.policies import policy

FOLDER = Path(__file__).resolve().parents[2] / "static"
LAYERS = ("tokens", "base", "layout", "components", "utilities")
MOST_VERSIONS = 2**31 - 1  # what the column holds
FOR_EVER = "public, max-age=31536000, immutable"
COMPRESSED = {"text/css", "text/javascript", "image/svg+xml", "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent, plain and compressed."""

    mimetype: str
    plain: bytes
    by_encoding: dict[str, bytes]


@cache
def _load() -> dict[str, Asset]:
    files = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    files["app.css"] = b"\n".join(files[f"css/{layer}.css"] for layer in LAYERS)
    return {name: _asset(name, content) for name, content in files.items()}


def _asset(name: str, content: bytes) -> Asset:
    mimetype = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}.get(Path(name).suffix)
    mimetype = mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
    small = (
        {"br": brotli.compress(content), "gzip": gzip.compress(content, 9, mtime=0)}
        if mimetype in COMPRESSED
        else {}
    )
    return Asset(mimetype, content, small)


def init_app(app: Flask) -> None:
    """Serve the files and give templates `asset(name)` and `brand_css_url`."""
    assets = _load()
    release = hashlib.sha256(b"".join(name.encode() + one.plain for name, one in assets.items())).hexdigest()[
        :10
    ]

    def asset(name: str) -> str:
        if name not in assets:
            raise LookupError(f"there is no static file {name!r}")
        return f"/static/{release}/{name}"

    @app.get("/static/<release>/<path:name>", endpoint="asset")
    @policy("anonymous")
    def send(release: str, name: str) -> Response:
        one = assets.get(name)
        if one is None:
            abort(404)
        return _answer(one)

    @app.get(f"/brand/<int(max={MOST_VERSIONS}):number>.css", endpoint="brand")
    @policy("anonymous")
    def brand(number: int) -> Response:
        return _answer(_asset("brand.css", brand_css(programmes.version(number)).encode()))

    app.jinja_env.globals["asset"] = asset


def _answer(one: Asset) -> Response:
    encoding = request.accept_encodings.best_match([*one.by_encoding])
    response = Response(one.by_encoding[encoding] if encoding else one.plain, mimetype=one.mimetype)
    response.headers["Cache-Control"] = FOR_EVER
    if one.by_encoding:
        response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response
