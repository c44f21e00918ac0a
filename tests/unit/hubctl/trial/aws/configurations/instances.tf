# Instances with and without an interface of their own in the request, monitored, and a launch template.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { project = "hub" }
  }
}

data "aws_ami" "client" {
  owners      = ["self"]
  most_recent = true

  filter {
    name   = "name"
    values = ["ubuntu-*-chef-client-*"]
  }
  filter {
    name   = "root-device-type"
    values = ["ebs"]
  }
}

resource "aws_vpc" "this" {
  cidr_block = "10.40.0.0/16"
}

resource "aws_subnet" "this" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.40.0.0/24"
  availability_zone = "us-east-1a"
}

resource "aws_security_group" "this" {
  for_each = toset(["one", "two"])
  name     = "terraform-${each.key}"
  vpc_id   = aws_vpc.this.id

  ingress {
    from_port = 0
    to_port   = 0
    protocol  = "-1"
    self      = true
  }
}

# Inline rules and separate ones do not go together in one group.
resource "aws_security_group" "ruled" {
  name   = "terraform-ruled"
  vpc_id = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "encapsulated" {
  security_group_id            = aws_security_group.ruled.id
  referenced_security_group_id = aws_security_group.this["two"].id
  ip_protocol                  = "50"
}

resource "aws_instance" "this" {
  for_each      = { public = true, private = null }
  ami           = data.aws_ami.client.id
  instance_type = "t3.small"

  instance_initiated_shutdown_behavior = "terminate"
  subnet_id                            = aws_subnet.this.id
  associate_public_ip_address          = each.value
  vpc_security_group_ids               = [for group in aws_security_group.this : group.id]
  monitoring                           = true
  ebs_optimized                        = true
  key_name                             = "public-jump-1"

  metadata_options {
    http_tokens = "required"
  }
  root_block_device {
    volume_size = 20
    volume_type = "gp3"
    encrypted   = true
    tags        = { Name = "root" }
  }
}

resource "aws_launch_template" "this" {
  name                   = "terraform-instances"
  image_id               = data.aws_ami.client.id
  instance_type          = "t3.small"
  update_default_version = true

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "worker" }
  }
}

resource "aws_autoscaling_group" "this" {
  name                    = "terraform-instances"
  min_size                = 1
  max_size                = 2
  vpc_zone_identifier     = [aws_subnet.this.id]
  default_instance_warmup = 120
  max_instance_lifetime   = 604800
  enabled_metrics         = ["GroupInServiceInstances"]

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }
  initial_lifecycle_hook {
    name                 = "boot"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    default_result       = "CONTINUE"
  }
}

resource "aws_autoscaling_policy" "this" {
  name                   = "terraform-instances"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"
  enabled                = false

  target_tracking_configuration {
    target_value = 40
    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
