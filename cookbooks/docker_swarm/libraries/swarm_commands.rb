# frozen_string_literal: true

require 'json'

module ChefHub
  # What the Swarm resources ask Docker and AWS. Secrets travel on standard input, never on a command line, and
  # no message holds them. Mixed into action classes: `shell_out` and `new_resource` come from there.
  module SwarmCommands
    include Commands

    SOCKET = '/run/docker.sock'
    # The form of a join token: a version, a digest of the cluster's root certificate, the secret.
    TOKEN = /\ASWMTKN-\d+-(\w+)(?:-\w+)*\z/

    # The Swarm section of `docker info` as a Hash.
    def swarm_info
      JSON.parse(command('docker', 'info', '--format', '{{json .Swarm}}'))
    rescue JSON::ParserError
      raise CommandFailed, 'docker info says nothing of Swarm: is the Docker daemon running?'
    end

    # Answer of the AWS CLI; nil when it says that the parameter does not exist.
    def aws(*words, input: nil)
      answer = command('aws', '--region', new_resource.region, *words, '--output', 'json',
                       input: input, seconds: aws_seconds)
      answer.strip.empty? ? {} : parsed(answer, words)
    rescue CommandFailed => e
      raise unless e.message.include?('ParameterNotFound')
    end

    # In why-run on a fresh node, where the package of the engine would come first.
    def engine_to_come?
      whyrun_mode? && !swarm_info
    rescue CommandFailed
      true
    end

    # How long a call to AWS may take.
    def aws_seconds
      COMMAND_SECONDS
    end

    # The parser's own message would hold what it read, which may be the token; Chef logs causes too.
    def parsed(answer, words)
      JSON.parse(answer)
    rescue JSON::ParserError
      raise CommandFailed, "aws #{words.first(2).join(' ')} gave no JSON", cause: nil
    end

    def read_token
      answer = aws('ssm', 'get-parameter', '--name', new_resource.token_parameter, '--with-decryption')
      answer&.dig('Parameter', 'Value')
    end

    def write_token(token)
      # As --value, because the AWS CLI reads the file of --cli-input-json twice: the second time it is empty.
      aws('ssm', 'put-parameter', '--name', new_resource.token_parameter, '--type', 'SecureString', '--overwrite',
          '--value', 'file:///dev/stdin', input: token)
    end

    # Whether this manager takes tasks: active, pause or drain.
    def own_availability
      command('docker', 'node', 'inspect', 'self', '--format', '{{.Spec.Availability}}').strip
    end

    def network?(name)
      command('docker', 'network', 'inspect', name)
      true
    rescue CommandFailed => e
      raise unless whyrun_mode? || e.message.match?(/not found|no such network|it said nothing/i)
    end

    # The worker join token that Docker holds now.
    def docker_token
      token = command('docker', 'swarm', 'join-token', '--quiet', 'worker').strip
      raise CommandFailed, 'docker swarm join-token gave no token' unless token.match?(TOKEN)

      token
    end

    # Digest of the cluster's root certificate, which names the cluster and is no secret.
    def cluster_of(token)
      token.to_s[TOKEN, 1]
    end

    # Addresses registered in the Cloud Map service, by instance id.
    def registered_addresses
      aws('servicediscovery', 'list-instances', '--service-id', new_resource.service_id)
        .fetch('Instances', []).to_h { |found| [found['Id'], found.dig('Attributes', 'AWS_INSTANCE_IPV4')] }
    end

    def register_address
      aws('servicediscovery', 'register-instance', '--service-id', new_resource.service_id,
          '--instance-id', new_resource.cloud_map_instance,
          '--attributes', "AWS_INSTANCE_IPV4=#{new_resource.advertise_address}")
    end

    # Join through the engine's API, because the command `docker swarm join` takes the token on its command line.
    def engine_join(address, token)
      body = { ListenAddr: new_resource.listen_address, AdvertiseAddr: new_resource.advertise_address,
               RemoteAddrs: ["#{address}:2377"], JoinToken: token, Availability: 'active' }
      command('curl', '--silent', '--show-error', '--fail-with-body', '--max-time', '50', '--unix-socket', SOCKET,
              '--header', 'Content-Type: application/json', '--data-binary', '@-',
              'http://localhost/swarm/join', input: JSON.generate(body))
    end
  end
end
