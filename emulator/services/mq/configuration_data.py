"""The data of a configuration's revision, as requests carry it."""

from __future__ import annotations

import base64
import binascii

from emulator.services.mq import configuration_errors

FIRST = {
    "RABBITMQ": "# Default RabbitMQ delivery acknowledgement timeout is 30 minutes in milliseconds\nconsumer_timeout = 1800000\n",
    "ACTIVEMQ": """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<broker schedulePeriodForDestinationPurge="10000" xmlns="http://activemq.apache.org/schema/core">
  <destinationPolicy>
    <policyMap>
      <policyEntries>
        <policyEntry gcInactiveDestinations="true" inactiveTimoutBeforeGC="600000" topic="&gt;">
          <pendingMessageLimitStrategy>
            <constantPendingMessageLimitStrategy limit="1000"/>
          </pendingMessageLimitStrategy>
        </policyEntry>
        <policyEntry gcInactiveDestinations="true" inactiveTimoutBeforeGC="600000" queue="&gt;"/>
      </policyEntries>
    </policyMap>
  </destinationPolicy>
  <plugins/>
</broker>
""",
}
"""The text of a configuration's first revision, by engine."""

LARGEST = 100 * 1024
"""Bytes of one revision, decoded (our choice)."""


def decoded(data: str) -> str:
    """The text; 400 unless the data is base64 of one, and not too large."""
    try:
        raw = base64.b64decode(data, validate=True)
        text = raw.decode()
    except (binascii.Error, ValueError):
        raise configuration_errors.data_not_base64() from None
    if len(raw) > LARGEST:
        raise configuration_errors.data_too_large(LARGEST)
    return text


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
