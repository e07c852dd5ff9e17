"""Which hosts are this machine. Looks nothing up; raises nothing."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether a name or an address can only mean this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
