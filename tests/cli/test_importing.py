"""`portal import` on the command line: tried, done once, and what it refuses."""

import re
import sqlite3
from contextlib import closing

from tests.cli.conftest import HEAD


def test_an_import_is_tried_then_done_and_done_once(cli, demo, write, tmp_path):
    file = write("orders.csv", f"{HEAD}\nA-1,c-1,2026-03-01,12.34,GBP\nA-2,c-2,2026-03-02,8.00,GBP\n")

    def rows() -> int:
        with closing(sqlite3.connect(tmp_path / "portal.sqlite")) as database:
            return int(database.execute("SELECT COUNT(*) FROM entry").fetchone()[0])

    tried = cli("import", "orders", file, "--join-unknown", "--dry-run")
    assert tried.code == 0
    assert "2 orders, 2 members joined by them, nothing kept (dry run)" in tried.out
    assert rows() == 0
    done = cli("import", "orders", file, "--join-unknown")
    assert done.code == 0
    assert "2 orders, 2 members joined by them\n" in done.out
    before = rows()
    assert before > 0
    again = cli("import", "orders", file, "--join-unknown")
    assert again.code == 0
    assert "2 states stood already" in again.out
    assert rows() == before


def test_what_an_import_refuses_is_told_and_kept_in_a_file(cli, demo, write, tmp_path):
    file = write(
        "orders.csv",
        f"{HEAD}\nA-1,c-1,2026-03-01,12.34,GBP\nA-2,c-2,2026-03-02,8.00,XXX\nA-3,c-3,2026-03-02,-1,GBP\n",
    )
    said = cli("import", "orders", file, "--join-unknown")
    assert said.code == 1
    assert "orders.csv:3: unknown_currency" in said.err
    assert "orders.csv:4: " in said.err
    reported = re.search(r"2 refused; reasons in (\S+)", said.err)
    assert reported, said.err
    report = (tmp_path / reported[1]).read_text()
    assert "unknown_currency" in report
    assert len(report.strip().splitlines()) >= 2


def test_an_import_that_cannot_begin_is_wrong_usage(cli, demo, write):
    file = write("orders.csv", f"{HEAD}\nA-1,c-1,2026-03-01,12.34,GBP\n")
    for words in (
        (file, "--map", "nothing"),
        (file, "--map", "nowhere.toml"),
        ("nowhere.csv",),
        (write("x.csv", "a,b\n1,2\n"),),
    ):
        said = cli("import", "orders", *words)
        assert (said.code, said.out) == (2, ""), words
        assert said.err
        assert "Traceback" not in said.err


def test_a_shop_that_is_not_there_cannot_have_imported(cli, demo, write):
    file = write("orders.csv", f"{HEAD}\nA-1,c-1,2026-03-01,12.34,GBP\n")
    said = cli("import", "orders", file, "--shop", "No Such Shop", "--join-unknown")
    assert said.code in (1, 2)
    assert "Traceback" not in said.err
