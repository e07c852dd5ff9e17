"""Where a prompt is pulled from, and whether a token may be sent there. Raises `ConfigError` and `UsageError`."""

from urllib.parse import quote, urlsplit

from seasoned.core.hosts import is_loopback
from seasoned.core.ids import content_id
from seasoned.core.label import label_name
from seasoned.core.value import Value
from seasoned.errors import ConfigError


class PromptPlace(Value):
    """A label of a skillbook on a server."""

    server: str
    """Address of the server, without a slash at its end."""
    book: str
    label: str

    @property
    def url(self) -> str:
        """Where the server answers with the prompt."""
        return f"{self.server}/v1/prompts/{quote(self.book, safe='')}/{self.label}"

    @property
    def key(self) -> str:
        """A name that tells this place from every other one, for a file."""
        return content_id("prompt-place", [self.server, self.book, self.label])


def prompt_place(server: str, book: str, label: str, *, token: str | None, allow_http: bool) -> PromptPlace:
    """The place, if it can be asked with that token.

    Args:
        server: Its address, with a path where the server stands behind one.
        book: The skillbook.
        label: One of its labels.
        token: What is sent along; None: nothing.
        allow_http: Let the token cross a network that can read it.

    Raises:
        ConfigError: The address is none, holds credentials, or would let others read the token; or the token is none.
        UsageError: No label can be called so.
    """
    try:
        parts = urlsplit(server)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or not server.isprintable() or " " in server:
        raise ConfigError("the server's address is no web address", where=server, hint="it begins with https://")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(
            "the server's address holds more than a host and a path",
            where=host,
            hint="give the token as `token`, not in the address",
        )
    if token is not None and (not token.isascii() or not token.isprintable() or not token.strip()):
        raise ConfigError(
            "the token cannot be sent", why="it is empty or holds other than printable ASCII", hint="read it again"
        )
    if token is not None and parts.scheme == "http" and not is_loopback(host) and not allow_http:
        raise ConfigError(
            "the token would cross the network unencrypted",
            where=server,
            hint="use https://, or allow_http (--allow-http) where the network is your own",
        )
    return PromptPlace(server=server.rstrip("/"), book=book, label=label_name(label))
