"""How the API shows a broker. Spellings of answers differ from those of requests (A.3)."""

from __future__ import annotations

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq.broker import ENGINES, Broker, Pairing, Pending
from emulator.services.mq.broker_users import summaries
from emulator.shapes.regions import dns_suffix


def summary(broker: Broker) -> Result:
    """A row of ListBrokers."""
    return {
        "BrokerArn": broker.arn,
        "BrokerId": broker.id,
        "BrokerName": broker.name,
        "BrokerState": broker.state,
        "Created": broker.created,
        "DeploymentMode": broker.deployment_mode,
        "EngineType": ENGINES[broker.engine],
        "HostInstanceType": broker.instance_type,
    }


def description(world: World, broker: Broker) -> Result:
    """DescribeBroker's answer."""
    return {
        **summary(broker),
        "ActionsRequired": [{"ActionRequiredCode": code, "ActionRequiredInfo": ""} for code in broker.actions_required],
        "AuthenticationStrategy": broker.authentication.lower(),
        "AutoMinorVersionUpgrade": True,
        "BrokerInstances": _instances(broker) if broker.is_reachable else [],
        "Configurations": _configurations(broker),
        "DataReplicationMode": _mode(broker.pairing) if broker.engine == "ACTIVEMQ" else None,
        "DataReplicationMetadata": replication_metadata(broker.pairing),
        "EncryptionOptions": {"UseAwsOwnedKey": broker.kms_key is None, "KmsKeyId": broker.kms_key},
        "EngineVersion": broker.engine_version,
        "LdapServerMetadata": broker.ldap,
        "Logs": _logs(broker),
        "MaintenanceWindowStartTime": dict(broker.maintenance),
        "PubliclyAccessible": broker.is_public,
        "SecurityGroups": list(broker.security_groups),
        "StorageSize": broker.storage_size,
        "StorageType": broker.storage_type.lower(),
        "SubnetIds": list(broker.subnet_ids),
        "Tags": dict(broker.tags),
        "Users": summaries(world, broker),
        **_pending(broker.pending),
    }


def _pending(pending: Pending) -> Result:
    shown: Result = {
        "PendingAuthenticationStrategy": pending["authentication"].lower() if "authentication" in pending else None,
        "PendingEngineVersion": pending.get("engine_version"),
        "PendingHostInstanceType": pending.get("instance_type"),
        "PendingLdapServerMetadata": pending.get("ldap"),
        "PendingSecurityGroups": list(pending["security_groups"]) if "security_groups" in pending else None,
        "PendingStorageSize": pending.get("storage_size"),
    }
    return {**shown, **pending_replication(pending)}


def pending_replication(pending: Pending) -> Result:
    """What of data replication is pending, as DescribeBroker and UpdateBroker show it."""
    if "pairing" not in pending:
        return {}
    return {
        "PendingDataReplicationMode": _mode(pending["pairing"]),
        "PendingDataReplicationMetadata": replication_metadata(pending["pairing"]),
    }


def _mode(pairing: Pairing | None) -> str:
    return "CRDR" if pairing else "NONE"


def replication_metadata(pairing: Pairing | None) -> Result | None:
    if pairing is None:
        return None
    role, broker_id, region = pairing
    return {"DataReplicationRole": role, "DataReplicationCounterpart": {"BrokerId": broker_id, "Region": region}}


def _configurations(broker: Broker) -> Result:
    return {
        "Current": _revision(broker.configuration),
        "Pending": _revision(broker.pending.get("configuration")) if broker.is_accepted else None,
        "History": [_revision(earlier) for earlier in broker.earlier_configurations],
    }


def _revision(used: tuple[str, int] | None) -> Result | None:
    return {"Id": used[0], "Revision": used[1]} if used else None


def _logs(broker: Broker) -> Result:
    """An ActiveMQ broker shows both groups' names from the start, whatever is on (A.5)."""
    shown: Result = {"General": broker.has_general_logs, "GeneralLogGroup": broker.log_group("general")}
    if broker.engine == "ACTIVEMQ":
        shown |= {"Audit": broker.has_audit_logs, "AuditLogGroup": broker.log_group("audit")}
    coming = {"General": broker.pending.get("has_general_logs"), "Audit": broker.pending.get("has_audit_logs")}
    pending = {name: is_on for name, is_on in coming.items() if is_on is not None}
    return {**shown, "Pending": pending} if pending else shown


_PROTOCOLS = (("ssl", 61617), ("amqp+ssl", 5671), ("stomp+ssl", 61614), ("mqtt+ssl", 8883), ("wss", 61619))


def _instances(broker: Broker) -> list[Result]:
    """RabbitMQ shows one instance, for a cluster too, and no address; ActiveMQ each one with its own (A.6)."""
    domain = f"mq.{broker.region}.{dns_suffix(broker.region)}"
    if broker.engine == "RABBITMQ":
        host = f"{broker.id}.{domain}"
        return [{"ConsoleURL": f"https://{host}", "Endpoints": [f"amqps://{host}:5671"]}]
    return [
        {
            "ConsoleURL": f"https://{broker.id}-{number}.{domain}:8162",
            "Endpoints": [f"{protocol}://{broker.id}-{number}.{domain}:{port}" for protocol, port in _PROTOCOLS],
            "IpAddress": interface.address,
        }
        for number, interface in enumerate(broker.interfaces, 1)
    ]
