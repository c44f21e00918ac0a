# Versions come from versions.pkrvars.hcl; the rest says where to build.

variable "ubuntu_release" {
  type        = string
  description = "Ubuntu LTS release, such as 22.04"
}

variable "ubuntu_codename" {
  type        = string
  description = "codename of that release"
}

variable "chef_server_version" {
  type        = string
  description = "version of Chef (or Cinc) Infra Server"
}

variable "workstation_version" {
  type        = string
  description = "version of Chef (or Cinc) Workstation"
}

variable "chef_client_version" {
  type        = string
  description = "version of the Chef (or Cinc) Infra Client"
}

variable "aws_cli_version" {
  type        = string
  description = "version of the AWS CLI on all nodes"
}

variable "jupyterhub_version" {
  type        = string
  description = "version of JupyterHub"
}

variable "dockerspawner_version" {
  type        = string
  description = "version of DockerSpawner"
}

variable "oauthenticator_version" {
  type        = string
  description = "version of OAuthenticator"
}

variable "psycopg_version" {
  type        = string
  description = "version of psycopg, the hub's way to a PostgreSQL"
}

variable "idle_culler_version" {
  type        = string
  description = "version of jupyterhub-idle-culler"
}

variable "boto3_version" {
  type        = string
  description = "version of boto3 beside the hub"
}

variable "node_version" {
  type        = string
  description = "version of Node.js, which JupyterHub's proxy runs on"
}

variable "http_proxy_version" {
  type        = string
  description = "version of configurable-http-proxy, JupyterHub's proxy"
}

variable "lab_python_version" {
  type        = string
  description = "version of Python that JupyterHub runs on in the lab's image"
}

variable "uv_version" {
  type        = string
  description = "version of uv, which installs that Python and the packages"
}

variable "hub_base_image" {
  type        = string
  description = "container image that the hub's image starts from; read by build-containers"
}

variable "notebook_base_image" {
  type        = string
  description = "container image of the notebook servers, by digest: the lab's and the hub's are made from it"

  validation {
    condition     = can(regex(":[^@]+@sha256:[0-9a-f]{64}$", var.notebook_base_image))
    error_message = "The notebook_base_image must be pinned as NAME:TAG@sha256:DIGEST: run images/pin-notebook-base TAG."
  }
}

variable "chef_distribution" {
  type        = string
  default     = "cinc"
  description = "cinc (free) or chef (needs a licence): the same as the stack's"

  validation {
    condition     = contains(["cinc", "chef"], var.chef_distribution)
    error_message = "The chef_distribution must be cinc or chef."
  }
}

variable "chef_license_id" {
  type        = string
  default     = ""
  sensitive   = true
  description = "id of your commercial licence, which Chef's own builds are downloaded with; it goes into no image"
}

variable "region" {
  type        = string
  default     = "us-east-1"
  description = "AWS region to build in; the image belongs to it"
}

variable "canonical_owner" {
  type        = string
  default     = ""
  description = "account that Canonical publishes Ubuntu under; known but for the European Sovereign Cloud"

  validation {
    condition     = can(regex("^([0-9]{12})?$", var.canonical_owner))
    error_message = "The canonical_owner must be an account of 12 digits, or empty."
  }
}

variable "instance_type" {
  type        = string
  default     = "t3.medium"
  description = "EC2 type of the building instance"
}

variable "subnet_id" {
  type        = string
  default     = ""
  description = "subnet of the building instance; the default VPC when empty"
}

variable "kms_key_id" {
  type        = string
  default     = ""
  description = "KMS key of the image's snapshots; the account's own EBS key when empty"
}
