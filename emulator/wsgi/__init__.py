"""HTTP/1.1 on one event loop, in front of a WSGI application, within bounds. It knows nothing of AWS.

Why not a server from PyPI: docs/performance.md has the figures. The parser is llhttp's (httptools), the loop asyncio's.
"""
