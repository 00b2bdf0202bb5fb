"""Amazon MQ: the API, the brokers' life, and what the service does in the account: through its role, the caller, or as itself."""

from emulator.engine.service import Service, operations
from emulator.services.mq import (
    activemq_plans,
    brokers,
    catalogue,
    configurations,
    creation,
    plans,
    replication,
    shared_resources,
    tags,
    updates,
    users,
)
from emulator.services.mq.broker import LINKED_ROLE, offers_endpoint_service

SERVICE = Service(
    "mq",
    operations("mq", brokers, catalogue, configurations, creation, replication, shared_resources, tags, updates, users),
    timers={updates.WINDOW: updates.open_window},
    plans=(*plans.PLANS, *activemq_plans.PLANS),
    linked_role=LINKED_ROLE,
    endpoint_services=offers_endpoint_service,
)
