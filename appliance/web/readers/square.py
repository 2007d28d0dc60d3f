"""The Square Point of Sale app, by the links of its Point of Sale API for mobile web.

Sources: developer.squareup.com/docs/pos-api/web-technical-reference and …/build-mobile-web. The address for the
outcome must be registered as web callback URL for the application id; the app hands our key back as it got it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from appliance.web.readers.app import Outcome, Payment, receipt_number
from appliance.weblib.speech import later

_POS = "com.squareup.pos."
_ADVICE = later(
    "The Square app did not take the payment. See that it is logged in, and look at [reader] in stallbox.toml."
)


class Square:
    name = "Square"

    def __init__(self, application_id: str) -> None:
        self._application_id = application_id

    def link(self, payment: Payment, *, android: bool) -> str:
        return self._android(payment) if android else self._ios(payment)

    def _android(self, payment: Payment) -> str:
        fields = {
            "action": f"{_POS}action.CHARGE",
            "package": "com.squareup",
            f"S.{_POS}WEB_CALLBACK_URI": payment.back,
            f"S.{_POS}CLIENT_ID": self._application_id,
            f"S.{_POS}API_VERSION": "v2.0",
            f"i.{_POS}TOTAL_AMOUNT": str(payment.amount),
            f"S.{_POS}CURRENCY_CODE": payment.currency,
            f"S.{_POS}TENDER_TYPES": f"{_POS}TENDER_CARD",
            f"S.{_POS}NOTE": payment.title,
            f"S.{_POS}REQUEST_METADATA": payment.key,
        }
        return "intent:#Intent;" + "".join(f"{name}={quote(value, safe='')};" for name, value in fields.items()) + "end"

    def _ios(self, payment: Payment) -> str:
        data = {
            "amount_money": {"amount": str(payment.amount), "currency_code": payment.currency},
            "callback_url": payment.back,
            "client_id": self._application_id,
            "version": "1.3",
            "notes": payment.title,
            "state": payment.key,
            "options": {"supported_tender_types": ["CREDIT_CARD"], "auto_return": True},
        }
        return "square-commerce-v1://payment/create?data=" + quote(json.dumps(data, separators=(",", ":")), safe="")

    def read(self, query: Mapping[str, str]) -> Outcome:
        if "data" in query:
            found = _object(query["data"])
            number = found.get("client_transaction_id") or found.get("transaction_id")
            return _outcome(found.get("state"), number, found.get("error_code"))
        number = query.get(f"{_POS}CLIENT_TRANSACTION_ID") or query.get(f"{_POS}SERVER_TRANSACTION_ID")
        return _outcome(query.get(f"{_POS}REQUEST_METADATA"), number, query.get(f"{_POS}ERROR_CODE"))


def _outcome(key: str | None, number: str | None, fault: str | None) -> Outcome:
    is_paid = False if fault else True if number else None
    advice = _ADVICE if fault and "cancel" not in fault.lower() else ""
    return Outcome(key, is_paid, None if fault else receipt_number(number), advice)


def _object(text: str) -> dict[str, str]:
    """The text fields of a JSON object; none where it is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: field for name, field in value.items() if isinstance(field, str)} if isinstance(value, dict) else {}
