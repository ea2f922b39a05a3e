"""Which addresses a download may connect to: public ones, whatever a name or a redirect says.

Each connection is looked at when it is made, by its final address: names that change what they
point to, redirects, decimal and mapped spellings all end there.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")
HOSTS_OF_CLOUDS = (ipaddress.ip_address("168.63.129.16"),)
"""By number public, but of the machine below: Azure's, which hands out settings and secrets."""
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is routed; what stands for IPv4 addresses in other ways lies outside of it."""
PROXY_PORTS = {"https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}

_here = threading.local()


class RefusedAddressError(OSError):
    """A connection to an address that is not public; an OSError, as every failed connection."""


@contextmanager
def only_public(url: str) -> Iterator[None]:
    """Refuse this thread's connections to any address that is not public.

    Where a proxy is set, it alone sees where redirects lead; the address itself is looked up here.

    Raises:
        RefusedAddressError: `url` leads to such an address.
    """
    _watch()
    proxies = {place for proxy in getproxies().values() for place in places_of(proxy)}
    if proxies:
        for address in looked_up(url):
            check(address)
    _here.spared = proxies
    try:
        yield
    finally:
        del _here.spared


@cache
def _watch() -> None:
    """Have every connection of this process looked at; a hook can't be taken away again."""
    sys.addaudithook(_on_event)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    spared = getattr(_here, "spared", None) if event == "socket.connect" else None
    if spared is not None:
        _, address = arguments
        if not isinstance(address, tuple):
            raise RefusedAddressError(f"{address!r} is no address of the internet")
        if address[:2] not in spared:
            check(str(address[0]))


def check(address: str) -> None:
    """Refuse an IP address that is not public.

    Raises:
        RefusedAddressError: It is private, of this machine, of the local network, or no address.
    """
    try:
        public = is_public(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        public = False
    if not public:
        raise RefusedAddressError(f"{address} is no public address")


def is_public(address: IPAddress) -> bool:
    """Whether an address, or the one that is wrapped in it, is anyone's to reach."""
    inner = inner_address(address)
    if inner is not None:
        return is_public(inner)
    if address in HOSTS_OF_CLOUDS:
        return False
    routed = isinstance(address, ipaddress.IPv4Address) or address in GLOBAL_UNICAST
    return routed and address.is_global and not address.is_multicast


def inner_address(address: IPAddress) -> IPAddress | None:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def places_of(proxy: str) -> set[tuple[str, int]]:
    """Where a proxy listens; other ports of its machine, perhaps this one, are no proxies."""
    parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    port = parts.port or PROXY_PORTS.get(parts.scheme, 80)
    return {(address, port) for address in looked_up(proxy)}


def looked_up(url: str) -> set[str]:
    """The addresses of a URL's host; none where the name can't be looked up here."""
    host = urlsplit(url if "//" in url else f"//{url}").hostname
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
    except OSError:
        return set()
    return {str(entry[4][0]) for entry in found}
