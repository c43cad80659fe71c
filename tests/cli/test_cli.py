"""The command line: what each command does, says, and with which code it ends."""

import re
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests import make
from tests.cli.conftest import HEAD
from tests.page import Visit
from tests.programme.texts import small

EARN = '\n[[earn]]\nkey = "all"\nlabel = "Everything"\npoints = 1\nper = "1.00"\n'


def test_help_names_every_command(cli):
    said = cli("--help")
    assert said.code == 0
    for command in ("serve", "worker", "nightly", "migrate", "check", "demo", "programme", "import", "keys"):
        assert command in said.out


def test_what_is_no_command_is_wrong_usage(cli):
    assert cli("frobnicate").code == 2
    assert cli("keys", "create").code == 2
    assert cli("staff", "add", "x@example.com", "--role", "king").code == 2


def test_a_new_database_says_what_to_type_and_is_made_by_it(cli, tmp_path):
    fresh = {"PORTAL_DATABASE_URL": f"sqlite:///{tmp_path / 'new' / 'portal.sqlite'}"}
    for words in (
        ("check",),
        ("nightly",),
        ("keys", "list"),
        ("staff", "list"),
        ("serve",),
        ("programme", "show"),
    ):
        said = cli(*words, **fresh)
        assert (said.code, said.out) == (1, ""), words
        assert "Run: portal migrate" in said.err, words
    assert (cli("migrate", **fresh).code, cli("migrate", **fresh).code) == (0, 0), (
        "the second time is nothing"
    )
    said = cli("check", **fresh)
    assert (said.code, said.out) == (0, "No faults: wallets, lots, entries and orders agree.\n")


def test_without_a_programme_it_says_how_to_publish_one(cli):
    for words in (("programme", "show"), ("nightly",)):
        said = cli(*words)
        assert said.code == 1
        assert "portal programme use FILE" in said.err
        assert "Traceback" not in said.err


def test_bad_settings_end_with_two_and_each_is_named(cli):
    said = cli("check", PORTAL_ENV="prod", PORTAL_TRUSTED_PROXIES="many", PORTAL_LOG_LEVEL="loud")
    assert said.code == 2
    named = re.findall(r"^  (PORTAL_[A-Z_]+):", said.err, re.M)
    assert sorted(named) == ["PORTAL_ENV", "PORTAL_LOG_LEVEL", "PORTAL_TRUSTED_PROXIES"]


def test_the_worker_stands_behind_whoever_waits_for_an_answer(cli, monkeypatch):
    from portal import jobs

    done = []
    monkeypatch.setattr("os.nice", lambda more: done.append(more > 0))
    monkeypatch.setattr(jobs, "run_worker", lambda: done.append("works"))
    cli("migrate")
    assert cli("worker").code == 0
    assert done == [True, "works"]


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "nightly"])
def test_a_production_with_insecure_defaults_does_nothing_and_lists_them(cli, command):
    said = cli(command, PORTAL_ENV="production", PORTAL_SECRET_KEY="", PORTAL_DEMO="1")
    assert said.code == 2
    wanted = ("ADDRESS_KEY", "BASE_URL", "DEMO", "MAIL_FROM", "SECRET_KEY", "SMTP_URL")
    assert sorted(re.findall(r"^  PORTAL_([A-Z_]+):", said.err, re.M)) == list(wanted)


def test_the_catalogue_is_listed_and_each_of_it_is_right(cli):
    said = cli("programme", "list")
    keys = [line.split()[0] for line in said.out.splitlines()]
    assert "demo" in keys
    for key in keys:
        assert cli("programme", "check", key).code == 0, key


def test_a_bad_programme_is_told_with_file_and_line_and_is_not_published(cli, demo, write):
    file = write(
        "mine.toml", small(EARN, '\n[[earn]]\nkey = "all"\nlabel = "Again"\npoints = -1\nper = "x"\n')
    )
    for command in ("check", "use"):
        said = cli("programme", command, file)
        assert (said.code, said.out) == (1, ""), command
        places = re.findall(rf"^{re.escape(file)}:(\d+): ", said.err, re.M)
        assert places, said.err
        assert "Traceback" not in said.err
    assert "version 1:" in cli("programme", "show").err
    assert cli("programme", "check", "demmo").code == 1
    assert "demo" in cli("programme", "check", "demmo").err
    assert cli("programme", "check", "nowhere.toml").code == 1


