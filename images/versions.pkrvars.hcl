# The one place where the versions in machine and container images are pinned. Packer reads it with -var-file,
# images/build-containers reads it too. Packages of the Ubuntu release come with its security updates.
# images/pin-notebook-base renews the last one: its tag is its date, and its digest is what is built from.

ubuntu_release         = "22.04"
ubuntu_codename        = "jammy"
chef_server_version    = "15.9.38"
workstation_version    = "24.4.1064"
chef_client_version    = "18.5.0"
aws_cli_version        = "1.46.3"
jupyterhub_version     = "6.1.1"
dockerspawner_version  = "14.0.0"
oauthenticator_version = "17.4.0"
psycopg_version        = "3.3.9"
idle_culler_version    = "2.0.0"
boto3_version          = "1.44.5"
node_version           = "22.20.0"
http_proxy_version     = "5.3.0"
lab_python_version     = "3.12.7"
uv_version             = "0.13.9"
hub_base_image         = "python:3.12.7-slim-bookworm"
notebook_base_image    = "quay.io/jupyter/datascience-notebook:2026-08-24@sha256:e5029672ab8a861345f117dc466a4dab91ad7c299f3c7c853b9b193860b16aaf"
