# frozen_string_literal: true

# Where the hub's proxy listens on this host.
default['nginx_proxy']['upstream'] = '127.0.0.1:8000'
# The largest upload, in nginx's format; notebooks with figures and data files are big.
default['nginx_proxy']['body_size'] = '1g'
# Seconds without data until nginx ends a connection: kernels may send nothing on a websocket for a long time.
default['nginx_proxy']['read_timeout'] = 86_400
# Seconds that connecting to the hub may take.
default['nginx_proxy']['connect_timeout'] = 10
# Strict-Transport-Security: seconds that browsers insist on HTTPS.
default['nginx_proxy']['hsts_seconds'] = 31_536_000
# Folder from which nginx reads certificate and key.
default['nginx_proxy']['certificate_folder'] = '/etc/nginx/chef-hub'
# Folder for the answers to ACME challenges.
default['nginx_proxy']['webroot'] = '/var/lib/chef-hub/acme-webroot'
# Folder of the ACME client's state below the shared file system, so that a rebuilt leader does not request a new
# certificate.
default['nginx_proxy']['acme_folder'] = 'acme'
