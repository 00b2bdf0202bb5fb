"""Amazon MQ's errors: what it refuses of users. Docstrings begin as those of ``errors`` do."""

from __future__ import annotations

from emulator.services.mq.errors import bad_request, conflict, not_found
from emulator.values.errors import AwsError


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
