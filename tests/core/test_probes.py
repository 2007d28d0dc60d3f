"""The probe table, and what a phone is told in each state."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.probes import (
    IDLE_S,
    PROBES,
    TRANSITIONS,
    Apple,
    Event,
    Phone,
    Probe,
    State,
    System,
    find,
    is_captive,
    is_helper,
    system_of,
    told,
)

WISPR = "CaptiveNetworkSupport-481.0.0 wispr"
PHONES = st.builds(
    Phone,
    state=st.sampled_from(State),
    system=st.none() | st.sampled_from(System),
    is_paired=st.booleans(),
    seen_s=st.floats(0, 1e6),
)
HAPPENED = st.lists(st.tuples(st.sampled_from(Event), st.none() | st.sampled_from(System), st.floats(0, 600)))


def named(name: str) -> Probe:
    return next(probe for probe in PROBES if probe.name == name)


class TestTable:
    def test_every_host_and_path_leads_to_its_row(self) -> None:
        """A host leads to its row whatever the path, a path whatever the host, and none to two rows."""
        for probe in PROBES:
            for host in probe.hosts:
                assert find(host, "/anything", "", own=False) is probe
            for path, host in product(probe.paths, ("", "elsewhere.example", *probe.hosts, *probe.sites)):
                assert find(host, path, "", own=False) is probe
        names = [name for probe in PROBES for name in (*probe.hosts, *probe.paths)]
        assert len(names) == len(set(names))

    def test_only_android_and_ubuntu_have_no_body(self) -> None:
        """Success is a body, or 204 without one, as each system wants it."""
        empty = {probe.name for probe in PROBES if probe.success and not probe.success.body}
        assert empty == {"android", "ubuntu"}
        assert all((probe.success.status == 204) == (not probe.success.body) for probe in PROBES if probe.success)

    @pytest.mark.parametrize("host", ["www.apple.com", "apple.com", "www.google.com", "example.com", "10.42.0.1", ""])
    def test_sites_that_people_open_are_no_probes(self, host: str) -> None:
        """Who types the address of a website is shown the shop, not the word Success."""
        assert find(host, "/", "Mozilla/5.0 (iPhone)", own=False) is None

    def test_apple_is_known_by_its_agent(self) -> None:
        """Apple asks random names and paths now and then; its helper always says who it is."""
        assert find("www.example.com", "/a9f/b3.html", WISPR, own=False) is named("apple")

    def test_apple_follows_us(self) -> None:
        """On our own pages the helper is served them, so that it is not led in a circle."""
        assert find("10.42.0.1", "/captive-portal", WISPR, own=True) is None
        assert find("10.42.0.1", "/hotspot-detect.html", WISPR, own=True) is named("apple")

    def test_a_dot_at_the_end(self) -> None:
        """A fully qualified name is the same name."""
        assert find("captive.apple.com.", "/", "", own=False) is named("apple")


@pytest.mark.parametrize(
    ("agent", "system"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15", System.APPLE),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", System.APPLE),
        (WISPR, System.APPLE),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130.0 Mobile", System.ANDROID),
        ("Mozilla/5.0 (Linux; Android 11; KFTRWI) Silk/120.4 like Chrome/120", System.FIREOS),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)", System.CHROMEOS),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", System.WINDOWS),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0", System.LINUX),
        ("curl/8.14.1", None),
        ("", None),
    ],
)
def test_systems_by_their_browsers(agent: str, system: System | None) -> None:
    """A browser's own words tell the system."""
    assert system_of(agent) is system


def test_helpers() -> None:
    """What a system asks in the background is no person's doing."""
    assert is_helper(WISPR)
    assert is_helper("Dalvik/2.1.0 (Linux; U; Android 15)")
    assert not is_helper("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130.0 Mobile")


