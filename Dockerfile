# The emulator as a container: `docker build -t mq-emulator .`, `docker run --rm -p 127.0.0.1:4566:4566 mq-emulator`.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY emulator emulator
COPY scenarios scenarios
RUN python -m venv /opt/mq-emulator \
 && /opt/mq-emulator/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt .

FROM python:3.13-slim
COPY --from=build /opt/mq-emulator /opt/mq-emulator
ENV PATH=/opt/mq-emulator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MQ_EMULATOR_HOST=0.0.0.0 \
    MQ_EMULATOR_LOG_FORMAT=json
USER 10001:10001
EXPOSE 4566
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 CMD ["mq-emulator", "health"]
ENTRYPOINT ["mq-emulator"]
CMD ["serve"]
