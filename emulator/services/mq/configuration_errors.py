"""Amazon MQ's errors: what it refuses of configurations and their data. Docstrings begin as those of ``errors`` do."""

from __future__ import annotations

from emulator.services.mq.errors import bad_request, conflict, not_found
from emulator.values.errors import AwsError


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
