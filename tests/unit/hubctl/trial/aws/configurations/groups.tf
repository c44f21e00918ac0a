# Groups with a warm pool, with scheduled actions, and with several types and spot.

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
}

data "aws_ami" "client" {
  owners      = ["self"]
  most_recent = true

  filter {
    name   = "name"
    values = ["ubuntu-*-chef-client-*"]
  }
}

resource "aws_launch_template" "this" {
  name          = "terraform-groups"
  image_id      = data.aws_ami.client.id
  instance_type = "m6i.large"
}

resource "aws_autoscaling_group" "pooled" {
  name               = "terraform-pooled"
  availability_zones = ["us-east-1a"]
  min_size           = 1
  max_size           = 5

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  initial_lifecycle_hook {
    name                 = "ready"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    heartbeat_timeout    = 600
    default_result       = "CONTINUE"
  }

  warm_pool {
    pool_state                  = "Hibernated"
    min_size                    = 2
    max_group_prepared_capacity = 2

    instance_reuse_policy {
      reuse_on_scale_in = true
    }
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_autoscaling_group" "defaults" {
  name               = "terraform-pool-defaults"
  availability_zones = ["us-east-1a"]
  min_size           = 0
  max_size           = 1

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  warm_pool {}
}

resource "aws_autoscaling_group" "mixed" {
  name               = "terraform-mixed"
  availability_zones = ["us-east-1a"]
  min_size           = 1
  max_size           = 5
  capacity_rebalance = true

  mixed_instances_policy {
    instances_distribution {
      on_demand_allocation_strategy            = "prioritized"
      on_demand_base_capacity                  = 1
      on_demand_percentage_above_base_capacity = 25
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
        version            = aws_launch_template.this.latest_version
      }

      override {
        instance_type = "m6i.large"
      }
      override {
        instance_type = "m5.large"
      }
    }
  }
}

# The same name in two groups, once and again every week.
resource "aws_autoscaling_schedule" "once" {
  scheduled_action_name  = "lecture"
  autoscaling_group_name = aws_autoscaling_group.mixed.name
  start_time             = "2998-10-16T07:45:00Z"
  min_size               = 3
  max_size               = -1
  desired_capacity       = -1
}

resource "aws_autoscaling_schedule" "weekly" {
  scheduled_action_name  = "lecture"
  autoscaling_group_name = aws_autoscaling_group.pooled.name
  recurrence             = "45 7 * * 1"
  time_zone              = "Europe/Berlin"
  end_time               = "2999-02-01T00:00:00Z"
  min_size               = 3
  max_size               = -1
  desired_capacity       = -1
}
