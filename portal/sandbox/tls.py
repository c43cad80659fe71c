"""A certificate made on this machine, so that a phone in the same network gets https (and with it a secure context)."""

import ipaddress
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.serving import Tls

VALID = timedelta(days=397)  # browsers refuse what is valid for longer
RENEWED_BEFORE = timedelta(days=7)


def lan_address() -> str | None:
    """This machine's address in its network; None when it is in none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # an address of the documentation: only the way to it is looked up
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if ipaddress.ip_address(address).is_loopback else address


def certificate_for(address: str, folder: Path, now: datetime) -> Tls:
    """The certificate for this address and localhost: the one in `folder` while it fits, else a new one."""
    tls = Tls(folder / "certificate.pem", folder / "key.pem")
    if not _fits(tls, address, now):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(tls, address, now)
    return tls


def _fits(tls: Tls, address: str, now: datetime) -> bool:
    if not (tls.certificate.exists() and tls.key.exists()):
        return False
    made = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    named = ipaddress.ip_address(address) in names.get_values_for_type(x509.IPAddress)
    return named and now + RENEWED_BEFORE < made.not_valid_after_utc


def _make(tls: Tls, address: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Portal demonstration")])
    addresses = [x509.IPAddress(ipaddress.ip_address(one)) for one in (address, "127.0.0.1")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = os.open(tls.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(written, "wb") as stream:
        stream.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    tls.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