class TestStates:
    def test_every_pair(self) -> None:
        """The whole machine: only acceptance leads to ACCEPTED, and no event leads back."""
        after = {(state, event): Phone(state).after(event, 0.0).state for state, event in product(State, Event)}
        assert {pair for pair, state in after.items() if state is State.ACCEPTED} == {
            (State.NEW, Event.ACCEPTED),
            (State.PORTAL, Event.ACCEPTED),
            *((State.ACCEPTED, event) for event in Event),
        }
        assert {pair for pair, state in after.items() if state is State.NEW} == {(State.NEW, Event.ASKED)}
        assert set(TRANSITIONS) == set(State)

    @given(PHONES, st.sampled_from(Event), st.floats(0, 1e6))
    def test_time_leads_back(self, phone: Phone, event: Event, later_s: float) -> None:
        """After the idle time a phone is as new, a paired one still paired; before it, it is as it was."""
        now = phone.seen_s + later_s
        if now - phone.seen_s < IDLE_S:
            assert phone.at(now) == phone
        else:
            assert phone.at(now) == Phone(is_paired=phone.is_paired, seen_s=phone.seen_s)
        assert phone.after(event, now) == phone.at(now).after(event, now)

    @given(HAPPENED, st.sampled_from(PROBES), st.sampled_from(Apple))
    def test_accepting_is_idempotent(
        self, happened: list[tuple[Event, System | None, float]], probe: Probe, apple: Apple
    ) -> None:
        """Whatever came before, to accept twice is to accept once."""
        phone, now = play(Phone(), happened)
        once = phone.after(Event.ACCEPTED, now)
        assert once.after(Event.ACCEPTED, now) == once
        assert told(once, probe, apple) == told(once.after(Event.OPENED, now), probe, apple)

    @given(st.sampled_from([System.ANDROID, System.WINDOWS]))
    def test_the_browser_knows_better(self, system: System) -> None:
        """What a browser says of itself stands against what a probe lets guess; a probe fills only a gap."""
        asked = Phone().after(Event.SHOWN, 0.0, System.LINUX)
        opened = asked.after(Event.OPENED, 1.0, system)
        assert (asked.system, opened.system) == (System.LINUX, system)
        assert opened.after(Event.SHOWN, 2.0, System.LINUX).system is system
        assert Phone().after(Event.SHOWN, 0.0, System.FIREFOX).system is None


class TestTold:
    @given(HAPPENED, st.sampled_from(PROBES), st.sampled_from(Apple))
    def test_a_paired_phone_is_never_told_success(
        self, happened: list[tuple[Event, System | None, float]], probe: Probe, apple: Apple
    ) -> None:
        """Once paired, no events and no time bring a phone to be told Success."""
        phone, now = play(Phone().paired(0.0), happened)
        assert told(phone.at(now + IDLE_S), probe, apple) is None
        assert told(phone, probe, apple) is None
        assert is_captive(phone, "", apple)

    @given(HAPPENED, st.sampled_from(Apple))
    def test_android_never_gets_204(self, happened: list[tuple[Event, System | None, float]], apple: Apple) -> None:
        """As long as its browser does not say Chromebook, nothing that happens closes its sign-in browser."""
        seen = [(event, None if system is System.CHROMEOS else system, s) for event, system, s in happened]
        phone, _ = play(Phone(), seen)
        assert told(phone, named("android"), apple) is None
        assert told(phone, named("fireos"), apple) is None

    @given(PHONES)
    def test_quiet(self, phone: Phone) -> None:
        """Quiet: every iPhone but the stall owner's is told Success at once, in every state."""
        wanted = None if phone.is_paired else named("apple").success
        assert told(phone, named("apple"), Apple.QUIET) == wanted
        assert is_captive(phone, WISPR, Apple.QUIET) is phone.is_paired

    @given(st.sampled_from(PROBES), st.sampled_from(Apple), st.none() | st.sampled_from(System))
    def test_nobody_else_before_continue(self, probe: Probe, apple: Apple, system: System | None) -> None:
        """Before its person went on, a phone is told Success only where the stall has set it so."""
        is_quiet = probe.system is System.APPLE and apple is Apple.QUIET
        for state in (State.NEW, State.PORTAL):
            assert (told(Phone(state, system), probe, apple) is not None) is is_quiet

    def test_after_continue(self) -> None:
        """Then laptops and the sheet are told Success, and what must stay in its sign-in browser is not."""
        accepted = Phone(State.ACCEPTED)
        shown = {probe.name for probe in PROBES if told(accepted, probe, Apple.POPUP) is None}
        assert shown == {"android", "fireos", "windows-browser"}

    def test_a_chromebook(self) -> None:
        """It asks as Android does and has a whole browser: after Continue it gets its 204."""
        accepted = Phone(State.ACCEPTED, System.CHROMEOS)
        assert told(accepted, named("android"), Apple.QUIET) == named("android").success
        assert not is_captive(accepted, "", Apple.QUIET)

    @given(PHONES, st.sampled_from(Apple))
    def test_the_api_says_the_same(self, phone: Phone, apple: Apple) -> None:
        """RFC 8908's `captive` and a probe's answer never contradict each other, where the system is known."""
        rows = {probe.system: probe for probe in reversed(PROBES) if probe.name != "windows-browser"}
        rows[System.CHROMEOS] = rows[System.ANDROID]
        if phone.system is not None:
            assert is_captive(phone, "", apple) is (told(phone, rows[phone.system], apple) is None)


def play(phone: Phone, happened: list[tuple[Event, System | None, float]]) -> tuple[Phone, float]:
    """The phone after these events, each so many seconds after the last; and the time then."""
    now = phone.seen_s
    for event, system, later_s in happened:
        now += later_s
        phone = phone.after(event, now, system)
    return phone, now
