"""``metrics``: what happens, in Prometheus's text format. Every label has a bounded number of values."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterator
from importlib.metadata import version

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from emulator.control.entries import acting_as
from emulator.engine.journal import Entry
from emulator.engine.timers import Timer
from emulator.engine.world import World
from emulator.gateway.request_log import QUIET, line
from emulator.services.mq.broker import MOVES, Broker

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class _State(Collector):
    """What the world holds at the moment of the scrape."""

    def __init__(self, world: World) -> None:
        self._world = world

    def collect(self) -> Iterator[Metric]:
        with self._world.lock:
            brokers = Count(dict.fromkeys(MOVES, 0))
            brokers.update(broker.state for broker in self._world.store.find(Broker))
            timers = Count({False: 0, True: 0})
            timers.update(timer.is_background for timer in self._world.store.find(Timer))
            kept, dropped = self._world.journal.kept, self._world.journal.dropped
        by_state = GaugeMetricFamily("mq_emulator_brokers", "Brokers by state.", labels=["state"])
        for state, number in brokers.items():
            by_state.add_metric([state], number)
        yield by_state
        pending = GaugeMetricFamily("mq_emulator_timers", "Timers that are set.", labels=["background"])
        for is_background, number in timers.items():
            pending.add_metric([str(is_background).lower()], number)
        yield pending
        yield GaugeMetricFamily("mq_emulator_journal_entries", "Entries that the journal holds.", kept)
        yield GaugeMetricFamily("mq_emulator_journal_dropped", "Entries that made room for newer ones, since a reset.", dropped)


class Metrics:
    """The counters of one world, in a registry of their own. They count on through resets."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.registry = CollectorRegistry()
        self._requests = Counter("mq_emulator_requests", "HTTP requests.", ["service", "status"], registry=self.registry)
        self._seconds = Histogram(
            "mq_emulator_request_seconds", "Time to answer.", ["service"], buckets=_SECONDS, registry=self.registry
        )
        self._calls = Counter(
            "mq_emulator_calls",
            "API calls, the service's own included.",
            ["service", "action", "outcome"],
            registry=self.registry,
        )
        self._decisions = Counter("mq_emulator_decisions", "IAM decisions.", ["effect"], registry=self.registry)
        self._side_effects = Counter(
            "mq_emulator_side_effects",
            "Calls that Amazon MQ made: as itself, as its role, or with its caller's rights.",
            ["service", "action", "outcome", "acting_as"],
            registry=self.registry,
        )
        Info("mq_emulator_build", "Which emulator this is.", registry=self.registry).info({"version": version("mq-emulator")})
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_State(world))
        world.journal.listeners.append(self._count)

    def _count(self, entry: Entry) -> None:
        if entry.kind != "call":
            return
        service, _, action = entry.title.partition(":")
        if action not in self._world.services[service].operations:
            action = "unknown"
        self._calls.labels(service, action, entry.outcome).inc()
        for decision in entry.decided:
            self._decisions.labels(decision.effect).inc()
        made_as = acting_as(entry)
        if made_as:
            self._side_effects.labels(service, action, entry.outcome, made_as).inc()

    def observe(self, response: Response) -> Response:
        """Count one HTTP request; those for the control API are of the service ``control``."""
        rule = request.url_rule.rule if request.url_rule else ""
        if rule not in QUIET:
            service = line().service or "control"
            self._requests.labels(service, response.status_code).inc()
            self._seconds.labels(service).observe(line().seconds)
        return response


def add(routes: Blueprint, world: World) -> None:
    metrics = Metrics(world)
    routes.after_app_request(metrics.observe)

    @routes.get("/metrics")
    def scrape() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(metrics.registry), content_type=content_type)
