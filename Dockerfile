# One image, many roles: `serve SERVICE`, `worker SERVICE`, `migrate`, ... (docker-compose.yml), and
# alone the whole suite in one process: docker run -p 127.0.0.1:8000:8000 -v clinic:/data clinic-suite
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app \
    CLINIC_DATA=/data \
    PUBLIC_URL=http://localhost:8000 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes --no-deps --root-user-action=ignore -r requirements.lock

# The folders exist here so that fresh volumes mounted on them belong to this user too.
RUN useradd --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin clinic \
    && install -d -o clinic -g clinic -m 700 /data \
       /keys/all /keys/intake /keys/scheduling /keys/notifications

COPY LICENSE ./
COPY shared shared
COPY services services
COPY suite suite
COPY deploy/setup.sh deploy/setup.sh

USER clinic
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "suite"]
CMD ["up", "--host", "0.0.0.0"]
