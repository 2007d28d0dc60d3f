"""The twenty nights of "Harbour Lights", and the one on the cover."""

from __future__ import annotations

from functools import partial

from provisioning.photos import silhouettes as draw
from provisioning.photos.scene import Mood, Scene

EMBER = Mood(
    ((16, 22, 58), (58, 44, 92), (158, 74, 88), (240, 128, 74), (255, 186, 110)),
    cloud=(255, 150, 100), silhouette=(20, 16, 30), water=(14, 16, 38), cover=0.45,
)  # fmt: skip
ROSE = Mood(
    ((52, 62, 112), (112, 96, 146), (186, 124, 152), (236, 164, 156), (255, 212, 178)),
    cloud=(255, 190, 180), silhouette=(44, 36, 58), water=(40, 40, 74), cover=0.42,
)  # fmt: skip
BLUE = Mood(
    ((6, 14, 44), (14, 36, 86), (34, 78, 138), (96, 142, 178), (214, 190, 160)),
    cloud=(150, 170, 205), silhouette=(8, 14, 30), water=(6, 18, 44), cover=0.35, stars=120,
)  # fmt: skip
VIOLET = Mood(
    ((14, 10, 40), (38, 22, 78), (84, 40, 112), (152, 70, 128), (226, 128, 132)),
    cloud=(226, 120, 150), silhouette=(14, 9, 26), water=(18, 12, 44), cover=0.4, stars=160,
)  # fmt: skip
NIGHT = Mood(
    ((3, 6, 18), (6, 13, 36), (14, 27, 58), (34, 48, 78), (72, 74, 88)),
    cloud=(70, 84, 120), silhouette=(4, 7, 15), water=(3, 8, 22), cover=0.3, stars=900,
)  # fmt: skip
SODIUM = Mood(
    ((8, 9, 20), (18, 18, 32), (46, 36, 42), (104, 70, 50), (176, 116, 66)),
    cloud=(150, 100, 66), silhouette=(8, 7, 11), water=(12, 11, 20), cover=0.5, stars=60,
)  # fmt: skip
TEAL = Mood(
    ((6, 22, 30), (12, 42, 52), (28, 74, 82), (74, 120, 118), (160, 186, 162)),
    cloud=(120, 170, 160), silhouette=(7, 18, 22), water=(4, 26, 32), cover=0.45,
)  # fmt: skip
STORM = Mood(
    ((18, 22, 30), (36, 44, 54), (66, 78, 84), (120, 128, 122), (204, 188, 146)),
    cloud=(150, 152, 146), silhouette=(12, 15, 19), water=(14, 22, 28), cover=0.66,
)  # fmt: skip
GOLD = Mood(
    ((58, 92, 128), (120, 144, 158), (204, 182, 150), (250, 206, 136), (255, 228, 164)),
    cloud=(255, 222, 170), silhouette=(52, 44, 44), water=(44, 58, 74), cover=0.36,
)  # fmt: skip
POLAR = Mood(
    ((2, 6, 16), (4, 14, 30), (8, 28, 46), (16, 46, 62), (40, 72, 80)),
    cloud=(30, 60, 70), silhouette=(3, 7, 12), water=(2, 10, 20), cover=0.0, stars=1100,
)  # fmt: skip

_LAMPS = partial(draw.shore_lights, left=0.0, right=1.0, count=110)
_FEW_LAMPS = partial(draw.shore_lights, left=0.35, right=1.0, count=40)

