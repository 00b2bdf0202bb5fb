from emulator.engine.service import Service

SERVICE = Service("logs", {})
