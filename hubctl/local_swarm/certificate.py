"""A self-signed certificate for the trial's host name, as the cookbook makes one on the leader."""

from hubctl.local_swarm.commands import run


def self_signed(hostname: str) -> tuple[str, str]:
    """Return certificate and key as PEM, for ``hostname`` and its users' domains, valid for a year."""
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "365", "-keyout", "-", "-out", "-"]
    subject = ["-subj", f"/CN={hostname}", "-addext", f"subjectAltName=DNS:{hostname},DNS:*.{hostname}"]
    answer = run("openssl", "req", "-x509", *options, *subject)
    key, middle, certificate = answer.partition("-----BEGIN CERTIFICATE-----")
    return middle + certificate, key
