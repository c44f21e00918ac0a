# frozen_string_literal: true

# How long after one set of metrics the next is published, in systemd's format; the alarms expect a minute.
default['hub_metrics']['every'] = '1min'
# nginx's access log, in its format `combined`.
default['hub_metrics']['access_log'] = '/var/log/nginx/access.log'
