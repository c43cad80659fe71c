"""Many orders in one body: each is read and applied by itself, and many share one commit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter, ValidationError

from portal import earning
from portal.db import savepoint
from portal.errors import Refused
from portal.merchant.problems import check, refusal, within

CHUNK = 100  # orders in one commit: the disk waits five times for a full batch, other writers never long
_ID: TypeAdapter[str] = TypeAdapter(earning.Id)


@dataclass(frozen=True, slots=True)
class Item:
    """One order of a batch: its place in the body, its id as far as it could be read, and its state or why not."""

    place: int
    id: str | None
    body: earning.OrderBody | Refused


def read_items(orders: list[Any]) -> list[Item]:
    """Read each order of a batch; what is wrong with one is told with pointers into the whole body."""
    return [_item(place, order) for place, order in enumerate(orders)]


def chunks(items: list[Item]) -> Iterator[list[tuple[Item, earning.OrderBody]]]:
    """The orders that could be read, in commits of bounded size.

    They are sorted by member, so that two batches at once lock members in the same order; the states of one order,
    and the orders of one member, stay as they were sent.
    """
    member_of: dict[str | None, str] = {}
    good = [(item, item.body) for item in items if isinstance(item.body, earning.OrderBody)]
    good.sort(key=lambda pair: member_of.setdefault(pair[0].id, _member(pair[1])))
    for start in range(0, len(good), CHUNK):
        yield good[start : start + CHUNK]


def record(
    chunk: list[tuple[Item, earning.OrderBody]], *, shop: str, at: datetime, actor: str, apart: bool = False
) -> dict[int, earning.Answer | Refused]:
    """Apply the orders of one commit; an answer or a refusal by place. A refused order writes nothing.

    Those that are told for the first time are written together. The others follow one by one, and `apart` guards each
    by a savepoint, which costs an eighth of the time. So it is tried without: then the first refusal is raised, the
    whole commit undone, and the caller asks again with it.
    """
    tellings = [earning.Telling(body, shop, item.id or "", at, actor) for item, body in chunk]
    fresh = earning.record_fresh(tellings)
    results: dict[int, earning.Answer | Refused] = {}
    for (item, body), answer in zip(chunk, fresh, strict=True):
        tell = partial(earning.record_order, body, shop=shop, number=item.id or "", at=at, actor=actor)
        if answer is not None or not apart:
            results[item.place] = answer or tell()
            continue
        try:
            with savepoint():
                results[item.place] = tell()
        except Refused as refused:
            if refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise  # no order is to blame for it
            results[item.place] = within(refused, f"/orders/{item.place}")
    return results


def checked_id(value: Any, pointer: str = "/id") -> str:
    """An id of an order or member as the shop's systems made it. Refuses `bad_value`."""
    try:
        return _ID.validate_python(value)
    except ValidationError as error:
        raise within(refusal(error), pointer) from None


def _item(place: int, order: Any) -> Item:
    pointer = f"/orders/{place}"
    if not isinstance(order, dict):
        return Item(place, None, Refused("bad_value", "An order is an object.", pointer=pointer))
    if "id" not in order:
        return Item(place, None, Refused("missing_field", "Field required", pointer=f"{pointer}/id"))
    try:
        known = checked_id(order["id"], f"{pointer}/id")
    except Refused as refused:
        return Item(place, None, refused)
    try:
        return Item(place, known, check(earning.OrderBody, order))
    except Refused as refused:
        return Item(place, known, within(refused, pointer))


def _member(body: earning.OrderBody) -> str:
    return (body.member.id if body.member is not None else None) or body.address or ""
