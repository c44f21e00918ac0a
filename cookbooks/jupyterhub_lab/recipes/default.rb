# frozen_string_literal: true

include_recipe 'jupyterhub_lab::hub'
include_recipe 'jupyterhub_lab::session_agent'
