#!/bin/sh
# Brings docker-compose.scale.yml's replicas up to date without closing the port: starts a new one, waits until it is healthy,
# stops an old one, which finishes its images, and so on. Build or pull the image first. Run it where the file is:
#   docker compose build && deploy/rolling-update.sh
set -eu

# COMPOSE_FILE, here or in .env, may name more files.
if [ -z "${COMPOSE_FILE:-}" ] && ! grep -qs '^COMPOSE_FILE=' .env; then
  export COMPOSE_FILE=docker-compose.yml:docker-compose.scale.yml
fi

old=$(docker compose ps --quiet easel)
count=$(printf '%s\n' "$old" | grep -c . || true)
if [ "$count" -eq 0 ]; then
  echo 'No replica is running: docker compose -f docker-compose.yml -f docker-compose.scale.yml up -d' >&2
  exit 1
fi

# Those that are there stay as they are, whatever image they have; the new one gets the new image.
for container in $old; do
  docker compose up --detach --wait --no-deps --no-recreate --scale "easel=$((count + 1))" easel
  # nginx asks for the addresses every five seconds.
  sleep "${NGINX_NOTICES_SECONDS:-6}"
  # With the file's stop_grace_period: it may take minutes.
  docker stop "$container" >/dev/null
  docker rm "$container" >/dev/null
  echo "replaced $container"
done
