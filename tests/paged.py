"""The application with its page."""

import asyncio

from fastapi import FastAPI

from ui.app import mount


def with_page(app: FastAPI, address: str) -> FastAPI:
    """`app` with the page, which calls it at `address`."""
    return asyncio.run(_mounted(app, address))


async def _mounted(app: FastAPI, address: str) -> FastAPI:
    # Inside a loop: outside of one Gradio makes loops of its own, which it never closes.
    await asyncio.sleep(0)
    return mount(app, address)
