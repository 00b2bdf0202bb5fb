"""Amazon MQ's errors, one constructor each.

A docstring begins with where the text is from: "Observed" (section A of the behaviour reference), "Documented" (the rule is
AWS's, the text ours), or neither (rule and text are ours, in the style of their neighbours). docs/errors-mq.md shows them all.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.values.errors import AwsError


def bad_request(text: str, attribute: str | None = None) -> AwsError:
    """400 with MQ's ``errorAttribute``."""
    fields = {"ErrorAttribute": attribute} if attribute else {}
    return AwsError("BadRequestException", text, status=400, **fields)


def conflict(text: str, attribute: str) -> AwsError:
    """409 with MQ's ``errorAttribute``."""
    return AwsError("ConflictException", text, ErrorAttribute=attribute)


def not_found(text: str, attribute: str) -> AwsError:
    """404 with MQ's ``errorAttribute``."""
    return AwsError("NotFoundException", text, ErrorAttribute=attribute)


# Any request ---------------------------------------------------------------------------------------------------------


def bad_value(attribute: str, value: object, valid: Sequence[str]) -> AwsError:
    """Documented: the valid values. In the style of the observed engine version error."""
    return bad_request(f"Value [{value}] is invalid for [{attribute}]. Valid values: [{', '.join(valid)}].", attribute)


def bad_page_size(size: object, least: object, most: object) -> AwsError:
    """Documented: the limits."""
    return bad_request(f"Value [{size}] is invalid for [maxResults]. It must be from {least} to {most}.", "maxResults")


def bad_token() -> AwsError:
    return bad_request("The specified nextToken is invalid.", "nextToken")


def forbidden(text: str) -> AwsError:
    """403 of the service itself, when the caller's rights do not reach far enough downstream; the sentence is IAM's, EC2's."""
    return AwsError("ForbiddenException", text)


def downstream(text: str) -> AwsError:
    """500, our choice of code, when a service that is asked with the caller's rights throttles, fails or does not answer."""
    return AwsError("InternalServerErrorException", text)


def no_such_resource() -> AwsError:
    """Observed, for tags of an unknown ARN; it has no errorAttribute."""
    return AwsError("NotFoundException", "Resource was not found")


def too_many_tags(kind: str, most: object) -> AwsError:
    """Documented: the limit."""
    return bad_request(f"A {kind} can have at most {most} tags.", "tags")


# Brokers -------------------------------------------------------------------------------------------------------------


def no_such_broker(broker_id: str) -> AwsError:
    """Observed."""
    text = f"Cannot find broker ID [{broker_id}]. Verify that your broker exists or check broker permissions."
    return not_found(text, "broker-id")


def name_taken(name: str) -> AwsError:
    """Observed."""
    return conflict(f"Broker named [{name}] already exists. Specify a unique broker name.", "brokerName")


def too_many_brokers(most: object, region: str) -> AwsError:
    """Documented: the quota."""
    return bad_request(f"An account can have at most {most} brokers in Region [{region}].")


def bad_name() -> AwsError:
    """Observed."""
    return bad_request("Make sure your Broker name only contains valid characters.", "brokerName")


def bad_engine_version(version: str, engine: str, valid: Sequence[str]) -> AwsError:
    """Observed on CreateConfiguration."""
    text = f"Broker engine version [{version}] is invalid for broker engine type [{engine}]. Valid values: [{', '.join(valid)}]."
    return bad_request(text, "engineVersion")


def downgrade(current: str, version: str) -> AwsError:
    """Documented: versions only go up."""
    return bad_request(f"Broker engine version can't be downgraded from [{current}] to [{version}].", "engineVersion")


def bad_size(instance: str, mode: str) -> AwsError:
    """Documented: which instance types are for which deployment modes."""
    return bad_request(f"Instance type [{instance}] does not support deployment mode [{mode}].", "hostInstanceType")


def bad_storage(storage: str, instance: str, mode: str) -> AwsError:
    """Documented: an ActiveMQ broker has EBS storage on mq.m5 only, and not as active/standby."""
    text = f"Storage type [{storage}] does not support instance type [{instance}] with deployment mode [{mode}]."
    return bad_request(text, "storageType")


def no_storage_size(engine: str) -> AwsError:
    return bad_request(f"Storage size is not supported for {engine} brokers.", "storageSize")


def bad_storage_size(size: object, least: object, most: object) -> AwsError:
    return bad_request(f"Value [{size}] is invalid for [storageSize]. It must be from {least} to {most} GB.", "storageSize")


