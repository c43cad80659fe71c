"""The shop's API under /api/v1, its description, and the page for developers. Keys only: no cookies, no sessions."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import sha256
from math import ceil
from typing import Any

from flask import Blueprint, Response, g, jsonify, render_template, request
from pydantic_core import to_json
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import RequestEntityTooLarge

from portal import clock, config, earning, giving, jobs, joining, ledger, people
from portal import programme as programmes
from portal.db import new_id, transact
from portal.errors import Refused
from portal.merchant import answers, batch, keys, redeeming
from portal.merchant.activity_shapes import ActivityBody, AttributeBody, FactAddress
from portal.merchant.calls import BY_NAME, LIMIT_OF_ENTRIES, Call
from portal.merchant.describe import document, operations
from portal.merchant.limits import CALLS_PER_MINUTE, MISSES_PER_MINUTE, Limit
from portal.merchant.problems import check, read_json
from portal.merchant.quotes import quote
from portal.merchant.reward_shapes import RedemptionBody, UseBody
from portal.merchant.shapes import Batch, DonationBody
from portal.merchant.state import member_state
from portal.web import csrf, policy, problem
from portal.web.logs import log
from portal.web.wording import explained, sentences

merchant = Blueprint("merchant", __name__)
csrf.exempt(merchant)
limit = Limit(CALLS_PER_MINUTE)
misses = Limit(MISSES_PER_MINUTE)
PREFIX = "/api/v1"
VERSION = "1.0.0"
NOT_ASKED = "This address belongs to another member; send email_verified once it is proved."
ASKED = (
    "This address belongs to another member, who has been asked by mail to confirm that this id is hers. Once she has, "
    "it is linked; or send email_verified once the address is proved."
)
View = Callable[..., Response]


def answers_call(name: str) -> Callable[[View], View]:
    """Mount a view as the call `name`, with its policy."""
    call = BY_NAME[name]
    # Ids of shops may have a slash.
    rule = PREFIX + call.path.replace("{id}", "<path:ref>").replace("{code}", "<code>").replace(
        "{name}", "<name>"
    )

    def mount(view: View) -> View:
        view = policy("api:" + "|".join(call.scopes))(view)
        merchant.add_url_rule(rule, name, view, methods=[call.method], merge_slashes=False)
        return view

    return mount


@merchant.before_request
def _let_in() -> None:
    """Whose key it is, whether it may ask this, and not too often; asked before anything of the body is read."""
    call = _call()
    if call is None:
        return
    caller = keys.authenticate(request.headers.get("Authorization"), clock.now())
    wait = limit.take(caller.id)
    if wait:
        raise Refused(
            "too_many_requests", f"A key may make {CALLS_PER_MINUTE} calls a minute.", retry_after=ceil(wait)
        )
    _note_use(caller)
    if caller.scopes.isdisjoint(call.scopes):
        raise Refused("missing_scope", f"This key has not the scope {' or '.join(call.scopes)}.", status=403)
    if "ref" in (request.view_args or {}):
        batch.checked_id((request.view_args or {})["ref"])
    g.caller = caller
    request.max_content_length = call.limit


def _call() -> Call | None:
    return BY_NAME.get((request.endpoint or "").removeprefix("merchant."))


def _note_use(caller: keys.Caller) -> None:
    now = clock.now()
    if keys.use_is_due(caller, now):
        try:
            transact(lambda: keys.note_use(caller, now))
        except DBAPIError as error:  # a date for staff is not worth a shop's order
            log.warning("key use not noted", key=caller.id, error=type(error.orig).__name__)


@merchant.errorhandler(Refused)
def _refused(refused: Refused) -> Response:
    return _problem(refused)


def _problem(refused: Refused) -> Response:
    errors = refused.facts.get("errors")
    response: Response = problem(refused, errors if isinstance(errors, list) else None)  # type: ignore[assignment]  # Flask's own
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@answers_call("put_member")
def put_member(ref: str) -> Response:
    """A member joins, is linked or changes."""
    body = check(joining.MemberBody, _json())
    now = clock.now()
    put, asked = transact(partial(_put_or_ask, ref, body, g.caller.shop, now))
    if put.waits:
        jobs.wake()
        raise Refused("conflict", ASKED if asked else NOT_ASKED, pointer="/email")
    return _answer(answers.with_warnings(member_state(ref, now) or {}, put.warnings))


def _put_or_ask(ref: str, body: joining.MemberBody, shop: str, now: datetime) -> tuple[joining.Put, bool]:
    """What became of the word; where it waits, whether the member whose address it is was asked to confirm the id."""
    put = joining.put_member(ref, body, source=f"shop:{shop}", now=now)
    if not put.waits:
        return put, False
    return put, joining.ask_owner(body.email or "", ref, shop=shop, shop_name=keys.shop_name(shop), now=now)


@answers_call("get_member")
def get_member(ref: str) -> Response:
    """Where a member stands."""
    state = member_state(ref, clock.now())
    if state is None:
        raise _unknown_member()
    return _answer(state)


@answers_call("get_entries")
def get_entries(ref: str) -> Response:
    """The ledger of a member, newest first; keyset paging."""
    cursor, most = _number("cursor", None, 1, 10**18), _number("limit", 20, 1, LIMIT_OF_ENTRIES) or 20
    member = people.by_ref(ref)
    if member is None or member.status != "active":
        raise _unknown_member()
    rows = ledger.newest_entries(member.id, before=cursor, limit=most + 1)
    older = str(rows[most - 1].seq) if len(rows) > most else None
    return _answer({"entries": answers.entries(rows[:most], _words_of_entry), "next_cursor": older})


@answers_call("put_attribute")
def put_attribute(ref: str, name: str) -> Response:
    """An outside fact about a member."""
    body, now, shop = check(AttributeBody, _json()), clock.now(), g.caller.shop
    check(FactAddress, {"name": name})
    put = partial(joining.put_attribute, ref, name, body.value, body.since, body.until)
    transact(lambda: put(source=f"shop:{shop}", now=now))
    return _answer(member_state(ref, now) or {})


@answers_call("post_activity")
def post_activity() -> Response:
    """Something a member did."""
    body = check(ActivityBody, _json())
    member, now, actor = people.by_ref(body.member), clock.now(), g.caller.actor
    if member is None or member.status != "active":
        raise Refused("unknown_member", "There is no such member.", pointer="/member")
    record = partial(
        earning.record_activity, member.id, body.activity, record_id=body.id, at=body.at, actor=actor, now=now,
        quantity=body.quantity, attributes=body.attributes,
    )  # fmt: skip
    done = transact(record)
    return _answer(answers.activity(done, body.id, member_state(member.ref, now) or {}, _words))


@answers_call("put_order")
def put_order(ref: str) -> Response:
    """The present state of an order."""
    body = check(earning.OrderBody, _json())
    now = clock.now()
    record = partial(earning.record_order, body, shop=g.caller.shop, number=ref, at=now, actor=g.caller.actor)
    return _answer(answers.order_answer(transact(record), _words))


@answers_call("get_order")
def get_order(ref: str) -> Response:
    """The last state of an order of this shop."""
    found = earning.find_order(g.caller.shop, ref)
    if found is None:
        raise Refused("unknown_order", "This shop has sent no such order.", status=404)
    return _answer(answers.order_state(*found, _words))


@answers_call("post_batch")
def post_batch() -> Response:
    """Many orders, each by itself."""
    items = batch.read_items(check(Batch, _json()).orders)
    now, shop, actor = clock.now(), g.caller.shop, g.caller.actor
    results: dict[int, earning.Answer | Refused] = {
        item.place: item.body for item in items if isinstance(item.body, Refused)
    }
    for chunk in batch.chunks(items):
        record = partial(batch.record, chunk, shop=shop, at=now, actor=actor)
        try:
            results |= transact(record)
        except Refused:
            results |= transact(partial(record, apart=True))
    return _answer({"results": [_result(item.id, results[item.place]) for item in items]})


@answers_call("post_quote")
def post_quote() -> Response:
    """What a basket would come to."""
    body = check(earning.BasketBody, _json())
    return _answer(quote(body, _words, shop=g.caller.shop, at=clock.now()))


@answers_call("post_donation")
def post_donation(ref: str) -> Response:
    """Points for a charity."""
    body = check(DonationBody, _json())
    member, now, actor = _member(ref), clock.now(), g.caller.actor
    key = body.ref or _key_of_request() or new_id()
    given = transact(
        lambda: giving.donate(member.id, body.charity, body.points, ref=key, at=now, actor=actor)
    )
    return _answer(answers.donation(given, member.ref))


@answers_call("get_charities")
def get_charities() -> Response:
    """The causes, and what was given to them."""
    return _answer(answers.charities(programmes.active()[1]))


@answers_call("get_rewards")
def get_rewards() -> Response:
    """What points buy."""
    return _answer(redeeming.catalogue(programmes.active()[1]))


@answers_call("post_redemption")
def post_redemption(ref: str) -> Response:
    """Take a reward for a member."""
    body = check(RedemptionBody, _json())
    member, key, caller, now = _member(ref), _key_of_request() or new_id(), g.caller, clock.now()
    take = partial(redeeming.redeem, member, body, key, shop=caller.shop, at=now, actor=caller.actor)
    return _answer(transact(take))


@answers_call("delete_redemption")
def delete_redemption(ref: str) -> Response:
    """Undo an unused redemption."""
    return _answer(transact(partial(redeeming.undo, ref, at=clock.now(), actor=g.caller.actor)))


@answers_call("get_code")
def get_code(code: str) -> Response:
    """What a code is good for."""
    amount, currency = request.args.get("amount"), request.args.get("currency")
    return _looked_up(partial(redeeming.code_state, code, amount=amount, currency=currency, at=clock.now()))


@answers_call("post_code_use")
def post_code_use(code: str) -> Response:
    """Use a code on an order."""
    body = check(UseBody, _json())
    mark = partial(redeeming.use, code, body, shop=g.caller.shop, at=clock.now())
    return _looked_up(lambda: transact(mark))


@answers_call("get_programme")
def get_programme() -> Response:
    """The programme in force."""
    return _answer(answers.programme_summary(*programmes.active()))


@merchant.get(f"{PREFIX}/openapi.json")
@policy("anonymous")
def openapi() -> Response:
    """The description of all this."""
    return jsonify(document(config.current().base_url.rstrip("/"), VERSION))


@merchant.get("/developers")
@policy("anonymous")
def developers() -> str:
    """The same for people."""
    return render_template("merchant/developers.html", operations=operations())


def _looked_up(look: Callable[[], dict[str, Any]]) -> Response:
    """The answer about a code, unless this key has named too many that are none (security.md attack 37)."""
    wait = misses.wait(g.caller.id)
    if wait:
        message = f"A key may name {MISSES_PER_MINUTE} unknown codes a minute."
        raise Refused("too_many_requests", message, retry_after=ceil(wait))
    try:
        return _answer(look())
    except Refused as refused:
        if refused.code == "unknown_code":
            misses.take(g.caller.id)
        raise


def _json() -> Any:
    if request.mimetype != "application/json":
        raise Refused("wrong_media_type", "Send the body as application/json.")
    try:
        return read_json(request.get_data(cache=False))
    except RequestEntityTooLarge:
        raise Refused("too_large", f"The body is larger than {request.max_content_length} bytes.") from None


def _key_of_request() -> str | None:
    """The `Idempotency-Key` that came with a request: the write it names is done once. A long one becomes its hash."""
    given = request.headers.get("Idempotency-Key")
    if not given or (len(given) <= 100 and given.isprintable()):
        return given or None
    return sha256(given.encode()).hexdigest()


def _member(ref: str) -> Row[Any]:
    member = people.by_ref(ref)
    if member is None or member.status != "active":
        raise _unknown_member()
    return member


def _number(name: str, default: int | None, least: int, most: int) -> int | None:
    given = request.args.getlist(name)
    if not given:
        return default
    text = given[0]
    if len(given) > 1 or not (text.isascii() and text.isdigit()) or not least <= int(text[:19]) <= most:
        raise Refused("bad_value", f"{name} is one whole number from {least} to {most}.", pointer=f"/{name}")
    return int(text)


def _result(order_id: str | None, result: earning.Answer | Refused) -> Any:
    if isinstance(result, Refused):
        return {"id": order_id, **_problem(result).get_json()}
    return answers.order_answer(result, _words)


def _words(trace: dict[str, Any]) -> list[str]:
    return sentences(trace, programmes.active()[1])


def _words_of_entry(row: Row[Any]) -> list[str]:
    said = explained(row, [], programmes.active()[1], url="", ask_url="")
    steps = [f"{step.words}: {step.result}" if step.result else step.words for step in said.steps]
    return [words for words in (said.title, said.detail, *steps, *said.why_not) if words]


def _answer(value: Any) -> Response:
    return Response(to_json(value), mimetype="application/json")


def _unknown_member() -> Refused:
    return Refused("unknown_member", "There is no such member.", status=404)
