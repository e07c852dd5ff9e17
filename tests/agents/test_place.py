"""Which addresses a prompt can be pulled from, and where a token may go."""

import pytest

from seasoned.agents.place import PromptPlace, prompt_place
from seasoned.errors import ConfigError, UsageError


def place(server: str, *, book: str = "default", token: str | None = None, allow_http: bool = False) -> PromptPlace:
    return prompt_place(server, book, "production", token=token, allow_http=allow_http)


def test_the_address_is_made_of_server_skillbook_and_label() -> None:
    assert place("https://host:4318/").url == "https://host:4318/v1/prompts/default/production"
    assert place("https://host/behind/it", book="a/b ü").url.endswith("/behind/it/v1/prompts/a%2Fb%20%C3%BC/production")


def test_places_that_differ_have_keys_that_differ() -> None:
    places = [place("https://a"), place("https://b"), place("https://a", book="other"), place("https://a/")]
    assert len({each.key for each in places}) == 3


@pytest.mark.parametrize(
    "server", ["", "host:4318", "ftp://host", "https://", "https://[half", "https://a b", "https://h:x"]
)
def test_what_is_no_web_address_is_refused(server: str) -> None:
    with pytest.raises(ConfigError, match="no web address"):
        place(server)


@pytest.mark.parametrize("server", ["https://me:secret@host", "https://host?key=secret", "https://host#secret"])
def test_credentials_in_an_address_are_refused_without_being_repeated(server: str) -> None:
    with pytest.raises(ConfigError, match="more than a host") as refused:
        place(server)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("token", ["", " ", "two\nlines", "tökén"])
def test_a_token_that_cannot_be_sent_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ConfigError, match="the token cannot be sent") as refused:
        place("https://host", token=token)
    assert not token.strip() or token not in str(refused.value)


def test_a_token_crosses_no_network_unencrypted_unless_that_is_said() -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        place("http://host", token="secret")
    for server in ("https://host", "http://127.0.0.1:4318", "http://localhost", "http://[::1]:4318"):
        assert place(server, token="secret").server == server
    assert place("http://host", token="secret", allow_http=True).server == "http://host"
    assert place("http://host").server == "http://host"


def test_a_label_that_none_can_be_is_refused() -> None:
    with pytest.raises(UsageError, match="no label can be called"):
        prompt_place("https://host", "default", "../secrets", token=None, allow_http=False)
