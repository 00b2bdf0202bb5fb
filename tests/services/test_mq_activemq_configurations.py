"""ActiveMQ configurations: XML without what Amazon MQ does not allow, and never more of it than was sent."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree

import pytest

from emulator import AwsError, World
from tests.conftest import Ask
from tests.services.mq_worlds import RABBITMQ, make_broker

SCHEMA = "http://activemq.apache.org/schema/core"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def broker_of(content: str = "", attributes: str = "") -> str:
    return f'<broker xmlns="{SCHEMA}" {attributes}>{content}</broker>'


@pytest.fixture
def configuration(ask: Ask) -> str:
    return str(ask("mq:CreateConfiguration", Name="limits", EngineType="ActiveMQ")["Id"])


def update(ask: Ask, configuration: str, text: str) -> list[dict[str, str]]:
    answer = ask("mq:UpdateConfiguration", ConfigurationId=configuration, Data=encoded(text))
    warnings: list[dict[str, str]] = answer["Warnings"]
    return warnings


def stored(ask: Ask, configuration: str, revision: int = 2) -> str:
    found = ask("mq:DescribeConfigurationRevision", ConfigurationId=configuration, ConfigurationRevision=str(revision))
    return base64.b64decode(found["Data"]).decode()


def test_a_new_one(ask: Ask, configuration: str) -> None:
    shown = ask("mq:DescribeConfiguration", ConfigurationId=configuration)
    assert (shown["EngineType"], shown["EngineVersion"], shown["AuthenticationStrategy"]) == ("ActiveMQ", "5.19", "simple")
    assert shown["Description"] == "Auto-generated default for limits on ActiveMQ 5.19"
    first = stored(ask, configuration, 1)
    assert ElementTree.fromstring(first).tag == f"{{{SCHEMA}}}broker"
    assert update(ask, configuration, first) == []
    assert stored(ask, configuration) == first


@pytest.mark.parametrize(
    ("engine", "strategy", "shown"),
    [
        ("ACTIVEMQ", "LDAP", "ldap"),
        ("ACTIVEMQ", "CONFIG_MANAGED", None),
        ("RABBITMQ", "CONFIG_MANAGED", "config_managed"),
        ("RABBITMQ", "LDAP", None),
    ],
)
def test_strategies(ask: Ask, engine: str, strategy: str, shown: str | None) -> None:
    asked = {"Name": "c", "EngineType": engine, "AuthenticationStrategy": strategy}
    if shown is None:
        with pytest.raises(AwsError, match=rf"Authentication strategy \[{strategy}\] is not supported for"):
            ask("mq:CreateConfiguration", **asked)
        return
    made = ask("mq:CreateConfiguration", **asked)
    assert made["AuthenticationStrategy"] == shown
    assert ask("mq:DescribeConfiguration", ConfigurationId=made["Id"])["AuthenticationStrategy"] == shown


def test_what_is_allowed_stays_as_it_was_sent(ask: Ask, configuration: str) -> None:
    text = broker_of(
        """
        <!-- orders -->
        <destinationPolicy><policyMap><policyEntries>
          <policyEntry queue="orders.&gt;" queuePrefetch="-1" gcInactiveDestinations="true" memoryLimit="64 mb"/>
        </policyEntries></policyMap></destinationPolicy>
        <networkConnectors>
          <networkConnector name="to-two" duplex="true" uri="static:(ssl://x:61617)" userName="common"/>
        </networkConnectors>
        <transportConnectors><transportConnector name="openwire" updateClusterClients="true"/></transportConnectors>
        """,
        'schedulePeriodForDestinationPurge="10000" persistent="false"',
    )
    assert update(ask, configuration, text) == []
    assert stored(ask, configuration) == text


def test_what_is_not_allowed_is_taken_out_and_said(ask: Ask, configuration: str) -> None:
    warnings = update(
        ask,
        configuration,
        broker_of(
            """
            <!-- orders -->
            <persistenceAdapter><kahaDB directory="/tmp/x" concurrentStoreAndDispatchQueues="maybe"/></persistenceAdapter>
            <sslContext><sslContext keyStore="x"/></sslContext>
            <plugins><runtimeConfigurationPlugin checkPeriod="1"/><statisticsBrokerPlugin/></plugins>
            <policyEntry xmlns="urn:other"/><broker/>
            <networkConnectors><networkConnector name="n" password="secret" messageTTL="often"/></networkConnectors>
            """,
            'brokerName="mine" useJmx="true" xmlns:x="urn:x" x:y="1" start="false"',
        ),
    )
    assert sorted(warnings, key=str) == sorted(
        [
            {"AttributeName": "brokerName", "ElementName": "broker", "Reason": "DISALLOWED_ATTRIBUTE_REMOVED"},
            {"AttributeName": "useJmx", "ElementName": "broker", "Reason": "DISALLOWED_ATTRIBUTE_REMOVED"},
            {"AttributeName": "y", "ElementName": "broker", "Reason": "DISALLOWED_ATTRIBUTE_REMOVED"},
            {"AttributeName": "directory", "ElementName": "kahaDB", "Reason": "DISALLOWED_ATTRIBUTE_REMOVED"},
            {
                "AttributeName": "concurrentStoreAndDispatchQueues",
                "ElementName": "kahaDB",
                "Reason": "INVALID_ATTRIBUTE_VALUE_REMOVED",
            },
            {"ElementName": "sslContext", "Reason": "DISALLOWED_ELEMENT_REMOVED"},
            {"ElementName": "runtimeConfigurationPlugin", "Reason": "DISALLOWED_ELEMENT_REMOVED"},
            {"ElementName": "policyEntry", "Reason": "DISALLOWED_ELEMENT_REMOVED"},
            {"ElementName": "broker", "Reason": "DISALLOWED_ELEMENT_REMOVED"},
            {"AttributeName": "password", "ElementName": "networkConnector", "Reason": "DISALLOWED_ATTRIBUTE_REMOVED"},
            {"AttributeName": "messageTTL", "ElementName": "networkConnector", "Reason": "INVALID_ATTRIBUTE_VALUE_REMOVED"},
        ],
        key=str,
    )
    kept = stored(ask, configuration)
    root = ElementTree.fromstring(kept)
    assert (root.tag, root.attrib) == (f"{{{SCHEMA}}}broker", {"start": "false"})
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert names == [
        "broker",
        "persistenceAdapter",
        "kahaDB",
        "plugins",
        "statisticsBrokerPlugin",
        "networkConnectors",
        "networkConnector",
    ]
    assert "<!-- orders -->" in kept
    assert "secret" not in kept
    assert update(ask, configuration, kept) == []


BOMB = "".join(f'<!ENTITY a{row} "{f"&a{row - 1};" * 10}">' for row in range(1, 10))


DATA_REFUSED: list[Any] = [
    ("consumer_timeout = 60000", "must be well-formed XML"),
    ("<broker>", "must be well-formed XML"),
    ("", "must be well-formed XML"),
    ("<broker/>", "The root element of the configuration must be [broker] of"),
    (f'<queue xmlns="{SCHEMA}"/>', "must be [broker] of http://activemq.apache.org/schema/core, not [queue]."),
    (f"<!DOCTYPE broker>{broker_of()}", "must not have a document type or entities"),
    (f'<!DOCTYPE broker [<!ENTITY a0 "x">{BOMB}]>{broker_of("&a9;")}', "must not have a document type or entities"),
    (
        f'<!DOCTYPE broker [<!ENTITY x SYSTEM "file:///etc/passwd">]>{broker_of("&x;")}',
        "must not have a document type or entities",
    ),
    (
        f'<!DOCTYPE broker SYSTEM "http://203.0.113.1/x.dtd">{broker_of()}',
        "must not have a document type or entities",
    ),
    (broker_of("&x;"), "must be well-formed XML"),
    (broker_of("<plugins>" * 40 + "</plugins>" * 40), "elements more than 30 levels deep"),
    ("x" * 200_000, "must not be larger than 102400 bytes"),
]
"""XML of an ActiveMQ configuration, and a part of the text that refuses it."""


@pytest.mark.parametrize(("text", "wanted"), DATA_REFUSED)
def test_data_that_is_refused(ask: Ask, configuration: str, text: str, wanted: str) -> None:
    with pytest.raises(AwsError) as refused:
        update(ask, configuration, text)
    assert (refused.value.code, refused.value.fields) == ("BadRequestException", {"ErrorAttribute": "data"})
    assert wanted in refused.value.message
    assert len(ask("mq:ListConfigurationRevisions", ConfigurationId=configuration)["Revisions"]) == 1


def test_elements_nested_beyond_all_reason(ask: Ask, configuration: str) -> None:
    """What is not allowed goes whole, however deep it is."""
    assert update(ask, configuration, broker_of("<a>" * 10_000 + "</a>" * 10_000)) == [
        {"ElementName": "a", "Reason": "DISALLOWED_ELEMENT_REMOVED"}
    ]


def test_a_broker_takes_those_of_its_engine(world: World, ask: Ask, configuration: str) -> None:
    for base, other in ((RABBITMQ, configuration), (None, ask("mq:CreateConfiguration", Name="r", EngineType="RABBITMQ")["Id"])):
        broker = make_broker(world, ask, **({} if base is None else {"base": base}), BrokerName=f"b{bool(base)}")
        with pytest.raises(AwsError, match=rf"Configuration \[{other}\] is not for .* brokers\."):
            ask("mq:UpdateBroker", BrokerId=broker, Configuration={"Id": other, "Revision": 1})


def test_one_in_use_stays(world: World, ask: Ask, configuration: str) -> None:
    broker = make_broker(world, ask, Configuration={"Id": configuration})
    with pytest.raises(AwsError, match=r"ConflictException: Configuration \[c-.*\] is in use by broker"):
        ask("mq:DeleteConfiguration", ConfigurationId=configuration)
    update(ask, configuration, broker_of())
    later: dict[str, Any] = {"Id": configuration, "Revision": 2}
    ask("mq:UpdateBroker", BrokerId=broker, Configuration=later)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(700)
    assert ask("mq:DescribeBroker", BrokerId=broker)["Configurations"] == {
        "Current": later,
        "Pending": None,
        "History": [{"Id": configuration, "Revision": 1}],
    }
