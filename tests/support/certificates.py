"""Certificates for tests: made in memory, valid from now unless the test says otherwise, signed by themselves or by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate with its key, both in PEM."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def chain_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, plain).decode()

    def write(self, chain: Path, key: Path, *signers: Pair) -> None:
        """Write key and chain, with the certificates of those that signed it after its own."""
        chain.write_text("".join(pair.chain_pem for pair in (self, *signers)), encoding="utf-8")
        key.write_text(self.key_pem, encoding="utf-8")


def issue(*names: str, days: float = 90, begins: float = -1, signer: Pair | None = None) -> Pair:
    """Return a certificate for ``names``; ``days`` and ``begins`` are counted from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    certificate = builder.sign(signer.key if signer else key, hashes.SHA256())
    return Pair(certificate=certificate, key=key)
