# Hub leader and workers start from this image; Docker is in it so that a new worker is ready sooner.
build {
  name = "chef-client"

  source "amazon-ebs.ubuntu" {
    name     = "chef-client"
    ami_name = "${local.os}-chef-client-${var.chef_client_version}-${local.built}"

    launch_block_device_mappings {
      device_name           = "/dev/sda1"
      volume_type           = "gp3"
      iops                  = 3000
      throughput            = 125
      volume_size           = 30
      delete_on_termination = true
    }
  }

  provisioner "file" {
    sources     = ["${path.root}/journal/ship_journal.py", "${path.root}/journal/ship-journal.service"]
    destination = "/tmp/"
  }

  provisioner "shell" {
    environment_vars = concat(local.common, local.license, ["PRODUCT=${local.client}", "VERSION=${var.chef_client_version}"])
    execute_command  = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    scripts = [
      "${path.root}/provision/base.sh",
      "${path.root}/provision/journal.sh",
      "${path.root}/provision/chef-product.sh",
      "${path.root}/provision/docker.sh",
      "${path.root}/provision/clean.sh",
    ]
  }

  post-processor "manifest" {
    output = "${path.root}/manifest.json"
  }
}
