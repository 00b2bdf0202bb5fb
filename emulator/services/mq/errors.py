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


# Networks ------------------------------------------------------------------------------------------------------------


def no_groups_when_public() -> AwsError:
    """Observed; its attribute is inferred."""
    text = "Broker with [publiclyAccessible] set to true does not support specifying [securityGroups]"
    return bad_request(text, "securityGroups")


def groups_are_fixed() -> AwsError:
    """Observed."""
    return bad_request("Changing security groups is not supported for RabbitMQ brokers.", "securityGroups")


def too_many_groups(most: object) -> AwsError:
    """Documented: the limit."""
    return bad_request(f"A broker can have at most {most} security groups.", "securityGroups")


def no_groups() -> AwsError:
    """Documented: one at least."""
    return bad_request("A broker must have at least one security group.", "securityGroups")


def no_default_vpc() -> AwsError:
    """Observed."""
    return bad_request("Default VPC not found. Subnet and/or security group IDs may be omitted only if a default VPC exists.")


def not_in_default_vpc() -> AwsError:
    """Observed; its attribute is inferred."""
    return bad_request("Subnets and security groups must belong to the default VPC when only one is provided.", "subnetIds")


def several_vpcs() -> AwsError:
    """Observed."""
    return bad_request("Subnets must belong to the same VPC.", "subnetIds")


def no_internet_gateway() -> AwsError:
    """Observed of a public ActiveMQ broker."""
    text = "The VPC associated with the provided subnets must have an available internet gateway attachment."
    return bad_request(text, "subnetIds")


def no_route_to_internet(subnet_id: str) -> AwsError:
    """Observed at second hand: it complains that the subnet does not exist; the text was not recorded."""
    return bad_request(f"The subnet ID '{subnet_id}' does not exist", "subnetIds")


def groups_elsewhere() -> AwsError:
    """Documented: one VPC."""
    return bad_request("Security groups must belong to the same VPC as the subnets.", "securityGroups")


def no_such_subnet(text: str) -> AwsError:
    """The sentence is EC2's."""
    return bad_request(text, "subnetIds")


def no_such_group(text: str) -> AwsError:
    """The sentence is EC2's."""
    return bad_request(text, "securityGroups")


def wrong_subnet_count(mode: str, wanted: str) -> AwsError:
    """Documented: how many for which deployment mode."""
    return bad_request(f"Broker with deployment mode [{mode}] requires {wanted}.", "subnetIds")


def subnets_in_one_zone() -> AwsError:
    """Documented: different zones."""
    return bad_request("Subnets must belong to different Availability Zones.", "subnetIds")


def interface_stays(text: str) -> AwsError:
    """The sentence is EC2's: a network interface that cannot be changed or deleted."""
    return bad_request(text, "broker-id")


# Users ---------------------------------------------------------------------------------------------------------------


def wrong_user_count(engine: str, wanted: str) -> AwsError:
    """Documented of RabbitMQ."""
    return bad_request(f"{engine} brokers must be created with {wanted}.", "users")


def bad_username(characters: str) -> AwsError:
    """Documented: the characters."""
    text = f"The username must be 2-100 characters long and contain only {characters}."
    return bad_request(text, "username")


def reserved_username(name: str) -> AwsError:
    """Documented: guest."""
    return bad_request(f"The username [{name}] is reserved and can't be used.", "username")


def bad_password() -> AwsError:
    """Documented: the rule."""
    text = (
        "The password must be at least 12 characters long, with at least 4 unique characters, "
        "and must not contain commas, colons, or equal signs."
    )
    return bad_request(text, "password")


def bad_user_group() -> AwsError:
    """Documented: the characters."""
    text = "A group must be 2-100 characters long and contain only letters, numbers, dashes, periods, underscores and tildes."
    return bad_request(text, "groups")


def too_many_user_groups(most: object) -> AwsError:
    """Documented: the limit."""
    return bad_request(f"A user can belong to at most {most} groups.", "groups")


def too_many_users(most: object) -> AwsError:
    """Documented: the limit."""
    return bad_request(f"A broker can have at most {most} users.", "users")


def user_named_twice(name: str) -> AwsError:
    return bad_request(f"The username [{name}] is specified more than once.", "users")