def test_a_programme_is_published_shown_and_published_once(cli, demo, write):
    assert demo.out == "Version 1 is in force: Pennywren Rewards\n"
    text = small(EARN)
    file = write("mine.toml", text)
    assert cli("programme", "check", file).code == 0
    assert "version 1:" in cli("programme", "show").err, "checking publishes nothing"
    assert cli("programme", "use", file).out == "Version 2 is in force: Small shop\n"
    assert cli("programme", "use", file).out == "Version 2 is in force: Small shop\n"
    assert cli("programme", "show").out == text
    assert "Version 3" in cli("programme", "use", "demo").out


def test_the_programme_of_the_settings_is_published_by_the_next_command(cli, write):
    said = cli("programme", "show", PORTAL_PROGRAMME="demo")
    assert "version 1: Pennywren Rewards" in said.err
    assert cli("check", PORTAL_PROGRAMME="nothing").code == 1
    assert "version 1:" in cli("programme", "show").err


def test_a_key_is_told_once_kept_as_a_hash_and_dead_when_revoked(cli, demo, request, tmp_path):
    made = cli("keys", "create", "--name", "web shop", "--scopes", "read, orders")
    assert made.code == 0
    key_id, secret = re.findall(r"^(?:id|secret) +(\S+)$", made.out, re.M)
    listed = cli("keys", "list").out
    assert key_id in listed
    assert "in force" in listed
    assert "never used" in listed
    assert secret not in listed
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("portal.sqlite*"))
    assert key_id.encode() in kept
    assert secret.encode() not in kept
    client = request.getfixturevalue("client")
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/programme", headers=headers).status_code == 200
    assert cli("keys", "revoke", key_id).code == 0
    assert client.get("/api/v1/programme", headers=headers).status_code == 401
    listed = cli("keys", "list").out
    assert "revoked" in listed
    assert "last used" in listed
    assert cli("keys", "revoke", key_id).code == 0, "twice is once"
    said = cli("keys", "revoke", "no-such-key")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Refused (unknown_key)")


def test_a_key_needs_a_shop_and_scopes_that_are_there(cli):
    for words in (("--shop", "nowhere"), ("--scopes", "read,admin"), ("--scopes", ",")):
        said = cli("keys", "create", "--name", "x", *words)
        assert (said.code, said.out) == (1, ""), words
        assert said.err.startswith("Refused ("), words
    assert cli("keys", "list").out == ""


def test_a_shop_is_added_and_listed(cli):
    assert cli("shops", "add", "north", "--platform", "shopify").code == 0
    assert cli("shops", "add", "north", "--platform", "shopify").code == 0
    assert cli("shops", "list").out.split() == ["north", "shopify", "north"]
    assert cli("keys", "create", "--name", "till", "--shop", "north").code == 0
    for words in (("north", "--platform", "api"), ("North Street",), ("south", "--platform", "magento")):
        said = cli("shops", "add", *words)
        assert said.code == 1, words
        assert said.err.startswith("Refused ("), words
    assert len(cli("shops", "list").out.splitlines()) == 1


def test_the_link_for_new_staff_works_once_and_who_is_disabled_is_out_at_the_next_request(cli, demo, request):
    first, added = (cli("staff", "add", "Sam@Example.com", "--role", "support") for _ in range(2))
    assert (first.code, added.code) == (0, 0)
    url = added.out.splitlines()[-1]
    assert url.startswith("http://localhost/staff/sign-in/link/")
    visit: Visit = request.getfixturevalue("visit")
    visit.open(urlsplit(first.out.splitlines()[-1]).path, 410)
    path = urlsplit(url).path
    visit.open(path)
    visit.submit("Sign in as s•••@example.com on this device")
    assert visit.path == "/staff/passkeys/new", "the link lets a passkey be set up, and nothing else"
    visit.open(path, 410)
    assert cli("staff", "list").out.split() == ["sam@example.com", "support", "active"]
    assert visit.client.get("/staff/passkeys/new").status_code == 200
    anew = cli("staff", "link", "sam@example.com")
    assert anew.code == 0
    assert visit.client.get("/staff/passkeys/new").status_code == 303, (
        "who begins anew is signed out everywhere"
    )
    path = urlsplit(anew.out.splitlines()[-1]).path
    visit.open(path)
    visit.submit("Sign in as s•••@example.com on this device")
    assert visit.client.get("/staff/passkeys/new").status_code == 200
    assert cli("staff", "disable", "sam@example.com").code == 0
    assert visit.client.get("/staff/passkeys/new").status_code == 303
    assert cli("staff", "link", "sam@example.com").err.startswith("Refused (unknown_key)")
    assert cli("staff", "list").out.split() == ["sam@example.com", "support", "disabled"]
    assert cli("staff", "add", "sam@example.com", "--role", "support").code == 0
    assert visit.client.get("/staff/passkeys/new").status_code == 303, "who comes back begins anew"
    said = cli("staff", "disable", "nobody@example.com")
    assert said.code == 1
    assert said.err.startswith("Refused (unknown_key)")


