"""What tools list when they start, of things that cannot exist here: the answer is truthfully empty.

Their calls that would make such things are not implemented, and say so. A token is never good, for no page has ever had one.
"""

# ruff: noqa: ARG001  # there is nothing to choose from; the members are checked against the model

from __future__ import annotations

from collections.abc import Iterator

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_group import find_group, group_need, resolve, the_group
from emulator.values.call import Call, Need


def describe_account_policies(
    _world: World, call: Call, *, policyType: str, policyName: str | None = None, nextToken: str | None = None
) -> Result:
    return _nothing(call, "accountPolicies")


def describe_account_policies_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_destinations(
    _world: World, call: Call, *, DestinationNamePrefix: str | None = None, nextToken: str | None = None, limit: int = 50
) -> Result:
    return _nothing(call, "destinations")


def describe_destinations_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_export_tasks(
    _world: World,
    call: Call,
    *,
    taskId: str | None = None,
    statusCode: str | None = None,
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    return _nothing(call, "exportTasks")


def describe_export_tasks_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_queries(
    _world: World,
    call: Call,
    *,
    logGroupName: str | None = None,
    status: str | None = None,
    queryLanguage: str | None = None,
    nextToken: str | None = None,
    maxResults: int = 50,
) -> Result:
    return _nothing(call, "queries")


def describe_queries_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_query_definitions(
    _world: World,
    call: Call,
    *,
    queryDefinitionNamePrefix: str | None = None,
    queryLanguage: str | None = None,
    nextToken: str | None = None,
    maxResults: int = 50,
) -> Result:
    return _nothing(call, "queryDefinitions")


def describe_query_definitions_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_deliveries(
    _world: World,
    call: Call,
    *,
    deliverySourceNames: list[str] | None = None,
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    return _nothing(call, "deliveries")


def describe_deliveries_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_delivery_sources(
    _world: World, call: Call, *, resourceArns: list[str] | None = None, nextToken: str | None = None, limit: int = 50
) -> Result:
    return _nothing(call, "deliverySources")


def describe_delivery_sources_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_delivery_destinations(
    _world: World, call: Call, *, names: list[str] | None = None, nextToken: str | None = None, limit: int = 50
) -> Result:
    return _nothing(call, "deliveryDestinations")


def describe_delivery_destinations_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_subscription_filters(
    world: World,
    call: Call,
    *,
    logGroupName: str,
    filterNamePrefix: str | None = None,
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    the_group(world, call)
    return _nothing(call, "subscriptionFilters")


def describe_subscription_filters_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def describe_index_policies(world: World, call: Call, *, logGroupIdentifiers: list[str], nextToken: str | None = None) -> Result:
    _check_groups(world, call, logGroupIdentifiers)
    return _nothing(call, "indexPolicies")


def describe_index_policies_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def list_log_anomaly_detectors(
    _world: World, call: Call, *, filterLogGroupArn: str | None = None, nextToken: str | None = None, limit: int = 50
) -> Result:
    return _nothing(call, "anomalyDetectors")


def list_log_anomaly_detectors_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def list_integrations(
    _world: World,
    call: Call,
    *,
    integrationNamePrefix: str | None = None,
    integrationType: str | None = None,
    integrationStatus: str | None = None,
) -> Result:
    return _nothing(call, "integrationSummaries")


def list_integrations_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def get_data_protection_policy(world: World, call: Call, *, logGroupIdentifier: str) -> Result:
    """AWS answers of a group without a policy with its identifier and nothing else (inferred from clients that read it so)."""
    the_group(world, call)
    return {"logGroupIdentifier": logGroupIdentifier}


def get_data_protection_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def _nothing(call: Call, what: str) -> Result:
    if call.params.get("nextToken") is not None:
        raise errors.bad_token()
    return {what: []}


def _check_groups(world: World, call: Call, identifiers: list[str]) -> None:
    for identifier in identifiers:
        if find_group(world, call, resolve(call, identifier)) is None:
            raise errors.no_such_group()
