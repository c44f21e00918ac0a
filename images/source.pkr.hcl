packer {
  required_version = ">= 1.9.0"

  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "1.3.3"
    }
  }
}

locals {
  built = formatdate("YYYYMMDDhhmmss", timestamp())
  os    = "ubuntu-${var.ubuntu_release}"
  # Canonical publishes under an account in each partition:
  # https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
  # Which account that is in the European Sovereign Cloud (aws-eusc) is not documented, so there it has to be given.
  partition = length(regexall("^cn-", var.region)) > 0 ? "aws-cn" : length(regexall("^us-gov-", var.region)) > 0 ? "aws-us-gov" : length(regexall("^eusc-", var.region)) > 0 ? "aws-eusc" : "aws"
  known     = { aws = "099720109477", aws-us-gov = "513442679011", aws-cn = "837727238323", aws-eusc = "" }[local.partition]
  canonical = var.canonical_owner != "" ? var.canonical_owner : local.known != "" ? local.known : file(local.unknown)
  # Packer has no way to refuse a combination of variables. A file of this name is not there, and the error names it.
  unknown = "give -var canonical_owner=ACCOUNT in ${var.region}: `aws ssm get-parameter --region ${var.region} --name /aws/service/canonical/meta/publisher-id` tells Canonical's account"
  # The plugin would look for EC2 of that partition under amazonaws.com.
  ec2 = local.partition == "aws-eusc" ? "https://ec2.${var.region}.amazonaws.eu" : null
  # name of the distribution's products in its installer
  server      = var.chef_distribution == "cinc" ? "cinc-server" : "chef-server"
  workstation = var.chef_distribution == "cinc" ? "cinc-workstation" : "chef-workstation"
  client      = var.chef_distribution == "cinc" ? "cinc" : "chef"
  common      = ["AWS_CLI_VERSION=${var.aws_cli_version}", "CHEF_DISTRIBUTION=${var.chef_distribution}", "JOURNAL_SOURCES=/tmp"]
  license     = ["CHEF_LICENSE_KEY=${var.chef_license_id}"]
}

# What all four images start from: Canonical's Ubuntu with an encrypted disk, reachable for IMDSv2 only.
source "amazon-ebs" "ubuntu" {
  region                      = var.region
  custom_endpoint_ec2         = local.ec2
  skip_region_validation      = local.ec2 != null
  instance_type               = var.instance_type
  subnet_id                   = var.subnet_id
  associate_public_ip_address = true
  ssh_username                = "ubuntu"
  temporary_key_pair_type     = "ed25519"
  encrypt_boot                = true
  kms_key_id                  = var.kms_key_id
  imds_support                = "v2.0"
  ena_support                 = true

  source_ami_filter {
    owners      = [local.canonical]
    most_recent = true # security updates of the pinned release

    filters = {
      name                = "ubuntu/images/hvm-ssd*/ubuntu-${var.ubuntu_codename}-${var.ubuntu_release}-amd64-server-*"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  run_tags = {
    Project = "jupyterhub-on-aws"
    Purpose = "image build"
  }

  tags = {
    Project             = "jupyterhub-on-aws"
    "Source AMI"        = "{{ .SourceAMIName }}"
    "Ubuntu release"    = var.ubuntu_release
    "AWS CLI"           = var.aws_cli_version
    "Chef distribution" = var.chef_distribution
  }
}
