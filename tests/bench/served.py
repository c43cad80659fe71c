"""The portal and a bare Flask page behind one server, so that both are measured by the same process in the same run."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from portal import boot

portal = boot(os.environ)
bare = Flask("bare")


@bare.get("/bare")
def page() -> str:
    """Thirteen bytes."""
    return "Hello, world!"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The bare page at /bare, the portal elsewhere."""
    return (bare if environ["PATH_INFO"] == "/bare" else portal)(environ, start_response)
