"""The audit: what staff did, appended only, each row holding the hash of the one before it.

There is one chain for each colleague, so that two of them never wait for each other, and one for the command line. A
row that was changed breaks its own hash, one that was taken out breaks the next, and one that is missing at the end
is missed by `audit_chain`.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from portal.db import prepared, read, run, upsert
from portal.support.models import Audit, AuditChain

FIRST = "0" * 64  # what the first row of a chain follows
_audit, _chain = Audit.__table__.c, AuditChain.__table__.c


def hold(staff_id: str) -> Row[Any]:
    """The end of this colleague's chain, held for the rest of the write: what they do goes one after the other."""
    run(upsert(AuditChain).on_conflict_do_nothing(), {"chain": staff_id, "number": 0, "hash": FIRST})
    return run(_end(), {"p_chain": staff_id}).one()


@prepared
def _end() -> Any:
    return select(AuditChain.__table__).where(_chain.chain == bindparam("p_chain")).with_for_update()


def note(
    staff_id: str,
    what: str,
    *,
    at: datetime,
    member_id: str | None = None,
    visit_id: str | None = None,
    request_id: str = "",
    **facts: Any,
) -> None:
    """Append one row: who (the chain), what, about whom, when, in which request."""
    end = hold(staff_id)
    row = {
        "chain": staff_id, "number": end.number + 1, "what": what, "member_id": member_id, "visit_id": visit_id,
        "facts": facts, "request_id": request_id[:64], "at": at, "prev_hash": end.hash,
    }  # fmt: skip
    row["hash"] = _hash(row)
    run(insert(Audit), row)
    run(update(AuditChain).where(_chain.chain == staff_id).values(number=row["number"], hash=row["hash"]))


def rows_of(member_id: str, limit: int = 50) -> list[Row[Any]]:
    """What staff did about this member, newest first."""
    statement = select(Audit.__table__).where(_audit.member_id == member_id)
    return list(read(statement.order_by(_audit.at.desc(), _audit.number.desc()).limit(limit)).all())


def count_since(staff_id: str, what: str, since: datetime) -> int:
    """How often this colleague has done something since an instant."""
    mine = (_audit.chain == staff_id, _audit.what == what, _audit.at >= since)
    return int(read(select(func.count()).select_from(Audit.__table__).where(*mine)).scalar_one())


def pages_seen(member_id: str) -> dict[str, int]:
    """How many of this member's pages each visit looked at."""
    statement = (
        select(_audit.visit_id, func.count().label("pages"))
        .where(_audit.member_id == member_id, _audit.what == "page")
        .group_by(_audit.visit_id)
    )
    return {row.visit_id: row.pages for row in read(statement)}


def faults() -> list[str]:
    """Every place where a chain is broken, as a sentence; empty when the audit is whole."""
    found = []
    ends = {row.chain: (row.number, row.hash) for row in read(select(AuditChain.__table__))}
    last: dict[str, tuple[int, str]] = {}
    for row in read(select(Audit.__table__).order_by(_audit.chain, _audit.number)):
        number, before = last.get(row.chain, (0, FIRST))
        if (row.number, row.prev_hash) != (number + 1, before):
            found.append(f"the audit is whole: chain {row.chain} breaks before row {row.number}")
        elif _hash(dict(row._mapping)) != row.hash:
            found.append(f"the audit is whole: chain {row.chain} was changed in row {row.number}")
        last[row.chain] = (row.number, row.hash)
    for chain in sorted(ends.keys() | last.keys()):
        if ends.get(chain, (0, FIRST)) != last.get(chain, (0, FIRST)):
            found.append(f"the audit is whole: chain {chain} does not end where it should")
    return found


def _hash(row: dict[str, Any]) -> str:
    names = ("chain", "number", "what", "member_id", "visit_id", "facts", "request_id", "prev_hash")
    told = [*(row[name] for name in names), row["at"].astimezone(UTC).isoformat()]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
