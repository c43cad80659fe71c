"""Customer numbers of shops that were connected with a member by a button in her mail, and may have to go again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, literal, select, update

from portal.db import read, run
from portal.people.models import Directory, LinkRequest, Member
from portal.people.service import MADE_HERE

_request, _directory, _member = LinkRequest.__table__.c, Directory.__table__.c, Member.__table__.c


def numbers_since(member_id: str, since: datetime) -> list[Row[Any]]:
    """The numbers that were connected with this member from an instant on and are hers still (ref, shop_name,
    confirmed_at), the newest first. Those that a shop vouched for are not among them: it would do so again."""
    key = and_(_directory.kind == "customer", _directory.key == _request.ref)
    hers = (
        select(_request.ref, _request.shop_name, _request.confirmed_at)
        .join(Directory, and_(key, _directory.owner == _request.member_id))
        .where(_request.member_id == member_id, _request.confirmed_at >= since)
    )
    return list(read(hers.order_by(_request.confirmed_at.desc(), _request.ref)).all())


def unlink(member_id: str, ref: str) -> None:
    """Let shops know this member by `ref` no more, and no shop ask her about it again: she has said that it is not
    hers. Where she was told by it, she is told by the one that was made here, which never ceased to be hers. A shop
    that vouches for it connects it anew. The caller holds her wallet."""
    mine = (_directory.kind == "customer", _directory.key == ref, _directory.owner == member_id)
    run(delete(Directory).where(*mine))
    told_by_it = (_member.id == member_id, _member.ref == ref)
    run(update(Member).where(*told_by_it).values(ref=literal(MADE_HERE) + _member.number))
    waiting = (_request.member_id == member_id, _request.ref == ref, _request.confirmed_at.is_(None))
    run(delete(LinkRequest).where(*waiting))
