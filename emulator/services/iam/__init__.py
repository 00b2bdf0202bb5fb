"""AWS Identity and Access Management: who there is in an account, and what each may do."""

from emulator.engine.service import Service, operations
from emulator.services.iam import (
    access_keys,
    attached_policies,
    inline_policies,
    managed_policies,
    roles,
    service_linked_roles,
    tagging,
    users,
)

SERVICE = Service(
    "iam",
    operations(
        "iam",
        users,
        access_keys,
        roles,
        service_linked_roles,
        inline_policies,
        attached_policies,
        managed_policies,
        tagging,
    ),
    timers={"iam.deletion": service_linked_roles.finish_deletion},
)
