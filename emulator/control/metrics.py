"""``metrics``: what happens, in Prometheus's text format. Every label has a bounded number of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import accumulate

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Info, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from emulator.engine.timers import Timer
from emulator.engine.world import World
from emulator.gateway.tally import BOUNDS, Tally
from emulator.services.mq.broker import MOVES, Broker


class _State(Collector):
    """What the world holds at the moment of the scrape."""

    def __init__(self, world: World) -> None:
        self._world = world

    def collect(self) -> Iterator[Metric]:
        with self._world.lock:
            brokers = Counter(dict.fromkeys(MOVES, 0))
            brokers.update(broker.state for broker in self._world.store.find(Broker))
            timers = Counter({False: 0, True: 0})
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


class _Counted(Collector):
    """What was counted since the start."""

    def __init__(self, world: World, tally: Tally) -> None:
        self._world = world
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        tally = self._tally
        with self._world.lock:
            calls, decisions, side_effects = tally.calls.copy(), tally.decisions.copy(), tally.side_effects.copy()
        requests = [((service, str(status)), number) for (service, status), number in tally.requests.copy().items()]
        yield _family("mq_emulator_requests", "HTTP requests; status 0: left unanswered.", ["service", "status"], requests)
        yield self._seconds()
        yield _family(
            "mq_emulator_calls", "API calls, the service's own included.", ["service", "action", "outcome"], calls.items()
        )
        by_effect = [((effect,), number) for effect, number in decisions.items()]
        yield _family("mq_emulator_decisions", "IAM decisions.", ["effect"], by_effect)
        yield _family(
            "mq_emulator_side_effects",
            "Calls that Amazon MQ made: as itself, as its role, or with its caller's rights.",
            ["service", "action", "outcome", "acting_as"],
            side_effects.items(),
        )

    def _seconds(self) -> Metric:
        family = HistogramMetricFamily("mq_emulator_request_seconds", "Time to answer.", labels=["service"])
        for service, times in self._tally.times.copy().items():
            names = ["+Inf" if bound == float("inf") else str(bound) for bound in BOUNDS]
            family.add_metric([service], list(zip(names, accumulate(times.counts), strict=True)), times.total)
        return family


def _family(name: str, text: str, labels: list[str], numbers: Iterable[tuple[tuple[str, ...], int]]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, number in numbers:
        family.add_metric(values, number)
    return family


class Metrics:
    """The metrics of one world, in a registry of their own."""

    def __init__(self, world: World, tally: Tally) -> None:
        self.registry = CollectorRegistry()
        Info("mq_emulator_build", "Which emulator this is.", registry=self.registry).info({"version": version("mq-emulator")})
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_State(world))
        self.registry.register(_Counted(world, tally))


def add(routes: Blueprint, world: World, tally: Tally) -> None:
    metrics = Metrics(world, tally)

    @routes.get("/metrics")
    def scrape() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(metrics.registry), content_type=content_type)
