import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.internet.request import Destination, Refused, parse


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("CONNECT api.hubapi.com:443 HTTP/1.1", Destination("api.hubapi.com", 443)),
        ("CONNECT API.hubapi.com:443 HTTP/1.0", Destination("api.hubapi.com", 443)),
        ("CONNECT [2001:db8::1]:8443 HTTP/1.1", Destination("2001:db8::1", 8443)),
    ],
)
def test_a_connect_names_host_and_port(line, wanted):
    assert parse(f"{line}\r\nHost: ignored\r\n\r\n".encode()) == wanted


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("GET http://example.com/ HTTP/1.1", 501, "https://"),
        ("CONNECT api.hubapi.com HTTP/1.1", 400, "HOST:PORT"),
        ("CONNECT api.hubapi.com:99999 HTTP/1.1", 400, "HOST:PORT"),
        ("CONNECT a b:443 HTTP/1.1", 400, "something else"),
        ("\x16\x03\x01", 400, "something else"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(line, status, words):
    with pytest.raises(Refused, match=words) as refused:
        parse(f"{line}\r\n\r\n".encode())
    assert refused.value.response().startswith(f"HTTP/1.1 {status} ".encode())


@given(st.binary())
def test_no_bytes_get_past_the_parser_unnoticed(head):
    try:
        found = parse(head)
    except Refused:
        return
    assert 0 <= found.port <= 65535
    assert found.host
