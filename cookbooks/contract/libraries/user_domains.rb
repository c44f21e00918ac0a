# frozen_string_literal: true

require 'openssl'

module ChefHub
  # Does the hub's certificate cover the domains of its users, `*.hub_hostname`? Only then may they have some.
  module UserDomains
    # Users' own domains are asked for, and the certificate does not cover them.
    class NotCovered < StandardError; end

    module_function

    # With the source files, the given certificate decides; one that cannot be read is none.
    def covered?(settings)
      case settings['tls']['source']
      when 'self_signed' then true
      when 'files' then in_file?(settings['tls']['certificate_file'], settings['hub_hostname'])
      else false
      end
    end

    # Names beside the hub's own that the certificate is for.
    def wildcards(settings)
      covered?(settings) ? ["*.#{settings['hub_hostname']}"] : []
    end

    # All names that the site answers, in nginx's form.
    def server_names(settings)
      [settings['hub_hostname'], *wildcards(settings)].join(' ')
    end

    # Raise `NotCovered` when every user is to have a domain and cannot.
    def check!(settings)
      return unless settings['hub']['user_domains'] == 'on' && !covered?(settings)

      raise NotCovered, "chef_hub.hub.user_domains is on, but #{settings['tls']['certificate_file']} is not valid " \
                        "for *.#{settings['hub_hostname']}, nothing was changed: put a certificate there that is, " \
                        'or choose auto'
    end

    def in_file?(path, hostname)
      certificate = OpenSSL::X509::Certificate.new(::File.binread(path))
      OpenSSL::SSL.verify_certificate_identity(certificate, hostname) &&
        OpenSSL::SSL.verify_certificate_identity(certificate, "user.#{hostname}")
    rescue SystemCallError, OpenSSL::X509::CertificateError
      false
    end
  end
end
