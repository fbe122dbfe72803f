#!/bin/sh
# One-shot at every start, safe to repeat: keys, schemas, then the data of CLINIC_FILE.
# The whole key file stays in /keys/all; each service is handed only its own part.
set -eu

python -m suite secrets make --split
for service in intake scheduling notifications; do
    install -m 600 "$CLINIC_SECRETS_FILE.$service" "/keys/$service/secrets"
done
python -m suite migrate
if [ "${CLINIC_ENV:-demo}" = production ]; then
    python -m suite seed --no-demo
else
    python -m suite seed
fi
