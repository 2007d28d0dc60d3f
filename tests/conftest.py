"""Sees to it that a group of tests which should run does run, and that no property fails for a slow machine.

`STALLBOX_MUST_RUN=interop,browser` names the groups (markers of pyproject.toml) that this machine can run: a skip
in one of them, or a group of which no test ran, then fails the session. Without it a skip stays a skip, and pytest's
summary gives its reason.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

_MUST_RUN = frozenset(filter(None, os.environ.get("STALLBOX_MUST_RUN", "").split(",")))
_RAN = pytest.StashKey[set[str]]()


settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RAN] = set()


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport, groups: frozenset[str]) -> None:
    if report.skipped and groups & _MUST_RUN and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"the group {', '.join(sorted(groups & _MUST_RUN))} must run here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    groups = frozenset(mark.name for mark in item.iter_markers())
    _forbid_skip(report, groups)
    if call.when == "call":
        item.config.stash[_RAN].update(groups)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    # A module that skips itself has no marks yet; its folder bears the group's name.
    _forbid_skip(report, frozenset(collector.path.parts))
    return report


def _missing(config: pytest.Config) -> list[str]:
    ran: set[str] = config.stash[_RAN]
    return sorted(_MUST_RUN - ran)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _missing(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for group in _missing(config):
        terminalreporter.write_line(f"FAILED group {group}: it must run here, and none of its tests did", red=True)
