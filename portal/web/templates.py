"""The template environment, without a detour of Jinja's: each import of a macro asks whether every global is known."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class PlainEnvironment(Environment):
    """Globals as a plain dictionary, not a chain of two: the question above is then asked in C (a tenth of a page).

    What it costs: a global that is added after a template was first used is not seen by it. Ours are all there at boot.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of one template."""
        return {**self.globals, **(d or {})}
