"""The SumUp app, by its payment link `sumupmerchant://pay/1.0`.

Sources: README of github.com/sumup/sumup-android-api, "Payment API for Mobile Web" and "Response Fields"; README of
github.com/sumup/sumup-ios-url-scheme, "URL Contract". Each platform gets the fields that its own document names.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote, urlencode

from appliance.core.money import exponent
from appliance.web.readers.app import Outcome, Payment, receipt_number
from appliance.weblib.speech import later

_ADVICE = {
    "geolocation-required": later("Allow the SumUp app to know where the phone is, then try again."),
    "invalid-token": later("Log in to the SumUp app, then try again."),
    "invalid-param": later(
        "The SumUp app did not take the payment. Look at [reader] in stallbox.toml, and at the currency."
    ),
}
_NOT_READY = later("Open the SumUp app once, see that it is ready to take payments, then try again.")


class SumUp:
    name = "SumUp"

    def __init__(self, affiliate_key: str, app_id: str | None) -> None:
        self._affiliate_key = affiliate_key
        self._app_id = app_id

    def link(self, payment: Payment, *, android: bool) -> str:
        amount = f"{Decimal(payment.amount).scaleb(-exponent(payment.currency)):f}"
        back = f"{payment.back}/{payment.key}"  # older apps do not say of which payment
        fields = {
            "affiliate-key": self._affiliate_key,
            "currency": payment.currency,
            "title": payment.title,
            "foreign-tx-id": payment.key,
        }
        if android:
            fields |= {"total": amount, "amount": amount, "callback": back}  # `amount`: apps before 1.88
            fields |= {"app-id": self._app_id} if self._app_id else {}
        else:
            fields |= {"amount": amount, "callbacksuccess": back, "callbackfail": back}
        return "sumupmerchant://pay/1.0?" + urlencode(fields, quote_via=quote, safe="")

    def read(self, query: Mapping[str, str]) -> Outcome:
        status = query.get("smp-status")
        return Outcome(
            key=query.get("foreign-tx-id"),
            is_paid={"success": True, "failed": False, "invalidstate": False}.get(status or ""),
            payment_ref=receipt_number(query.get("smp-tx-code")),
            advice=_NOT_READY if status == "invalidstate" else _ADVICE.get(query.get("smp-failure-cause", ""), ""),
        )