SERIES = (
    Scene(
        "last-shift", EMBER, glow=(0.56, 0.62),
        far=(_LAMPS, partial(draw.quay, left=-0.02, right=0.60, size=5), partial(draw.crane, at=0.16, size=36),
             partial(draw.crane, at=0.36, size=33), partial(draw.crane, at=0.86, size=42, facing=-1),
             partial(draw.quay, left=0.76, right=1.02, size=5)),
        near=(partial(draw.buoy, at=0.60, size=6),),
    ),
    Scene(
        "blue-hour", BLUE, roughness=0.7,
        far=(_LAMPS, partial(draw.town, left=-0.02, right=0.56, size=8)),
        near=(partial(draw.yacht, at=0.72, size=42), partial(draw.yacht, at=0.90, size=29)),
    ),
    Scene(
        "the-keeper", NIGHT, moon=(0.80, 0.16),
        far=(_FEW_LAMPS, partial(draw.lighthouse, at=0.28, size=38)),
    ),
    Scene(
        "late-ferry", VIOLET, horizon=0.56, near_base=0.74, glow=(0.2, 0.56),
        far=(partial(draw.hills, size=9), _LAMPS),
        near=(partial(draw.ferry, at=0.56, size=16),),
    ),
    Scene(
        "nine-masts", ROSE, horizon=0.60, near_base=0.76, roughness=0.55, glow=(0.7, 0.60),
        far=(partial(draw.hills, size=11), _FEW_LAMPS),
        near=tuple(
            partial(draw.yacht, at=at, size=size)
            for at, size in ((0.08, 30), (0.17, 34), (0.27, 27), (0.36, 38), (0.47, 31), (0.56, 26), (0.64, 40),
                             (0.77, 30), (0.88, 35))
        ),
    ),
    Scene(
        "container-street", TEAL, horizon=0.66, near_base=0.78, fog=0.85, roughness=0.8,
        far=(partial(draw.quay, left=-0.02, right=1.02, size=6), partial(draw.crane, at=0.14, size=44),
             partial(draw.crane, at=0.40, size=44), partial(draw.crane, at=0.66, size=44), _LAMPS),
        near=(partial(draw.freighter, at=0.46, size=15),),
    ),
    Scene(
        "the-crossing", SODIUM, horizon=0.66, roughness=1.0,
        far=(partial(draw.city, left=0.30, right=0.72, size=20), _LAMPS,
             partial(draw.bridge, size=46, towers=(0.20, 0.80))),
    ),
    Scene(
        "north", POLAR, horizon=0.70, near_base=0.86, aurora=(70, 255, 160), roughness=0.7,
        far=(partial(draw.hills, size=15), partial(draw.shore_lights, left=0.55, right=0.95, count=26)),
        near=(partial(draw.trawler, at=0.30, size=13),),
    ),
    Scene(
        "home-with-the-catch", BLUE, horizon=0.52, near_base=0.76, glow=(0.84, 0.52),
        far=(partial(draw.hills, size=7), partial(draw.town, left=0.50, right=1.02, size=6)),
        near=(partial(draw.trawler, at=0.34, size=24), partial(draw.gulls, at=0.30, y=40.0, count=9)),
    ),
    Scene(
        "the-jetty", EMBER, horizon=0.58, near_base=0.76, upright=True, glow=(0.7, 0.58), roughness=0.8,
        far=(partial(draw.hills, size=5), _LAMPS),
        near=(partial(draw.pier, start=-0.10, end=0.84, size=12.0, lamps=6),),
    ),
    Scene(
        "skyline", NIGHT, horizon=0.60, roughness=1.15,
        far=(partial(draw.city, left=-0.02, right=0.50, size=26), partial(draw.city, left=0.32, right=1.02, size=38)),
    ),
    Scene(
        "fog-signal", STORM, horizon=0.68, fog=0.9, upright=True, roughness=0.9,
        far=(partial(draw.lighthouse, at=0.46, size=40),),
        near=(partial(draw.buoy, at=0.80, size=8), partial(draw.gulls, at=0.3, y=52.0, count=6)),
    ),
    Scene(
        "moon-path", NIGHT, horizon=0.54, near_base=0.72, moon=(0.60, 0.34), roughness=1.5,
        far=(partial(draw.hills, size=5), partial(draw.shore_lights, left=0.0, right=0.4, count=34)),
        near=(partial(draw.yacht, at=0.36, size=36),),
    ),
    Scene(
        "the-channel", STORM, horizon=0.58, near_base=0.80, roughness=1.2, glow=(0.3, 0.58),
        far=(_LAMPS, partial(draw.freighter, at=0.60, size=14)),
        near=(partial(draw.buoy, at=0.22, size=17), partial(draw.gulls, at=0.26, y=46.0, count=5)),
    ),
    Scene(
        "six-o-clock", ROSE, horizon=0.64, near_base=0.84, glow=(0.48, 0.64), roughness=0.9,
        far=(partial(draw.quay, left=-0.02, right=0.36, size=5), partial(draw.crane, at=0.12, size=46),
             partial(draw.quay, left=0.66, right=1.02, size=5), partial(draw.crane, at=0.80, size=40, facing=-1),
             partial(draw.crane, at=0.93, size=36, facing=-1), _FEW_LAMPS),
        near=(partial(draw.gulls, at=0.52, y=54.0, count=12),),
    ),
    Scene(
        "evensong", VIOLET, horizon=0.66, near_base=0.82, upright=True, roughness=0.8, moon=(0.26, 0.14),
        far=(partial(draw.hills, size=14), partial(draw.town, left=-0.04, right=1.04, size=11)),
    ),
    Scene(
        "slack-water", GOLD, horizon=0.50, near_base=0.66, roughness=0.18, glow=(0.34, 0.50), fog=0.5,
        far=(partial(draw.hills, size=16), partial(draw.town, left=0.54, right=0.86, size=6)),
        near=(partial(draw.trawler, at=0.30, size=12),),
    ),
    Scene(
        "under-way", SODIUM, horizon=0.62, near_base=0.80, upright=True, roughness=1.0,
        far=(partial(draw.city, left=0.42, right=1.04, size=30), _LAMPS),
        near=(partial(draw.ferry, at=0.40, size=9),),
    ),
    Scene(
        "at-anchor", POLAR, horizon=0.70, near_base=0.82, upright=True, aurora=(120, 170, 255), roughness=0.5,
        far=(partial(draw.hills, size=8), partial(draw.shore_lights, left=0.0, right=0.5, count=20)),
        near=(partial(draw.yacht, at=0.56, size=50),),
    ),
    Scene(
        "first-light", GOLD, horizon=0.60, near_base=0.80, glow=(0.62, 0.60), roughness=0.9, fog=0.6,
        far=(_FEW_LAMPS, partial(draw.quay, left=0.50, right=1.02, size=4), partial(draw.crane, at=0.66, size=28),
             partial(draw.crane, at=0.80, size=28), partial(draw.crane, at=0.94, size=28)),
        near=(partial(draw.trawler, at=0.24, size=20), partial(draw.gulls, at=0.22, y=44.0, count=10)),
    ),
)  # fmt: skip

COVER = Scene(
    "cover", EMBER, horizon=0.66, near_base=0.84, glow=(0.5, 0.66), roughness=1.0,
    far=(_LAMPS, partial(draw.quay, left=0.42, right=1.02, size=5), partial(draw.crane, at=0.82, size=36, facing=-1),
         partial(draw.crane, at=0.62, size=31, facing=-1)),
    near=(partial(draw.yacht, at=0.26, size=34),),
)  # fmt: skip
