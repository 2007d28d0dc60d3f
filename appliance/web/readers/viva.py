"""The Viva.com Terminal app, by its payment link `vivapayclient://pay/v1`.

Sources: developer.viva.com, "Card terminal apps", "Sale request" of the Android and of the iOS app. They let the caller
choose the address for the outcome and do not say that it may be a web address: where the app does not come back, the
stall owner's tap finishes the sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from appliance.web.readers.app import Outcome, Payment, receipt_number


class Viva:
    name = "Viva.com Terminal"

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id

    def link(self, payment: Payment, *, android: bool) -> str:
        fields = {
            "merchantKey": "stallbox",  # on iOS it must be there and is not read
            "appId": self._app_id,
            "action": "sale",
            "clientTransactionId": payment.key,
            "amount": str(payment.amount),
            "callback": payment.back,
        }
        if android:
            del fields["merchantKey"]
        return "vivapayclient://pay/v1?" + urlencode(fields, quote_via=quote, safe="")

    def read(self, query: Mapping[str, str]) -> Outcome:
        status = query.get("status")
        return Outcome(
            key=query.get("clientTransactionId"),
            is_paid={"success": True, "fail": False}.get(status or ""),
            payment_ref=receipt_number(query.get("transactionId")),
            advice="",
        )
