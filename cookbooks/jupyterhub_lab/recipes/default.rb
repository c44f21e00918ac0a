# frozen_string_literal: true

include_recipe 'jupyterhub_lab::session_agent'
