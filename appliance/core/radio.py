"""Where an access point may send: countries, and in each the channels that need no listening for radar first.

The tables follow wireless-regdb, release 2026.05.30. Channels 52 to 144 are in none of them: an access point there is
silent for a minute at every start, and leaves when it takes something for radar.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Band(StrEnum):
    LOW = "2.4 GHz"
    HIGH = "5 GHz"


class Firmware(StrEnum):
    """Of the radio on a Pi 3B+, 4 or 5. `minimal` takes more phones, for which it knows fewer other tricks."""

    STANDARD = "standard"
    MINIMAL = "minimal"


MINIMAL_SEATS = 19  # as its users counted; the standard firmware takes 4 to 10, depending on its release


@dataclass(frozen=True, slots=True)
class Radio:
    """How a box's own radio sends."""

    country: str
    band: Band
    channel: int
    firmware: Firmware


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


COUNTRIES = _codes(
    """
    AD AE AF AI AL AM AN AR AS AT AU AW AZ BA BB BD BE BF BG BH BL BM BN BO BR BS BT BW BY BZ CA CF CH CI CL CN CO CR
    CU CX CY CZ DE DK DM DO DZ EC EE EG ES ET FI FM FO FR GB GD GE GF GH GI GL GP GR GT GU GY HK HN HR HT HU ID IE IL
    IM IN IR IS IT JM JO JP KE KH KN KP KR KW KY KZ LB LC LI LK LS LT LU LV MA MC MD ME MF MH MK MN MO MP MQ MR MT MU
    MV MW MX MY NA NG NI NL NO NP NZ OM PA PE PF PG PH PK PL PM PR PT PW PY QA RE RO RS RU RW SA SE SG SI SK SM SN SR
    SV SX SY TC TD TG TH TN TR TT TW TZ UA UG US UY UZ VA VC VE VI VN VU WF WS YE YT ZA ZW
    """
)
MISTAKEN = {"UK": "GB", "EN": "GB", "SP": "ES", "SW": "SE", "DA": "DK", "EL": "GR"}

_ONLY_TO_11 = _codes("AS BM DM DO FM GD GU HT MH MP NI PR PW TG US VI")
_NOT_FROM_36 = _codes("AM BD BH BO BZ CU EC NG PK TG YE")
_NOT_FROM_149 = _codes(
    """
    AF AI AM AN AW AZ BH BL BT BW BY DZ EG ET FO GE GF GI GL GP IM IR JP KE KH KW LK LS MA MF MQ MR MW NA OM PF PM QA
    RE RS SA SM SR SX SY TD TG TN TR TZ UZ VA VC WF WS YE YT ZA ZW
    """
)
_INDOORS_FROM_36 = _codes(
    """
    AD AL AM AT AU BA BE BG BH BR CA CH CN CU CY CZ DE DK EE EG ES FI FO FR GB GI GR GT HK HU ID IE IL IM IS IT KZ LI
    LT LU LV MC MD ME MK MT MY NA NL NO PL PT QA RO RU SE SI SK SM SY TR TZ UA VA VN
    """
)
_FROM_36 = (36, 40, 44, 48)
_FROM_149 = (149, 153, 157, 161)


def channels(country: str, band: Band) -> tuple[int, ...]:
    """The channels that may be chosen; on 5 GHz none in a few countries. `country` is one of COUNTRIES."""
    if band is Band.LOW:
        return tuple(range(1, 12 if country in _ONLY_TO_11 else 14))
    low = () if country in _NOT_FROM_36 else _FROM_36
    return low + (() if country in _NOT_FROM_149 else _FROM_149)


def is_for_indoors(country: str, channel: int) -> bool:
    """Whether the country lets this channel be used under a roof only: a stall in the open air needs another one."""
    return channel in _FROM_36 and country in _INDOORS_FROM_36
