"""Amazon MQ: the API, the brokers' life, and what the service does in the account through its role."""

from emulator.engine.service import Service, operations
from emulator.services.mq import brokers, catalogue, configurations, creation, tags, updates, users
from emulator.services.mq.broker import LINKED_ROLE, offers_endpoint_service
from emulator.services.mq.plans import PLANS

SERVICE = Service(
    "mq",
    operations("mq", brokers, catalogue, configurations, creation, tags, updates, users),
    timers={updates.WINDOW: updates.open_window},
    plans=PLANS,
    linked_role=LINKED_ROLE,
    endpoint_services=offers_endpoint_service,
)
