"""Refusals: the expected way to say no. Anything else that is raised is a bug and is shown as one."""

from http import HTTPStatus

STATUS_BY_CODE = {
    "bad_json": 400,
    "unknown_route": 404,
    "conflict": 409,
    "stale_version": 409,
    "out_of_stock": 409,
    "already_used": 409,
    "too_large": 413,
    "wrong_media_type": 415,
    "too_many_requests": 429,
    "busy": 503,
}


class Refused(Exception):
    """A request that is understood and not carried out; nothing of it was written.

    `code` is stable (Readings 39 and 41) and picks the wording on pages; `message` is the English sentence of the
    API; `pointer` is the JSON pointer of the field that is to blame; `facts` are what the wording needs.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        status: int | None = None,
        pointer: str | None = None,
        **facts: object,
    ) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message or code.replace("_", " ")
        self.status = status or STATUS_BY_CODE.get(code, HTTPStatus.UNPROCESSABLE_ENTITY.value)
        self.pointer = pointer
        self.facts = facts
