"""Real histories must come to the control figures: a part here (on PostgreSQL, where each statement is a way to go, a
fiftieth of CDNOW), the whole on both databases in `make evidence`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import make
from tests.lab import figures, naive


def test_a_plain_loop_over_cdnow_gives_the_control_figures(histories):
    assert naive.cdnow() == naive.expected_cdnow()


def test_a_plain_loop_over_online_retail_gives_the_control_figures(histories):
    assert naive.retail() == naive.expected_retail()


def test_a_part_of_cdnow_earns_and_rises_as_the_plain_loop_says(histories, app, use, tmp_path, engine):
    from portal import earning, lab, ledger

    use("cdnow")
    part = naive.a_tenth if engine == "sqlite" else naive.a_fiftieth
    file = naive.excerpt(naive.CDNOW, tmp_path / "orders.csv", part)
    report = lab.import_orders(file, lab.load_mapping("cdnow"), join_unknown=True, now=make.NOW)
    assert report.finished
    assert not report.refused
    assert figures.cdnow() == naive.cdnow(part)
    assert ledger.faults() + earning.faults() == []


@pytest.mark.both_engines
def test_a_tenth_of_online_retail_keeps_what_refunds_leave(histories, app, use, tmp_path):
    from portal import earning, lab, ledger

    use("retail")
    file = naive.excerpt(naive.RETAIL, tmp_path / "orders.csv", naive.a_tenth)
    report = lab.import_orders(file, lab.load_mapping("online-retail"), join_unknown=True, now=make.NOW)
    assert report.finished
    assert not report.refused
    assert report.unlinked > 0
    assert figures.retail() == naive.retail(naive.a_tenth)
    assert ledger.faults() + earning.faults() == []


IMPORT = """
import os, sys
from datetime import datetime
from pathlib import Path
from portal import create_app, lab
from portal.config import Settings
with create_app(Settings.load(os.environ)).app_context():
    lab.import_orders(
        Path(sys.argv[1]), lab.load_mapping("online-retail"), join_unknown=True,
        now=datetime.fromisoformat(sys.argv[2]), progress=lambda done, total: print("done", done, flush=True),
    )
"""


def test_an_import_that_was_killed_goes_on_and_comes_to_the_same(histories, app, use, tmp_path, environ):
    from portal import earning, lab, ledger

    use("retail")
    file = naive.excerpt(naive.RETAIL, tmp_path / "orders.csv", naive.a_tenth)
    for chunks in (2, 3):  # killed twice, each time while the next chunk is being written
        command = [sys.executable, "-c", IMPORT, str(file), make.NOW.isoformat()]
        root = Path(__file__).resolve().parents[2]
        child = subprocess.Popen(
            command, env={**os.environ, **environ}, cwd=root, stdout=subprocess.PIPE, text=True
        )
        with child:
            assert child.stdout is not None
            while chunks:
                line = child.stdout.readline()
                assert line, "the import ended before it could be killed"
                chunks -= line.startswith("done")
            os.kill(child.pid, signal.SIGKILL)
    told = []
    report = lab.import_orders(
        file,
        lab.load_mapping("online-retail"),
        join_unknown=True,
        now=make.NOW,
        progress=lambda done, _total: told.append(done),
    )
    assert told[0] >= 6 * 200, "it goes on where it was, and does not begin again"
    assert report.finished
    assert report.repeated == 0
    assert figures.retail() == naive.retail(naive.a_tenth)
    assert ledger.faults() + earning.faults() == []


def test_baskets_of_many_lines_are_orders_and_count_whole(histories, app, use, tmp_path):
    from sqlalchemy import text

    from portal import lab
    from portal.db import read

    use("cdnow")
    rows = [row for row in naive.rows(naive.GROCERY) if row["household_id"] == "40"]
    file = tmp_path / "baskets.csv"
    file.write_text(
        "\n".join(",".join(line) for line in [list(rows[0]), *(list(row.values()) for row in rows)])
    )
    report = lab.import_orders(file, lab.load_mapping("grocery"), join_unknown=True, now=make.NOW)
    household = naive.control("grocery_sample")["top_5_households_by_sales_cents"][0]
    assert household["household_id"] == "40"
    assert report.orders == household["baskets"]
    assert read(text("SELECT available FROM wallet")).scalar_one() == household["points"]
