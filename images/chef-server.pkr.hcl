build {
  name = "chef-server"

  source "amazon-ebs.ubuntu" {
    name     = "chef-server"
    ami_name = "${local.os}-chef-server-core-${var.chef_server_version}-${local.built}"

    launch_block_device_mappings {
      device_name           = "/dev/sda1"
      volume_type           = "gp3"
      iops                  = 3000
      throughput            = 125
      volume_size           = 20
      delete_on_termination = true
    }
  }

  provisioner "file" {
    sources     = ["${path.root}/journal/ship_journal.py", "${path.root}/journal/ship-journal.service"]
    destination = "/tmp/"
  }

  provisioner "shell" {
    environment_vars = concat(local.common, local.license, ["PRODUCT=${local.server}", "VERSION=${var.chef_server_version}"])
    execute_command  = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    scripts = [
      "${path.root}/provision/base.sh",
      "${path.root}/provision/journal.sh",
      "${path.root}/provision/chef-product.sh",
      "${path.root}/provision/clean.sh",
    ]
  }

  post-processor "manifest" {
    output = "${path.root}/manifest.json"
  }
}
