# An instance of the AWS Lab: Docker with the notebook image, JupyterHub and its proxy, all units set up by the cookbook
# jupyterhub_lab. The first boot only adds what the stack says.
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

  provisioner "file" {
    sources     = ["${path.root}/journal/ship_journal.py", "${path.root}/journal/ship-journal.service"]
    destination = "/tmp/"
  }

  provisioner "shell" {
    inline = ["mkdir -p /tmp/lab-sources/notebook"]
  }

  provisioner "file" {
    source      = "${path.root}/notebook/Dockerfile"
    destination = "/tmp/lab-sources/notebook/Dockerfile"
  }

  provisioner "file" {
    source      = "${path.root}/../cookbooks"
    destination = "/tmp/lab-sources/cookbooks"
  }

  provisioner "shell" {
    environment_vars = concat(local.common, local.license, [
      "PRODUCT=${local.client}",
      "VERSION=${var.chef_client_version}",
      "NOTEBOOK_IMAGE=${var.notebook_base_image}",
      "JUPYTERHUB_VERSION=${var.jupyterhub_version}",
      "DOCKERSPAWNER_VERSION=${var.dockerspawner_version}",
      "OAUTHENTICATOR_VERSION=${var.oauthenticator_version}",
      "PSYCOPG_VERSION=${var.psycopg_version}",
      "IDLE_CULLER_VERSION=${var.idle_culler_version}",
      "BOTO3_VERSION=${var.boto3_version}",
      "NODE_VERSION=${var.node_version}",
      "HTTP_PROXY_VERSION=${var.http_proxy_version}",
      "PYTHON_VERSION=${var.lab_python_version}",
      "UV_VERSION=${var.uv_version}",
      "LAB_SOURCES=/tmp/lab-sources",
    ])
    execute_command = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    scripts = [
      "${path.root}/provision/base.sh",
      "${path.root}/provision/journal.sh",
      "${path.root}/provision/chef-product.sh",
      "${path.root}/provision/docker.sh",
      "${path.root}/provision/lab.sh",
      "${path.root}/provision/lab-converge.sh",
      "${path.root}/provision/clean.sh",
    ]
  }

  post-processor "manifest" {
    output = "${path.root}/manifest.json"
  }
}
