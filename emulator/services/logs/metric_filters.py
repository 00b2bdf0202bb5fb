"""Operations on metric filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.filter_pattern import FilterPattern, InvalidPatternError, compile_pattern, is_selector, selects
from emulator.services.logs.log_group import group_need, milliseconds, the_group
from emulator.services.logs.metric_matches import MetricFilter, filters_of
from emulator.services.logs.pattern_values import number_of
from emulator.values.call import Call, Need
from emulator.values.page import page

MOST_FILTERS = 100
MOST_WITH_REGEX = 5
"""In one group (documented; the second observed)."""
MOST_DIMENSIONS = 3
SYSTEM_FIELDS = ("@aws.region", "@aws.account", "@source.log")


class MetricTransformation(TypedDict, total=False):
    metricName: str
    metricNamespace: str
    metricValue: str
    defaultValue: float
    dimensions: dict[str, str]
    unit: str


def put_metric_filter(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    filterName: str,
    filterPattern: str,
    metricTransformations: list[MetricTransformation],
    applyOnTransformedLogs: bool = False,
    fieldSelectionCriteria: str | None = None,
    emitSystemFieldDimensions: list[str] | None = None,
) -> Result:
    """Another filter of the name is replaced and keeps its creation time; its matches are counted anew.

    No group here transforms its logs, so ``applyOnTransformedLogs`` is remembered and shown only, as on AWS.
    """
    group = the_group(world, call)
    pattern = _compiled(filterPattern)
    (transformation,) = metricTransformations
    _check_transformation(transformation, pattern, emitSystemFieldDimensions or [])
    _check_criteria(fieldSelectionCriteria, call)
    others = {one.name: one for one in filters_of(world, group)}
    old = others.pop(filterName, None)
    _check_limits(pattern, list(others.values()))
    settings: dict[str, Any] = {"applyOnTransformedLogs": applyOnTransformedLogs}
    if fieldSelectionCriteria:
        settings["fieldSelectionCriteria"] = fieldSelectionCriteria
    if emitSystemFieldDimensions:
        settings["emitSystemFieldDimensions"] = list(dict.fromkeys(emitSystemFieldDimensions))
    world.store.put(
        MetricFilter(
            account=group.account,
            region=group.region,
            id=f"{group.id}:{filterName}",
            group=group.id,
            name=filterName,
            created=old.created if old else milliseconds(world),
            pattern=filterPattern,
            transformation=dict(transformation),
            settings=settings,
        )
    )
    return {}


def put_metric_filter_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def delete_metric_filter(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    filterName: str,
) -> Result:
    group = the_group(world, call)
    found = world.store.get(MetricFilter, (group.account, group.region, f"{group.id}:{filterName}"))
    if found is None:
        raise errors.no_such_metric_filter()
    world.store.delete(found)
    return {}


def delete_metric_filter_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def describe_metric_filters(
    world: World,
    call: Call,
    *,
    logGroupName: str | None = None,
    filterNamePrefix: str | None = None,
    metricName: str | None = None,
    metricNamespace: str | None = None,
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    """Those of a group, or of all groups by metric (then the prefix is passed over: observed), by name, then by group."""
    by_metric = metricName is not None and metricNamespace is not None
    if (metricName is None) != (metricNamespace is None) or (logGroupName is not None and by_metric):
        raise errors.group_or_metric()
    if logGroupName is not None:
        found = [one for one in filters_of(world, the_group(world, call)) if one.name.startswith(filterNamePrefix or "")]
    else:
        every = world.store.find(MetricFilter, call.account, call.region)
        found = [one for one in every if not by_metric or _metric(one) == (metricNamespace, metricName)]
    found.sort(key=_place)
    chosen, token = page(found, _place, nextToken, limit, errors.bad_list_token)
    return {"metricFilters": [_shown(one) for one in chosen], **({"nextToken": token} if token else {})}


def describe_metric_filters_needs(world: World, call: Call) -> Iterator[Need]:
    """Without a group, on empty names as DescribeLogGroups (inferred)."""
    if call.params.get("logGroupName") is not None:
        yield group_need(world, call)
    else:
        yield Need(call.action, call.arn("log-group::log-stream:"))


def test_metric_filter(  # the operation, no test of ours
    _world: World,
    _call: Call,
    *,
    filterPattern: str,
    logEventMessages: list[str],
) -> Result:
    """Events are numbered from 1 (observed). Only space-delimited patterns extract values (observed)."""
    pattern = _compiled(filterPattern)
    found = [(number, message, pattern.extract(message)) for number, message in enumerate(logEventMessages, 1)]
    return {
        "matches": [
            {"eventNumber": number, "eventMessage": message, "extractedValues": values}
            for number, message, values in found
            if values is not None
        ]
    }


def test_metric_filter_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def _compiled(source: str) -> FilterPattern:
    try:
        return compile_pattern(source)
    except InvalidPatternError as error:
        raise errors.invalid_pattern(str(error) or "Invalid metric filter pattern") from None


def _check_transformation(transformation: MetricTransformation, pattern: FilterPattern, system: list[str]) -> None:
    value, dimensions = transformation["metricValue"], transformation.get("dimensions", {})
    if number_of(value) is None and not is_selector(value):
        raise errors.metric_value_malformed(value)
    if dimensions and "defaultValue" in transformation:
        raise errors.dimensions_and_default()
    if dimensions and pattern.kind == "terms":
        raise errors.pattern_without_dimensions()
    if not all(map(is_selector, dimensions.values())):
        raise errors.dimension_malformed()
    if not set(system) <= set(SYSTEM_FIELDS):
        raise errors.system_field_unknown(SYSTEM_FIELDS)
    if len(dimensions) + len(set(system)) > MOST_DIMENSIONS:
        raise errors.too_many_dimensions()


def _check_criteria(criteria: str | None, call: Call) -> None:
    try:
        if criteria:
            selects(criteria, call.account, call.region)
    except InvalidPatternError:
        raise errors.criteria_malformed() from None


def _check_limits(pattern: FilterPattern, others: list[MetricFilter]) -> None:
    with_regex = sum(compile_pattern(other.pattern).regexes > 0 for other in others)
    if len(others) >= MOST_FILTERS or (pattern.regexes and with_regex >= MOST_WITH_REGEX):
        raise errors.limit_exceeded()


def _metric(one: MetricFilter) -> tuple[str, str]:
    return one.transformation["metricNamespace"], one.transformation["metricName"]


def _place(one: MetricFilter) -> str:
    return f"{one.name}\n{one.group}"


def _shown(one: MetricFilter) -> dict[str, Any]:
    return {
        "filterName": one.name,
        "filterPattern": one.pattern,
        "metricTransformations": [dict(one.transformation)],
        "creationTime": one.created,
        "logGroupName": one.group,
        **one.settings,
    }