def bad_strategy(strategy: str, engine: str) -> AwsError:
    """Documented: LDAP is ActiveMQ's, CONFIG_MANAGED RabbitMQ's."""
    text = f"Authentication strategy [{strategy}] is not supported for {engine} brokers."
    return bad_request(text, "authenticationStrategy")


def no_ldap_for_rabbitmq() -> AwsError:
    """Documented: LDAP metadata does not apply to RabbitMQ."""
    return bad_request("LDAP server metadata is not supported for RabbitMQ brokers.", "ldapServerMetadata")


def no_ldap_metadata() -> AwsError:
    text = "[ldapServerMetadata] must be specified when [authenticationStrategy] is LDAP."
    return bad_request(text, "ldapServerMetadata")


def ldap_metadata_without_ldap() -> AwsError:
    text = "[ldapServerMetadata] can't be specified unless [authenticationStrategy] is LDAP."
    return bad_request(text, "ldapServerMetadata")


def bad_ldap_hosts(most: object) -> AwsError:
    """Documented: a server and an optional failover server."""
    return bad_request(f"Between 1 and {most} LDAP hosts must be specified.", "ldapServerMetadata.hosts")


def no_manual_upgrades(engine: str, version: str) -> AwsError:
    """Documented: the rule."""
    text = f"Automatic minor version upgrade must be enabled for {engine} brokers on version {version} and above."
    return bad_request(text, "autoMinorVersionUpgrade")


def no_audit_logs() -> AwsError:
    """Observed; even ``audit: false`` is refused."""
    return bad_request("Audit logging is not supported for RabbitMQ brokers.", "logs.audit")


def no_audit_logs_on_update() -> AwsError:
    """Observed; another text than CreateBroker's."""
    return bad_request("Audit logs are not supported for RabbitMQ brokers.", "logs.audit")


def key_of_aws_owned_key() -> AwsError:
    text = "[kmsKeyId] can't be specified when [useAwsOwnedKey] is true."
    return bad_request(text, "encryptionOptions.kmsKeyId")


def not_offered(region: str) -> AwsError:
    """Section H: the service-linked role is not offered in every partition."""
    text = f"RabbitMQ brokers are not supported in Region [{region}]: the service-linked role of Amazon MQ is not offered there."
    return bad_request(text, "engineType")


def wrong_state(verb: str, broker_id: str, state: str) -> AwsError:
    """Refused on AWS too; the text was not recorded."""
    return bad_request(f"Broker [{broker_id}] can't be {verb} while it is in state [{state}].", "broker-id")


def alarm_stands_in_the_way(broker_id: str, code: str) -> AwsError:
    """Documented, with the code (A.5); the text is ours."""
    return bad_request(f"Broker [{broker_id}] can't be rebooted while it requires action [{code}].", "broker-id")


def too_many_adjustments() -> AwsError:
    """Observed at second hand (A.5)."""
    text = (
        "Maintenance window cannot be modified greater than 4 times. You will be able to modify your broker maintenance "
        "window after the next maintenance window has completed."
    )
    return bad_request(text, "maintenanceWindowStartTime")


def bad_time_of_day(time: str) -> AwsError:
    """Documented: the format."""
    text = f"Value [{time}] is invalid for [maintenanceWindowStartTime.timeOfDay]. It must be in 24-hour format HH:MM."
    return bad_request(text, "maintenanceWindowStartTime.timeOfDay")


def bad_time_zone(zone: str) -> AwsError:
    text = f"Value [{zone}] is invalid for [maintenanceWindowStartTime.timeZone]."
    return bad_request(text, "maintenanceWindowStartTime.timeZone")


# What applications bring about (the control API) ---------------------------------------------------------------------


def event_of_other_engine() -> AwsError:
    return bad_request("Such things happen on RabbitMQ brokers only.")


def event_in_wrong_state(state: str) -> AwsError:
    return bad_request(f"Nothing happens on a broker in state [{state}].")


def no_mirrored_queues() -> AwsError:
    return bad_request("Only clusters of RabbitMQ 3 have mirrored queues.")


# Shared resources ----------------------------------------------------------------------------------------------------


def no_shares_for_activemq() -> AwsError:
    """Documented: private networking is RabbitMQ's."""
    return bad_request("Resource shares are not supported for ActiveMQ brokers.", "resourceShareArns")


def bad_share(arn: str) -> AwsError:
    return bad_request(
        f"Value [{arn}] is invalid for [resourceShareArns]. It must be the ARN of a resource share.", "resourceShareArns"
    )
