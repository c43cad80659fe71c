"""Addresses whose domain has letters beyond ASCII: one form, whoever tells them, also for rows of before."""

import importlib.util
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import update

from portal import clock as portal_clock
from portal import jobs, joining, people
from portal.db import db, run, transact
from tests.home.doors import ANNA, join
from tests.notices.mailbox import mailbox, programme
from tests.page import Visit

__all__ = ["mailbox", "programme"]

TOLD, READ = "anna@xn--exmple-cua.com", "anna@ex\u00e4mple.com"
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
MIGRATIONS = ("0032_domains_in_letters.py", "0036_what_was_made_for_domains_in_letters.py")


def of(address: str) -> str | None:
    row = people.by_email(people.address_hash(address))
    return None if row is None else str(row.id)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (" Anna@Example.COM ", ANNA),
        (TOLD, READ),
        ("ANNA@XN--EXMPLE-CUA.com", READ),
        ("Anna@EX\u00c4MPLE.com", READ),
        ("xn--anna@example.com", "xn--anna@example.com"),
        ("anna@xn--.-bogus", "anna@xn--.-bogus"),
        ("xn--exmple-cua.com", "xn--exmple-cua.com"),
    ],
)
def test_one_form(told, kept):
    assert people.normal_address(told) == kept


@pytest.mark.parametrize(("told", "typed"), [(TOLD, TOLD), (TOLD, READ), (READ, TOLD)])
def test_whom_a_shop_told_can_sign_in_and_her_mail_goes_to_a_domain_in_ascii(
    app, programme, mailbox, told, typed
):
    body = joining.MemberBody.model_validate({"email": told, "email_verified": True, "name": "Anna"})
    transact(lambda: joining.put_member("c-9", body, source="shop:main", now=portal_clock.now()))
    visit = Visit(app.test_client())
    visit.open("/sign-in")
    visit.submit("Send the code", email=typed)
    jobs.wake()
    visit.submit("Continue", code=mailbox.code(TOLD))
    assert visit.path == "/home"
    assert of(READ) == of(TOLD) == people.by_ref("c-9").id


@pytest.fixture
def migrate(app):
    """Does the migrations once more."""

    def load(name: str):
        spec = importlib.util.spec_from_file_location(f"migration_{name[:4]}", VERSIONS / name)
        migration = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(migration)
        return migration

    migrations = [load(name) for name in MIGRATIONS]

    def upgrade() -> None:
        with (
            db.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
            Operations.context(MigrationContext.configure(connection)),
        ):
            for migration in migrations:
                migration.upgrade()

    return upgrade


def as_before(member_id: str, email: str) -> None:
    """She stands as rows did once."""
    member, directory = people.Member.__table__, people.Directory.__table__

    def write() -> None:
        hers = (directory.c.kind == "email", directory.c.owner == member_id)
        run(update(directory).where(*hers).values(key=people.keyed_hash(email)))
        run(update(member).where(member.c.id == member_id).values(email=email))

    transact(write)


@pytest.mark.both_engines
def test_rows_of_before_are_found_in_either_form(app, programme, migrate):
    anna, bea = join(), join("c-2", "bea@example.com", "Bea")
    transact(lambda: people.add_staff("sam@example.com", "support", portal_clock.now()))
    staff = people.Staff.__table__
    transact(lambda: run(update(staff).values(email="sam@xn--exmple-cua.com")))
    as_before(anna, TOLD)
    assert of(TOLD) is None
    for _ in range(2):
        migrate()
        assert of(TOLD) == of(READ) == anna
        assert people.by_ref("c-1").email == READ
        assert (of("bea@example.com"), people.by_ref("c-2").id) == (bea, bea)
        assert people.staff_by_email("sam@ex\u00e4mple.com") is not None


@pytest.mark.both_engines
def test_where_both_forms_are_somebodys_nobody_loses_hers(app, programme, migrate):
    anna, bea = join(), join("c-2", READ, "Bea")
    as_before(anna, TOLD)
    migrate()
    assert of(READ) == bea
    assert (people.by_ref("c-1").email, people.by_ref("c-2").email) == (TOLD, READ)
