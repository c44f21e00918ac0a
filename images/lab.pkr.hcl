# An instance of the AWS Lab: Docker with the notebook image, JupyterHub and its proxy.
build {
  name = "lab"

  source "amazon-ebs.ubuntu" {
    name     = "lab"
    ami_name = "jupyterhub-lab-${var.jupyterhub_version}-${local.built}"

    launch_block_device_mappings {
      device_name           = "/dev/sda1"
      volume_type           = "gp3"
      iops                  = 3000
      throughput            = 125
      volume_size           = 40
      delete_on_termination = true
    }
  }

  provisioner "shell" {
    environment_vars = concat(local.common, [
      "PRODUCT=${local.client}",
      "VERSION=${var.chef_client_version}",
      "NOTEBOOK_IMAGE=${var.notebook_base_image}",
      "JUPYTERHUB_VERSION=${var.jupyterhub_version}",
      "DOCKERSPAWNER_VERSION=${var.dockerspawner_version}",
      "OAUTHENTICATOR_VERSION=${var.oauthenticator_version}",
      "IDLE_CULLER_VERSION=${var.idle_culler_version}",
      "BOTO3_VERSION=${var.boto3_version}",
      "NODE_VERSION=${var.node_version}",
      "HTTP_PROXY_VERSION=${var.http_proxy_version}",
    ])
    execute_command = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    scripts = [
      "${path.root}/provision/base.sh",
      "${path.root}/provision/chef-product.sh",
      "${path.root}/provision/docker.sh",
      "${path.root}/provision/lab.sh",
      "${path.root}/provision/clean.sh",
    ]
  }

  post-processor "manifest" {
    output = "${path.root}/manifest.json"
  }
}
