"""TLS towards a collector for a machine that is not sure of the time: a certificate counts as valid unless its time is
over for certain.

Chain and host name are OpenSSL's to check, against the system's roots or one pinned authority; it is told to leave the
time to us, because the system's clock may be years off while the box's interval is not.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, OpenSSL's X509_VERIFY_PARAM_set_flags(3)

Interval = Callable[[], tuple[int, int | None]]
"""The lowest and the highest Unix seconds that it may be now; None: any later time, too."""


def client_context(authority: Path | None, interval: Interval) -> ssl.SSLContext:
    """Verifies servers by `authority` (PEM) alone where it is given. OSError where that cannot be read."""
    context = ssl.create_default_context(cafile=str(authority) if authority is not None else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    context.sslobject_class = _timed(interval)
    return context


def _timed(interval: Interval) -> type[ssl.SSLObject]:
    class Timed(ssl.SSLObject):
        """A connection whose certificate's time is judged as soon as the handshake is over, before anything is sent."""

        def do_handshake(self) -> None:
            super().do_handshake()
            lo, hi = interval()
            certificate = self.getpeercert() or {}
            begin, end = (ssl.cert_time_to_seconds(str(certificate[name])) for name in ("notBefore", "notAfter"))
            if lo >= end:
                raise ssl.SSLCertVerificationError("the collector's certificate has expired")
            if hi is not None and hi < begin:
                raise ssl.SSLCertVerificationError("the collector's certificate is not valid yet")

    return Timed
