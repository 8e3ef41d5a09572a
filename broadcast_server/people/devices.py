"""What a browser calls itself, in words that its owner knows it by."""

from __future__ import annotations

_BROWSERS = (
    ("coc_coc_browser", "Cốc Cốc"),
    ("zalo", "Zalo"),
    ("fban/", "Facebook"),
    ("fbav/", "Facebook"),
    ("edg", "Edge"),
    ("samsungbrowser", "Samsung Internet"),
    ("opr/", "Opera"),
    ("ucbrowser", "UC Browser"),
    ("firefox/", "Firefox"),
    ("fxios/", "Firefox"),
    ("crios/", "Chrome"),
    ("chrome/", "Chrome"),
    ("safari/", "Safari"),
)
"""The first that is found: nearly all call themselves Chrome and Safari too."""
_SYSTEMS = (
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("windows", "Windows"),
    ("cros ", "ChromeOS"),
    ("mac os x", "macOS"),
    ("linux", "Linux"),
)


def device_words(user_agent: str) -> dict[str, str]:
    """`Chrome trên Android` / `Chrome on Android`, as `vi` and `en`."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if not browser and not system:
        return {"vi": "Thiết bị không rõ", "en": "Unknown device"}
    if not system:
        return {"vi": browser, "en": browser}
    return {"vi": f"{browser or 'Trình duyệt'} trên {system}", "en": f"{browser or 'A browser'} on {system}"}


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    folded = user_agent.casefold()
    return next((name for mark, name in names if mark in folded), "")
