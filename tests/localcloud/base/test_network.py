import pytest

from localcloud.base import network
from localcloud.base.network import Endpoint, Protocol
from localcloud.base.world import Resource, World

PORTS = {name: number for number, name in enumerate(("gateway", "run", "https", "site", "crm", "helpdesk"), 1000)} | {
    "firestore_api": 2000,
    "google": 2001,
}
LOAD_BALANCER = "203.0.113.10"


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "world.db")
    world.put(Resource(network.ADDRESS, "lb", "urn:lb", outputs={"address": LOAD_BALANCER}))
    world.put(Resource(network.ZONE, "z", "urn:z", inputs={"name": "acme.test"}))
    yield world
    world.close()


def record(world, name, type_, content, proxied=False):
    inputs = {"name": name, "type": type_, "content": content, "proxied": proxied}
    world.put(Resource(network.RECORD, f"{name}-{type_}", f"urn:{name}", inputs=inputs))


def test_a_vendor_name_leads_to_its_stand_in_whatever_its_case_or_final_dot(world):
    found = network.route(world, PORTS, "Firestore.GoogleAPIs.com.")
    assert found == Endpoint("127.0.0.1", 2000, False, "firestore.googleapis.com", Protocol.H2)


@pytest.mark.parametrize(
    ("name", "port"),
    [("intake-1.europe-west1.run.app", "run"), ("acme.zendesk.com", "helpdesk"), ("acme.hosting.test", "site")],
)
def test_a_customer_s_own_host_at_a_vendor_leads_there(world, name, port):
    assert network.route(world, PORTS, name) == Endpoint("127.0.0.1", PORTS[port], False, name, Protocol.HTTP1)


def test_the_load_balancer_s_address_leads_to_the_gateway(world):
    assert network.route(world, PORTS, LOAD_BALANCER) == Endpoint("127.0.0.1", PORTS["gateway"], True, LOAD_BALANCER)


def test_an_address_that_nothing_reserved_leads_nowhere(world):
    assert network.route(world, PORTS, "203.0.113.11") is None


def test_a_proxied_name_of_the_zone_leads_to_the_edge(world):
    record(world, "api.acme.test", "A", LOAD_BALANCER, proxied=True)
    assert network.route(world, PORTS, "api.acme.test") == Endpoint("127.0.0.1", PORTS["https"], True, "api.acme.test")


def test_an_unproxied_name_leads_past_the_edge_to_its_target(world):
    record(world, "direct.acme.test", "A", LOAD_BALANCER)
    record(world, "web.acme.test", "CNAME", "acme.hosting.test")
    direct = network.route(world, PORTS, "direct.acme.test")
    assert direct == Endpoint("127.0.0.1", PORTS["gateway"], True, "direct.acme.test")
    assert network.route(world, PORTS, "web.acme.test").port == PORTS["site"]


def test_a_wildcard_record_answers_for_names_without_one(world):
    record(world, "*.acme.test", "A", LOAD_BALANCER, proxied=True)
    record(world, "mail.acme.test", "MX", "mx.example")
    assert network.route(world, PORTS, "anything.acme.test").port == PORTS["https"]


def test_a_name_of_the_zone_without_an_address_record_leads_nowhere(world):
    record(world, "txt.acme.test", "TXT", "hello")
    assert network.route(world, PORTS, "txt.acme.test") is None
    assert network.route(world, PORTS, "acme.test") is None


def test_records_that_point_in_a_circle_lead_nowhere(world):
    record(world, "a.acme.test", "CNAME", "b.acme.test")
    record(world, "b.acme.test", "CNAME", "a.acme.test")
    assert network.route(world, PORTS, "a.acme.test") is None


@pytest.mark.parametrize("name", ["example.com", "storage.googleapis.com", "notacme.test", "run.app", ""])
def test_the_rest_of_the_internet_is_out_of_reach(world, name):
    assert network.route(world, PORTS, name) is None