@pytest.mark.settings(PORTAL_STAFF_URL="http://desk.localhost/")
def test_a_host_of_their_own_is_in_the_link_for_staff(cli, demo):
    added = cli("staff", "add", "sam@example.com", "--role", "till")
    assert added.out.splitlines()[-1].startswith("http://desk.localhost/staff/sign-in/link/")


def test_every_address_is_printed_with_who_may_use_it(cli):
    said = cli("routes")
    assert said.code == 0
    lines = {line.split()[-1]: line.split()[:-1] for line in said.out.splitlines()}
    assert lines["/staff/till"] == ["GET,POST", "staff:scan"]
    assert lines["/home"] == ["GET", "member", "visit"]
    assert lines["/staff/proof/passkey"] == ["POST", "staff"]
    assert lines["/api/v1/quotes"] == ["POST", "api:orders|read"]
    assert "NONE" not in said.out


def test_a_key_says_when_it_ends_and_the_list_warns_a_month_before(cli, demo):
    assert "until   " in cli("keys", "create", "--name", "year").out
    assert cli("keys", "create", "--name", "short", "--expires", "30d").code == 0
    assert cli("keys", "create", "--name", "long", "--expires", "2999-01-31").code == 0
    for wrong in ("0d", "soon", "-5d", "2999-02-30", "99999999999d"):
        assert cli("keys", "create", "--name", "x", "--expires", wrong).code == 2, wrong
    assert cli("keys", "create", "--name", "x", "--expires", "2000-01-01").err.startswith(
        "Refused (bad_value)"
    )
    lines = {line.split()[-1]: line for line in cli("keys", "list").out.splitlines()}
    assert "in force until 2999-01-31" in lines["long"]
    assert "ENDS SOON" in lines["short"]
    assert "ENDS SOON" not in lines["year"]


def test_check_finds_damage_and_lists_it(cli, demo, write, tmp_path):
    file = write("orders.csv", f"{HEAD}\nA-1,c-1,2026-03-01,12.34,GBP\n")
    assert cli("import", "orders", file, "--join-unknown").code == 0
    assert cli("check").code == 0
    with closing(sqlite3.connect(tmp_path / "portal.sqlite")) as database, database:
        database.execute("UPDATE wallet SET available = available + 1, earned = earned + 1")
    said = cli("check")
    assert said.code == 1
    assert "wallet buckets equal the sums of the entries: member " in said.out
    assert said.err == f"{len(said.out.splitlines())} faults"


def test_what_is_due_is_done_once_however_often_the_night_comes(cli, demo, write, clock):
    file = write("orders.csv", f"{HEAD}\nA-1,c-1,{make.NOW.date()},12.00,GBP\n")
    cli("import", "orders", file, "--join-unknown")
    assert cli("nightly").out == "0 members brought up to date\n"
    clock.shift(15 * 24 * 3600)
    assert cli("nightly").out == "1 members brought up to date\n"
    assert cli("nightly").out == "0 members brought up to date\n"
    assert cli("check").code == 0


def test_serving_strangers_directly_is_refused(cli, demo):
    said = cli("serve", "--host", "0.0.0.0")
    assert said.code != 0
    assert "--behind-proxy" in said.err
    assert "PORTAL_TRUSTED_PROXIES=1" in said.err
    said = cli("serve", "--host", "0.0.0.0", "--behind-proxy")
    assert said.code != 0
    assert "PORTAL_TRUSTED_PROXIES=1" in said.err, "as told, but for the setting"
    said = cli("serve", PORTAL_BASE_URL="https://points.example.com")
    assert said.code != 0
    assert "PORTAL_TRUSTED_PROXIES=1" in said.err, "it speaks no https itself, so a proxy stands in front"
