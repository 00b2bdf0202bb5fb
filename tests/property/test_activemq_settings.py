"""Laws of the cleaning of ActiveMQ configurations, on random trees of permitted and other elements."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.services.mq.activemq_settings import sanitised

SCHEMA = "http://activemq.apache.org/schema/core"
NAMES = ("broker", "plugins", "policyEntry", "kahaDB", "networkConnector", "sslContext", "bean")
ATTRIBUTES = {
    "queue": "orders.>",
    "queuePrefetch": "7",
    "duplex": "true",
    "messageTTL": "x",
    "useJmx": "true",
    "password": "secret",
}

attributes = st.lists(st.sampled_from(sorted(ATTRIBUTES)), unique=True, max_size=3)
trees = st.recursive(
    st.tuples(st.sampled_from(NAMES), attributes, st.just([])),
    lambda inner: st.tuples(st.sampled_from(NAMES), attributes, st.lists(inner, max_size=3)),
    max_leaves=12,
)


def element(tree: Any) -> ElementTree.Element:
    """Of a name, names of attributes, and trees."""
    name, given_attributes, children = tree
    made = ElementTree.Element(name, {one: ATTRIBUTES[one] for one in given_attributes})
    made.extend(element(child) for child in children)
    return made


@given(content=st.lists(trees, max_size=4))
@settings(max_examples=80, deadline=None)
def test_what_was_cleaned_is_clean(content: list[Any]) -> None:
    root = ElementTree.Element("broker", {"xmlns": SCHEMA})
    root.extend(element(tree) for tree in content)
    sent = base64.b64encode(ElementTree.tostring(root)).decode()
    kept, warnings = sanitised(sent)
    assert sanitised(kept) == (kept, [])
    assert warnings or kept == sent
    text = base64.b64decode(kept).decode()
    assert "secret" not in text
    assert "sslContext" not in text
    assert {warning["Reason"] for warning in warnings} <= {
        "DISALLOWED_ELEMENT_REMOVED",
        "DISALLOWED_ATTRIBUTE_REMOVED",
        "INVALID_ATTRIBUTE_VALUE_REMOVED",
    }
