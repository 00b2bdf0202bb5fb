"""Amazon MQ's errors: what it refuses of data replication. Docstrings begin as those of ``errors`` do."""

from __future__ import annotations

from emulator.services.mq.errors import bad_request
from emulator.values.errors import AwsError


def no_replication_for_rabbitmq() -> AwsError:
    """Documented: data replication is ActiveMQ's."""
    return bad_request("Data replication is not supported for RabbitMQ brokers.", "dataReplicationMode")


def no_primary_named() -> AwsError:
    """Documented: the rule."""
    text = "[dataReplicationPrimaryBrokerArn] must be specified when [dataReplicationMode] is CRDR."
    return bad_request(text, "dataReplicationPrimaryBrokerArn")


def primary_without_replication() -> AwsError:
    text = "[dataReplicationPrimaryBrokerArn] can't be specified unless [dataReplicationMode] is CRDR."
    return bad_request(text, "dataReplicationPrimaryBrokerArn")


def replication_needs_standby(mode: str) -> AwsError:
    """Documented: only active/standby brokers."""
    text = f"Data replication requires deployment mode [ACTIVE_STANDBY_MULTI_AZ], not [{mode}]."
    return bad_request(text, "deploymentMode")


def unusable_primary(arn: str, why: str) -> AwsError:
    """Documented: an active/standby broker of another Region."""
    return bad_request(f"Broker [{arn}] can't be the primary broker: {why}.", "dataReplicationPrimaryBrokerArn")


def no_replication_user() -> AwsError:
    """Documented: what the user is for."""
    return bad_request("A replica broker must be created with a replication user.", "users")


def replication_starts_with_a_replica() -> AwsError:
    """Documented: CreateBroker makes the replica of a primary."""
    text = "Data replication can't be turned on with UpdateBroker. Create a replica of the broker instead."
    return bad_request(text, "dataReplicationMode")


def replication_ends_at_the_primary(broker_id: str) -> AwsError:
    text = f"Data replication can't be changed on broker [{broker_id}]: it is not a primary broker."
    return bad_request(text, "dataReplicationMode")


def not_a_replica(broker_id: str) -> AwsError:
    """Documented: Promote is for replicas."""
    return bad_request(f"Broker [{broker_id}] is not a replica broker and can't be promoted.", "broker-id")


def primary_not_ready(broker_id: str) -> AwsError:
    """Documented: a switchover depends on the health of both."""
    text = f"A switchover needs a running primary broker that replicates. Reboot or repair broker [{broker_id}], or fail over."
    return bad_request(text, "mode")


def being_promoted(broker_id: str) -> AwsError:
    return bad_request(f"Broker [{broker_id}] is already being promoted.", "broker-id")


def paired(broker_id: str) -> AwsError:
    text = (
        f"Broker [{broker_id}] is part of a data replication pair. Set [dataReplicationMode] to NONE on the primary broker first."
    )
    return bad_request(text, "broker-id")