def replication_user_with_console() -> AwsError:
    """Observed; it has no errorAttribute."""
    text = (
        "Replication user couldn't have console access. [replicationUser] and [consoleAccess] are mutually exclusive parameters."
    )
    return bad_request(text)


def replication_user_of_rabbitmq() -> AwsError:
    """Documented: data replication is ActiveMQ's."""
    return bad_request("Replication users are not supported for RabbitMQ brokers.", "users")


def no_such_user(name: str) -> AwsError:
    return not_found(f"User [{name}] can't be found. Make sure it exists.", "username")


def user_taken(name: str) -> AwsError:
    return conflict(f"User named [{name}] already exists. Specify a unique username.", "username")


def user_goes(name: str) -> AwsError:
    return conflict(f"User [{name}] is pending deletion and can't be updated.", "username")


def not_for_rabbitmq(operation: str) -> AwsError:
    """Documented: RabbitMQ's users are managed in RabbitMQ, and data replication is ActiveMQ's."""
    return bad_request(f"{operation} is not supported for RabbitMQ brokers.", "broker-id")


# Configurations ------------------------------------------------------------------------------------------------------


def no_such_configuration(configuration_id: str) -> AwsError:
    """Observed."""
    return not_found(f"Configuration ID [{configuration_id}] can't be found. Make sure it exists.", "configuration-id")


def no_such_revision(configuration_id: str, revision: str) -> AwsError:
    """Observed."""
    text = f"Revision [{revision}] of configuration [{configuration_id}] can't be found. Make sure it exists."
    return not_found(text, "configuration-revision")


def unusable_configuration(text: str) -> AwsError:
    """A broker asks for a configuration or revision that is not there; the sentence is that of the operations on it."""
    return bad_request(text, "configuration")


def configuration_of_other_engine(configuration_id: str, engine: str) -> AwsError:
    return bad_request(f"Configuration [{configuration_id}] is not for {engine} brokers.", "configuration")


def bad_configuration_name() -> AwsError:
    """In the style of the observed error on a broker's name."""
    return bad_request("Make sure your Configuration name only contains valid characters.", "name")


def configuration_taken(name: str) -> AwsError:
    """Documented: the conflict. In the style of the observed error on a broker's name."""
    return conflict(f"Configuration named [{name}] already exists. Specify a unique configuration name.", "name")


def configuration_in_use(configuration_id: str, broker_id: str) -> AwsError:
    """Documented: the conflict."""
    return conflict(
        f"Configuration [{configuration_id}] is in use by broker [{broker_id}] and can't be deleted.", "configuration-id"
    )


def too_many_revisions(most: object) -> AwsError:
    """Documented: the limit."""
    return bad_request(f"A configuration can have at most {most} revisions.", "configuration-id")


def data_not_base64() -> AwsError:
    """Documented: base64."""
    return bad_request("The configuration data must be base64-encoded text.", "data")


def data_too_large(most: object) -> AwsError:
    return bad_request(f"The configuration must not be larger than {most} bytes.", "data")


def not_key_and_value(line: str) -> AwsError:
    return bad_request(f"The configuration has a line that is not of the form key = value: [{line}].", "data")


def unknown_option(option: str) -> AwsError:
    return bad_request(f"The configuration option [{option}] is not supported.", "data")


def bad_option(option: str, value: str) -> AwsError:
    """Documented: the ranges."""
    return bad_request(f"Value [{value}] is invalid for the configuration option [{option}].", "data")


def not_xml(why: str) -> AwsError:
    """Documented: an ActiveMQ configuration is XML."""
    return bad_request(f"The configuration data must be well-formed XML: {why}.", "data")


def xml_with_dtd() -> AwsError:
    """A document type or an entity is never read, so that nothing is expanded or fetched."""
    return bad_request("The configuration data must not have a document type or entities.", "data")


def not_a_broker(name: str) -> AwsError:
    """Documented: the schema."""
    text = f"The root element of the configuration must be [broker] of http://activemq.apache.org/schema/core, not [{name}]."
    return bad_request(text, "data")


def xml_too_deep(most: object) -> AwsError:
    return bad_request(f"The configuration must not have elements more than {most} levels deep.", "data")


# Data replication ----------------------------------------------------------------------------------------------------


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
