"""The stand-in shop: it makes orders and refunds as a real shop would, and tells the portal by its API alone."""

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from portal.db import new_id
from portal.errors import Refused
from portal.money import to_major, to_minor
from portal.sandbox.facts import Doing, Facts

Act = Literal["pay", "refund", "cancel"]
FIRST_NUMBER = 1001
TOLD = 5  # so many orders are named where one must be picked
TIMEOUT_SECONDS = 10
OF_ORDER, OF_LINE = ("channel", "payment"), ("category", "brand")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API as it was made, and its answer; `url` is the path."""

    method: str
    url: str
    body: str
    status: int
    answer: Body


@dataclass(frozen=True, slots=True)
class Sale:
    """What came of one act at the till: the order's number where it was one, the call, and where the member stands."""

    number: str
    call: Call
    sees: str | None


class Shop:
    """The orders of the stand-in shop, kept in a file, so that an order of yesterday can be refunded today."""

    def __init__(self, facts: Facts, file: Path) -> None:
        self.facts = facts
        self.file = file
        self.orders: dict[str, Body] = json.loads(file.read_text()) if file.exists() else {}

    def tell(
        self,
        act: Act,
        member: str,
        amount: str,
        number: str,
        now: datetime,
        labels: Mapping[str, str] | None = None,
    ) -> Sale:
        """Send an order of `amount` (major units) for a member, refund that amount of one, or cancel it.

        `member` is an e-mail, a card number or an id of the shop; an empty `number` makes a new order; `labels` are its
        channel, payment, category, brand, tag and quantity, as far as they were chosen. Refuses `bad_value` with what
        to type instead, and `no_answer` when the portal cannot be reached. What the portal refuses is a Sale too: its
        answer says why.
        """
        member, amount, number = member.strip(), _plain(amount), number.strip()
        if act == "pay":
            number = number or self._next_number()
            body = self._order(member, amount, number, now, labels or {})
        else:
            body = self._next_version(number)
            if act == "cancel":
                body["status"] = "cancelled"
            else:
                refunds = body.setdefault("refunds", [])
                refunds.append(
                    {"id": f"r{len(refunds) + 1}", "at": now.isoformat(), "amount": self._checked(amount)}
                )
        call = self._call("PUT", f"/api/v1/orders/{number}", body)
        if call.status == 200:
            self._keep(number, body)
        return Sale(number, call, self._sees(call))

    def do(self, member: str, activity: str, how_much: str, now: datetime) -> Sale:
        """Send something that a member did: `how_much` of it, or the word that it is counted by. Refuses as `tell`."""
        doing = next((one for one in self.facts.doings if one.key == activity), None)
        if doing is None:
            raise Refused("bad_value", "Choose what the member did.")
        whose, how_much = self._member(member.strip()), how_much.strip()
        guest = next((one for one in self.facts.guests if one.email == whose.get("email")), None)
        if guest is None and "id" not in whose:
            raise Refused("bad_value", "For an activity, type the number of the member's card.")
        body = {
            "id": f"till-{new_id()}", "member": guest.ref if guest else whose["id"], "activity": doing.key,
            "at": now.isoformat(), **_counted(doing, how_much),
        }  # fmt: skip
        call = self._call("POST", "/api/v1/activities", body)
        return Sale("", call, self._sees(call))

    def _order(self, member: str, amount: str, number: str, now: datetime, labels: Mapping[str, str]) -> Body:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", number):
            raise Refused("bad_value", "An order number here has letters, digits and hyphens, 40 at most.")
        known = self.orders.get(number)
        return {
            "version": known["version"] + 1 if known else 1,
            "member": self._member(member),
            "placed_at": known["placed_at"] if known else now.isoformat(),
            "status": "paid",
            "currency": self.facts.currency,
            **{name: word for name in OF_ORDER if (word := self._chosen(labels, name))},
            "lines": [
                {
                    "id": "1",
                    "name": "Sold at the till",
                    "amount": self._checked(amount),
                    **self._of_line(labels),
                }
            ],
        }

    def _of_line(self, labels: Mapping[str, str]) -> Body:
        line: Body = {name: word for name in OF_LINE if (word := self._chosen(labels, name))}
        if tag := self._chosen(labels, "tag"):
            line["tags"] = [tag]
        if self.facts.counts_quantity and labels.get("quantity", "").strip():
            line["quantity"] = _whole(labels["quantity"])
        return line

    def _chosen(self, labels: Mapping[str, str], name: str) -> str:
        word = labels.get(name, "")
        return word if word in self.facts.choices.get(name, ()) else ""

    def _next_version(self, number: str) -> Body:
        known = self.orders.get(number)
        if known is None:
            latest = ", ".join(
                f"{told} ({body['currency']} {body['lines'][0]['amount']})"
                for told, body in list(self.orders.items())[: -TOLD - 1 : -1]
            )
            raise Refused(
                "bad_value",
                f"Which order? This till has sent: {latest}. Type one of these numbers."
                if latest
                else "This till has sent no order yet. Send one first.",
            )
        body: Body = json.loads(json.dumps(known))
        return body | {"version": body["version"] + 1}

    def _member(self, member: str) -> Body:
        digits = member.replace(" ", "")
        guest = next((one for one in self.facts.guests if digits in (one.ref, one.number)), None)
        if guest is not None:
            return {"id": guest.ref}
        if "@" in member:
            return {"email": member}
        if re.fullmatch("[0-9]{12}", digits):
            return {
                "id": f"m-{digits}"
            }  # who joined in the portal is known to shops by the number of her card
        if not member:
            raise Refused("bad_value", "Whose order is it? Type an e-mail or the number of a card.")
        return {"id": member}

    def _checked(self, amount: str) -> str:
        try:
            positive = to_minor(amount, self.facts.currency) > 0
        except Refused as refused:
            raise Refused(
                "bad_value", f"{refused.message} Type it as 12.34, in {self.facts.currency}."
            ) from None
        if not positive:
            raise Refused("bad_value", "The amount must be above zero. To give money back, refund an order.")
        return amount

    def _next_number(self) -> str:
        own = [int(number[2:]) for number in self.orders if re.fullmatch("T-[0-9]{1,9}", number)]
        return f"T-{max(own, default=FIRST_NUMBER - 1) + 1}"

    def _keep(self, number: str, body: Body) -> None:
        self.orders.pop(number, None)  # the latest stands last
        self.orders[number] = body
        half_made = self.file.with_suffix(".part")
        half_made.write_text(json.dumps(self.orders))
        half_made.rename(self.file)

    def _sees(self, call: Call) -> str | None:
        """One paragraph on where the member stands now; None when the order is nobody's or was refused."""
        ref = call.answer.get("member")
        if call.status != 200:
            return None
        if ref is None:
            return "Nobody yet: the order waits until somebody joins with this address and proves it."
        state = self._call("GET", f"/api/v1/members/{ref}").answer
        points = state["points"]
        value = points["value"]
        words = [
            f"{points['available']} {self.facts.unit} to spend, worth {value['amount']} {value['currency']}"
            if self.facts.unit
            else f"{value['amount']} {value['currency']} to spend"
        ]
        words += [f"{self._many(part['points'])} more on {part['on']}" for part in points["maturing"]]
        if points["owed"]:
            words.append(f"{self._many(points['owed'])} owed, which the next earnings pay")
        unused = sum(one["state"] == "available" for one in state["rewards"])
        words += [f"rewards not used yet: {unused}"] if unused else []
        words += [f"{key}: {counted}" for key, counted in state["counters"].items()]
        return "; ".join([*words, f"tier {state['tier']['key']}"]) + "."

    def _many(self, points: int) -> str:
        """Points in words: an amount where the balance is money."""
        if self.facts.unit:
            return str(points)
        return f"{to_major(points, self.facts.currency)} {self.facts.currency}"

    def _call(self, method: str, path: str, body: Body | None = None) -> Call:
        sent = "" if body is None else json.dumps(body, indent=2, ensure_ascii=False)
        connection = connect(self.facts.port, self.facts.certificate)
        try:
            connection.request(
                method, path, sent.encode() or None,
                {"Authorization": f"Bearer {self.facts.key}", "Content-Type": "application/json"},
            )  # fmt: skip
            response = connection.getresponse()
            return Call(method, path, sent, response.status, json.loads(response.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            what = type(error).__name__
            raise Refused("no_answer", f"The portal gives no answer ({what}). Is it running?") from error
        finally:
            connection.close()


def connect(port: int, certificate: str | None) -> http.client.HTTPConnection:
    """A connection to a server of the demonstration on this machine; by TLS where it has a certificate."""
    if certificate is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context(cafile=certificate)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS, context=context)


def _counted(doing: Doing, how_much: str) -> Body:
    """How much of an activity, in the words of the API."""
    if not doing.asks:
        return {}
    if doing.asks == "quantity":
        return {"quantity": _whole(how_much or "1")}
    if not how_much:
        raise Refused("bad_value", f"Type the {doing.asks} of it.")
    return {"attributes": {doing.asks: how_much}}


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text.strip(), re.ASCII):
        raise Refused("bad_value", f"{text[:40]!r} is not a whole number.")
    return int(text)


def _plain(amount: str) -> str:
    """A typed amount without what people put around it: "£ 12,50" is "12.50"."""
    amount = amount.strip().lstrip("£$€ ")
    return amount if "." in amount else amount.replace(",", ".")
