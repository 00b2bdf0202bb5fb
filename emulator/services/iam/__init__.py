"""AWS Identity and Access Management: who there is in an account, and what each may do."""

from emulator.engine.service import Service, operations
from emulator.services.iam import (
    absent,
    access_keys,
    access_reports,
    account,
    account_details,
    attached_policies,
    boundaries,
    customer_policies,
    groups,
    inline_policies,
    instance_profiles,
    managed_policies,
    policy_entities,
    roles,
    service_linked_roles,
    simulation,
    tagging,
    users,
)

SERVICE = Service(
    "iam",
    operations(
        "iam",
        users,
        groups,
        access_keys,
        roles,
        service_linked_roles,
        inline_policies,
        attached_policies,
        managed_policies,
        customer_policies,
        policy_entities,
        boundaries,
        instance_profiles,
        tagging,
        account,
        account_details,
        access_reports,
        absent,
        simulation,
    ),
    timers={"iam.deletion": service_linked_roles.finish_deletion},
)
