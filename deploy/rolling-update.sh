#!/bin/sh
# Updates the replicas of docker-compose.scale.yml one at a time, without closing the port: starts a new replica, waits until
# it is healthy, then stops an old one, which finishes its images. Build or pull the image first, and run this next to the file:
#   docker compose build && deploy/rolling-update.sh
set -eu

# COMPOSE_FILE, in the environment or in .env, may name more files.
if [ -z "${COMPOSE_FILE:-}" ] && ! grep -qs '^COMPOSE_FILE=' .env; then
  export COMPOSE_FILE=docker-compose.yml:docker-compose.scale.yml
fi

old=$(docker compose ps --quiet easel)
count=$(printf '%s\n' "$old" | grep -c . || true)
if [ "$count" -eq 0 ]; then
  echo 'No replica is running: docker compose -f docker-compose.yml -f docker-compose.scale.yml up -d' >&2
  exit 1
fi

# --no-recreate leaves running replicas alone, whatever their image; only the new one gets the new image.
for container in $old; do
  docker compose up --detach --wait --no-deps --no-recreate --scale "easel=$((count + 1))" easel
  # nginx resolves the addresses every five seconds.
  sleep "${NGINX_NOTICES_SECONDS:-6}"
  # Takes up to the file's stop_grace_period: minutes.
  docker stop "$container" >/dev/null
  docker rm "$container" >/dev/null
  echo "replaced $container"
done
