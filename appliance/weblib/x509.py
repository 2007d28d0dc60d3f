"""Reads a certificate: its names and its time. Imported only where there is one: what it needs takes 8 MB."""

from __future__ import annotations

from cryptography import x509


def read_leaf(pem: bytes) -> tuple[list[str], int, int]:
    """DNS names, begin and end (not included) in Unix seconds of the first certificate; ValueError without one."""
    leaf = x509.load_pem_x509_certificates(pem)[0]
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = []
    else:
        names = found.get_values_for_type(x509.DNSName)
    return names, int(leaf.not_valid_before_utc.timestamp()), int(leaf.not_valid_after_utc.timestamp()) + 1
