"""Amazon MQ's errors, one constructor each. "Observed" texts: section A.4 of the behaviour reference; the others are ours."""

from __future__ import annotations

from emulator.values.errors import AwsError


def bad_request(text: str, attribute: str | None = None) -> AwsError:
    """400 with MQ's ``errorAttribute``."""
    fields = {"ErrorAttribute": attribute} if attribute else {}
    return AwsError("BadRequestException", text, status=400, **fields)


def no_such_broker(broker_id: str) -> AwsError:
    """Observed."""
    text = f"Cannot find broker ID [{broker_id}]. Verify that your broker exists or check broker permissions."
    return AwsError("NotFoundException", text, ErrorAttribute="broker-id")


def no_such_resource() -> AwsError:
    """Observed, for tags of an unknown ARN; it has no errorAttribute."""
    return AwsError("NotFoundException", "Resource was not found")


def name_taken(name: str) -> AwsError:
    """Observed."""
    text = f"Broker named [{name}] already exists. Specify a unique broker name."
    return AwsError("ConflictException", text, ErrorAttribute="brokerName")


def forbidden(text: str) -> AwsError:
    """403 of the service itself, when the caller's rights do not reach far enough downstream (section H)."""
    return AwsError("ForbiddenException", text)


def bad_name() -> AwsError:
    """Observed."""
    return bad_request("Make sure your Broker name only contains valid characters.", "brokerName")


def bad_value(attribute: str, value: object, valid: list[str]) -> AwsError:
    """In the style of the observed engine version error."""
    return bad_request(f"Value [{value}] is invalid for [{attribute}]. Valid values: [{', '.join(valid)}].", attribute)


def bad_engine_version(version: str, engine: str, valid: list[str]) -> AwsError:
    """Observed on CreateConfiguration."""
    text = f"Broker engine version [{version}] is invalid for broker engine type [{engine}]. Valid values: [{', '.join(valid)}]."
    return bad_request(text, "engineVersion")


def no_audit_logs() -> AwsError:
    """Observed; even ``audit: false`` is refused."""
    return bad_request("Audit logging is not supported for RabbitMQ brokers.", "logs.audit")


def no_groups_when_public() -> AwsError:
    """Observed; its attribute is inferred."""
    text = "Broker with [publiclyAccessible] set to true does not support specifying [securityGroups]"
    return bad_request(text, "securityGroups")


def no_default_vpc() -> AwsError:
    """Observed."""
    return bad_request("Default VPC not found. Subnet and/or security group IDs may be omitted only if a default VPC exists.")


def not_in_default_vpc() -> AwsError:
    """Observed; its attribute is inferred."""
    return bad_request("Subnets and security groups must belong to the default VPC when only one is provided.", "subnetIds")


def several_vpcs() -> AwsError:
    """Observed."""
    return bad_request("Subnets must belong to the same VPC.", "subnetIds")


def groups_elsewhere() -> AwsError:
    return bad_request("Security groups must belong to the same VPC as the subnets.", "securityGroups")


def no_such_subnet(text: str) -> AwsError:
    return bad_request(text, "subnetIds")


def no_such_group(text: str) -> AwsError:
    return bad_request(text, "securityGroups")


def wrong_subnet_count(mode: str, wanted: str) -> AwsError:
    return bad_request(f"Broker with deployment mode [{mode}] requires {wanted}.", "subnetIds")


def subnets_in_one_zone() -> AwsError:
    return bad_request("Subnets must belong to different Availability Zones.", "subnetIds")


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


def groups_are_fixed() -> AwsError:
    """Observed."""
    return bad_request("Changing security groups is not supported for RabbitMQ brokers.", "securityGroups")


def no_audit_logs_on_update() -> AwsError:
    """Observed; another text than CreateBroker's."""
    return bad_request("Audit logs are not supported for RabbitMQ brokers.", "logs.audit")


def no_manual_upgrades() -> AwsError:
    text = "Automatic minor version upgrade must be enabled for RabbitMQ brokers on version 3.13 and above."
    return bad_request(text, "autoMinorVersionUpgrade")


def bad_size(instance: str, mode: str) -> AwsError:
    return bad_request(f"Instance type [{instance}] does not support deployment mode [{mode}].", "hostInstanceType")


def too_many_adjustments() -> AwsError:
    """Observed at second hand (A.5)."""
    text = (
        "Maintenance window cannot be modified greater than 4 times. You will be able to modify your broker maintenance "
        "window after the next maintenance window has completed."
    )
    return bad_request(text, "maintenanceWindowStartTime")


def not_for_rabbitmq(operation: str) -> AwsError:
    return bad_request(f"{operation} is not supported for RabbitMQ brokers.", "broker-id")


def bad_configuration_name() -> AwsError:
    """In the style of the observed error on a broker's name."""
    return bad_request("Make sure your Configuration name only contains valid characters.", "name")


def configuration_taken(name: str) -> AwsError:
    """In the style of the observed error on a broker's name."""
    text = f"Configuration named [{name}] already exists. Specify a unique configuration name."
    return AwsError("ConflictException", text, ErrorAttribute="name")


def configuration_in_use(configuration_id: str, broker_id: str) -> AwsError:
    text = f"Configuration [{configuration_id}] is in use by broker [{broker_id}] and can't be deleted."
    return AwsError("ConflictException", text, ErrorAttribute="configuration-id")


def no_such_configuration(configuration_id: str) -> AwsError:
    """Observed."""
    text = f"Configuration ID [{configuration_id}] can't be found. Make sure it exists."
    return AwsError("NotFoundException", text, ErrorAttribute="configuration-id")


def no_such_revision(configuration_id: str, revision: str) -> AwsError:
    """Observed."""
    text = f"Revision [{revision}] of configuration [{configuration_id}] can't be found. Make sure it exists."
    return AwsError("NotFoundException", text, ErrorAttribute="configuration-revision")


def bad_token() -> AwsError:
    return bad_request("The specified nextToken is invalid.", "nextToken")
