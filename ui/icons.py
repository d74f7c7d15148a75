"""Pictures of the page as inline SVG, drawn for it: lines of one width in the colour of the text."""

PATHS = {
    "stop": "M7 7h10v10H7z",
    "plus": "M12 5v14M5 12h14",
    "close": "M6 6l12 12M18 6 6 18",
    "copy": "M9 9h10v11H9zM15 9V4H5v11h4",
    "up": "M7 20V10l5-7c1.6 0 2.2 1.2 1.8 2.6L13 9h5.2a1.8 1.8 0 0 1 1.8 2.2l-1.5 7A2 2 0 0 1 16.500 20zM7 10H4v10h3",
    "down": "M17 4v10l-5 7c-1.600 0-2.200-1.200-1.800-2.600L11 15H5.800A1.800 1.800 0 0 1 4 12.800l1.500-7A2 2 0 0 1 7.500 4zM17 14h3V4h-3",
    "word": "M6 3h8l4 4v14H6zM14 3v4h4M9 12l1.500 5 1.500-4 1.500 4 1.500-5",
    "markdown": "M3 6h18v12H3zM6 15V9l2.500 3L11 9v6M16 9v5m-2-2 2 2.500 2-2.500",
    "pencil": "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    "bin": "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5",
    "filter": "M4 6h16M7 12h10M10 18h4",
    "history": "M4 12a8 8 0 1 0 2.500-5.800M4 4v4h4M12 8v4.500l3 2",
    "sun": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
    "moon": "M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4",
    "upload": "M12 16V5m-5 5 5-5 5 5M5 20h14",
    "download": "M12 4v11m-5-5 5 5 5-5M5 20h14",
    "open": "M13 4h7v7M20 4l-9 9M18 14v6H4V6h6",
    "outline": "M4 6h2M9 6h11M8 12h2M13 12h7M8 18h2M13 18h7",
    "earlier": "M6 14l6-6 6 6",
    "later": "M6 10l6 6 6-6",
    "search": "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M15.500 15.500 20 20",
    "missing": "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M15.500 15.500 20 20M8 10.500h5",
    "warning": "M12 4 3 20h18zM12 10v5M12 17.500v.5",
}


def icon(name: str) -> str:
    """The picture, hidden from screen readers: what stands beside it says the same."""
    return (
        '<svg class="yj-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" '
        f'stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="{PATHS[name]}"/></svg>'
    )
