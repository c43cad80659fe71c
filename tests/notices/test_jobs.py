"""The queue that wakes the worker: three kinds, plain JSON in it, and nothing lost when it is away."""

import json
import sqlite3
from contextlib import closing, nullcontext

import pytest

from portal import jobs
from portal.config import Settings


@pytest.fixture(params=["sqlite", "valkey", "postgresql"])
def settings(request, tmp_path) -> Settings:
    """Settings with each kind of queue."""
    more: dict[str, str] = {}
    if request.param == "valkey":
        more["PORTAL_VALKEY_URL"] = request.getfixturevalue("valkey")
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        more["PORTAL_QUEUE_DATABASE_URL"] = server.url(server.create()).replace(
            "postgresql+psycopg://", "postgresql://"
        )
    return Settings.load({"PORTAL_HOME": str(tmp_path), **more})


@pytest.fixture
def opened(settings, monkeypatch):
    """The queue of these settings, as `create_app` would open it; closed at the end."""
    monkeypatch.setattr(jobs, "_current", None)
    jobs.start(settings, nullcontext)
    queue, _wake_up = jobs._jobs().queue
    yield queue
    if hasattr(queue.storage, "close"):
        queue.storage.close()
    if hasattr(queue.storage, "pool"):
        queue.storage.pool.disconnect()


def test_a_wake_up_lets_the_worker_do_everything_that_was_registered(opened):
    done = []
    jobs.on_drain(lambda: done.append("mail"))
    jobs.on_drain(lambda: done.append("more"))
    jobs.wake()
    assert done == [], "not here, but in the worker"
    opened.execute(opened.dequeue())
    assert done == ["mail", "more"]


def test_a_thousand_wake_ups_are_as_few_and_the_last_is_not_missed(opened):
    done = []
    jobs.on_drain(lambda: done.append("drain"))
    for _ in range(1000):
        jobs.wake()
    assert opened.pending_count() == jobs.ENOUGH
    while (task := opened.dequeue()) is not None:
        opened.execute(task)
    assert done == ["drain"] * jobs.ENOUGH
    jobs.wake()
    assert opened.pending_count() == 1, "who is told after the last look is looked at again"


def test_scheduled_work_that_waits_is_no_reason_not_to_wake(opened):
    for task in opened._registry.periodic_tasks:
        opened.enqueue(task)
    jobs.wake()
    assert opened.pending_count() == 3


def test_the_worker_looks_each_minute_and_runs_what_is_scheduled_each_hour(opened):
    done = []
    jobs.on_drain(lambda: done.append("drain"))
    jobs.on_nightly(lambda: done.append("nightly"))
    for task in opened._registry.periodic_tasks:
        opened.execute(task)
    assert sorted(done) == ["drain", "nightly"]


def test_a_worker_that_is_told_to_end_begins_nothing_more(opened, monkeypatch):
    done = []
    consumer = opened.create_consumer(workers=1)
    monkeypatch.setattr(jobs, "_consumer", consumer)
    jobs.on_drain(lambda: done.append("mail"))
    jobs.on_drain(consumer.stop_flag.set)
    jobs.on_drain(lambda: done.append("more"))
    jobs.wake()
    opened.execute(opened.dequeue())
    assert done == ["mail"]


def test_what_stands_in_the_queue_is_plain_json(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "_current", None)
    jobs.start(Settings.load({"PORTAL_HOME": str(tmp_path)}), nullcontext)
    jobs.wake()
    with closing(sqlite3.connect(tmp_path / "queue.sqlite")) as database:
        (data,) = database.execute("SELECT data FROM task").fetchone()
    assert "drain" in json.loads(bytes(data))[1]
    jobs._jobs().queue[0].storage.close()


def test_a_queue_out_of_reach_fails_nothing(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(jobs, "_current", None)
    away = {"PORTAL_HOME": str(tmp_path), "PORTAL_VALKEY_URL": "redis://127.0.0.1:1/0"}
    jobs.start(Settings.load(away), nullcontext)
    jobs.wake()
    assert "the job queue does not answer" in caplog.text


def test_commands_that_need_no_queue_open_none(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "_current", None)
    jobs.start(Settings.load({"PORTAL_HOME": str(tmp_path)}), nullcontext)
    assert list(tmp_path.iterdir()) == []
