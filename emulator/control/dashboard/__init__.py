"""The page under ``/_emulator/``: the control API's answers as HTML. It has no facts of its own."""
