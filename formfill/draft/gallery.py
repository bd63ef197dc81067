"""A page of HTML that shows pictures one below the other; it needs no network and runs no script."""

from __future__ import annotations

import html
from collections.abc import Iterable
from urllib.parse import quote

_STYLE = """
body { margin: 0 auto; max-width: 1800px; padding: 1.5rem; background: #eceff3; color: #212529;
  font: 16px/1.45 "Noto Sans", system-ui, sans-serif; }
h1 { font-size: 1.4rem; } figure { margin: 0 0 2rem; } figcaption { margin: 0 0 .4rem; color: #5f666e; }
img { width: 100%; height: auto; display: block; box-shadow: 0 1px 6px #0003; background: #fff; }
table { border-collapse: collapse; width: 100%; background: #fff; font-size: .85rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #dde1e6; }
tbody td:nth-child(3) { color: var(--sort, inherit); font-weight: 600; }
tbody tr { border-left: 6px solid var(--sort, transparent); }
"""


def gallery(title: str, pictures: Iterable[tuple[str, str]], notes: Iterable[str] = (), more: str = "") -> bytes:
    """The page: ``pictures`` pairs each file's name, beside the page, with what it shows; ``more`` is HTML below."""
    figures = "".join(
        f'<figure><figcaption>{html.escape(says)}</figcaption><a href="{quote(file)}">'
        f'<img src="{quote(file)}" alt="{html.escape(says)}"></a></figure>\n'
        for file, says in pictures
    )
    said = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    body = f"<h1>{html.escape(title)}</h1>\n{f'<ul>{said}</ul>' if said else ''}\n{figures}{more}"
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'.encode()
